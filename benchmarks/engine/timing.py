"""What a script says of itself: the seconds and the CPU of its work, and its result."""

import json
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.engine.processes import MARK, cpu_seconds


class Stopwatch:
    """Begins when it is made."""

    def __init__(self) -> None:
        self._mark = os.environ[MARK]
        self._cpu_s = cpu_seconds(self._mark)
        self._began = time.perf_counter()

    def report(self, path: str, result: Any) -> None:
        """Write to a file what has passed since then, and a result."""
        seconds = time.perf_counter() - self._began
        cpu_s = cpu_seconds(self._mark) - self._cpu_s
        Path(path).write_text(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "result": result}))

"""(d) dlt's filesystem source with an incremental on modification_date: a process for each run."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.truth.systems import PATIENCE_S, Ended, Hold

SCRIPT = Path(__file__).with_name("dlt_run.py")
GZIP = b"\x1f\x8b"


class Dlt:
    """A pipeline whose working folder and destination stay from run to run."""

    name = "dlt filesystem"
    version = version("dlt")

    def __init__(self, source: Path, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._began = 0.0
        self._holds = 0

    def start(self, *, hold: bool = False, fail: bool = False) -> "DltRun":
        self._began = time.time()
        self._holds += 1
        held = Hold(self._folder / f"hold-{self._holds}") if hold else None
        asked = {
            "source": str(self._source),
            "target": str(self._folder / "target"),
            "pipelines": str(self._folder / "pipelines"),
            "hold": str(held.folder) if held else None,
            "fail": fail,
        }
        process = subprocess.Popen(
            [sys.executable, SCRIPT, json.dumps(asked)],
            env={**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_PROJECT_DIR": str(self._folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if held:
            held.wait(process)
        return DltRun(process, held)

    def began_s(self) -> float:
        return self._began

    def rows(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for path in (self._folder / "target" / "out" / "rows").glob("*.jsonl*"):
            data = path.read_bytes()
            text = gzip.decompress(data) if data.startswith(GZIP) else data
            found.update(json.loads(line)["id"] for line in text.splitlines())
        return found


@dataclass(frozen=True)
class DltRun:
    """A pipeline's process."""

    process: subprocess.Popen[str]
    held: Hold | None

    def end(self) -> Ended:
        if self.held:
            self.held.go()
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return Ended(said if self.process.returncode else None)

"""(b) AWS Glue's window of modification times: OUR READING of what AWS documents, not AWS's code or service.

Written anew for this comparison from the algorithm that AWS published in "Tracking Files Using Modification
Timestamps" (developer guide, 2018 to 2021); it shares nothing with Placekeeper's own window. T1 is the start
of the last committed run, dt the band, S the list saved with it, T2 the start of this run:

    m <= T1 - dt         skip
    T1 - dt < m <= T1    read unless in S
    T1 < m <= T2         read
    T2 < m               leave for the next run

The new S is what has been processed in (T2 - dt, T2]. Objects are known by path and modification time, in
whole seconds as on S3. A sink's output is there once it is written, and the commit comes after it. The later
Job.init takes the version, so that the earlier run's commit fails (our inference). The default of
maxFilesInBand is not public: no cap here.
"""

import csv
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.truth.systems import Ended, csv_rows

BAND_S = 900.0
NEVER: dict[str, object] = {"version": 0, "start": None, "list": []}


class AwsWindow:
    """The window, on local files."""

    name = "AWS's window"
    version = "our reading"

    def __init__(self, source: Path, folder: Path) -> None:
        self.source, self.output = source, folder / "out"
        self._state = folder / "state.json"
        self.output.mkdir(parents=True)

    def load(self) -> dict[str, object]:
        return json.loads(self._state.read_text()) if self._state.exists() else dict(NEVER)

    def save(self, state: dict[str, object]) -> None:
        self._state.write_text(json.dumps(state))

    def start(self, *, hold: bool = False, fail: bool = False) -> "WindowRun":
        """Init and list. It reads in `end`, so every run is held until then."""
        del hold
        began = time.time()
        state = self.load()
        self.save({**state, "version": state["version"] + 1})
        listed = [[path.name, float(int(path.stat().st_mtime))] for path in sorted(self.source.glob("*.csv"))]
        return WindowRun(self, began, state["version"] + 1, state["start"], state["list"], listed, fail)

    def began_s(self) -> float:
        return self.load()["start"]

    def rows(self) -> Counter[str]:
        return csv_rows(self.output)


@dataclass(frozen=True)
class WindowRun:
    """A run that has listed."""

    system: AwsWindow
    t2: float
    version: int
    t1: float | None
    saved: list[list[object]]
    listed: list[list[object]]
    fail: bool

    def reads(self, name: str, modified: float) -> bool:
        """The table above, for one object."""
        if modified > self.t2:
            return False
        if self.t1 is None or modified > self.t1:
            return True
        return modified > self.t1 - BAND_S and [name, modified] not in self.saved

    def end(self) -> Ended:
        chosen = [known for known in self.listed if self.reads(*known)]
        rows = [
            row["id"]
            for name, _ in chosen
            for row in csv.DictReader((self.system.source / name).open(newline=""))
        ]
        if rows:
            text = "".join(f"{row}\n" for row in ["id", *rows])
            (self.system.output / f"run-{time.time_ns()}.csv").write_text(text)
        left = sum(modified > self.t2 for _, modified in self.listed)
        if self.fail:
            return Ended("this run was told to fail after it had written", left)
        found = self.system.load()["version"]
        if found != self.version:
            return Ended(f"version mismatch. Expected version {self.version} but found version {found}", left)
        processed = [known for known in (*chosen, *self.saved) if self.t2 - BAND_S < known[1] <= self.t2]
        self.system.save({"version": self.version + 1, "start": self.t2, "list": processed})
        return Ended(left=left)

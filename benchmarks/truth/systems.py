"""What a scenario asks of each system, and Placekeeper itself: the installed command on real files."""

import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

PATIENCE_S = 300.0
SCRIPT = Path(__file__).with_name("glue_copy.py")


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    error: what it said if it failed, else None
    left: how many files it said it leaves for a later run
    """

    error: str | None = None
    left: int = 0


class Run(Protocol):
    """A run that has begun."""

    def end(self) -> Ended:
        """Let it go on, and wait for its end."""


class System(Protocol):
    """One way to read a folder bit by bit. Its state and its output are below a folder of its own."""

    name: str
    version: str

    def start(self, *, hold: bool = False, fail: bool = False) -> Run:
        """Begin a run; if held, return when it has listed the folder and before it reads."""

    def began_s(self) -> float:
        """When the last run that succeeded began, as the system has it; epoch seconds."""

    def rows(self) -> Counter[str]:
        """What has been delivered: how often each row is in the output."""


class Hold:
    """A folder by which a run in another process says that it has listed, and is told to go on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def wait(self, process: subprocess.Popen[str] | None = None) -> None:
        """Until the run has listed, or its process has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while not (self.folder / "listed").exists():
            if process is not None and process.poll() is not None:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"a run did not list its source within {PATIENCE_S:.0f} s")
            time.sleep(0.02)

    def go(self) -> None:
        (self.folder / "go").touch()


def csv_rows(folder: Path) -> Counter[str]:
    """Every row of every CSV file below a folder, hidden ones left out."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*.csv"):
        if not path.name.startswith(("_", ".")) and "_placekeeper" not in path.parts:
            found.update(row["id"] for row in csv.DictReader(path.open(newline="")))
    return found


class Placekeeper:
    """(a) The exact ledger: `placekeeper run` in a process of its own, as a user runs it."""

    name = "Placekeeper"
    version = version("placekeeper")

    def __init__(self, source: Path, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._command = Path(sys.executable).with_name("placekeeper")
        self._holds = 0

    def start(self, *, hold: bool = False, fail: bool = False) -> "PlacekeeperRun":
        self._holds += 1
        held = Hold(self._folder / f"hold-{self._holds}") if hold else None
        process = subprocess.Popen(
            [
                *(str(self._command), "run", str(SCRIPT), "--JOB_NAME", "copy"),
                *("--job-bookmark-option", "job-bookmark-enable", "--json"),
                *("--source", str(self._source), "--target", str(self._folder / "out")),
                *("--hold", str(held.folder) if held else "no", "--fail", "yes" if fail else "no"),
            ],
            env={**os.environ, "PLACEKEEPER_STATE": str(self._folder / "state")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if held:
            held.wait(process)
        return PlacekeeperRun(process, held)

    def began_s(self) -> float:
        shown = subprocess.run(
            [self._command, "bookmark", "show", "copy", "--json", "--state", self._folder / "state"],
            capture_output=True,
            check=True,
        )
        source = json.loads(json.loads(shown.stdout)["JobBookmark"])["rows"]

        return datetime.fromisoformat(source["timestamps"]["CURR_RUN_START_TIME"]).timestamp()

    def rows(self) -> Counter[str]:
        return csv_rows(self._folder / "out")


@dataclass(frozen=True)
class PlacekeeperRun:
    """A run of the command."""

    process: subprocess.Popen[str]
    held: Hold | None

    def end(self) -> Ended:
        if self.held:
            self.held.go()
        output, _ = self.process.communicate(timeout=PATIENCE_S)
        run = json.loads(output)
        sources = (run["summary"] or {}).get("sources", [])
        left = sum(source["counts"].get("deferred", 0) for source in sources)
        return Ended(run["error_message"] if self.process.returncode else None, left)

"""(c) Spark's file source: queries in processes that stay, each from the checkpoint on disk."""

import json
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.truth.systems import Ended, Hold

PYTHON = Path(__file__).resolve().parents[2] / ".venv-spark" / "bin" / "python"
WORKER = Path(__file__).with_name("spark_worker.py")


class Worker:
    """A Spark driver that takes one query at a time."""

    def __init__(self, log: Path) -> None:
        self._process = subprocess.Popen(
            [PYTHON, WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("a"),
            text=True,
            cwd=log.parent,
        )
        self.version = self.answer()["version"]

    def ask(self, **asked: object) -> None:
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict:
        if line := self._process.stdout.readline():
            return json.loads(line)
        raise RuntimeError(f"Spark's driver ended with {self._process.wait()}; see its log")

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(60)


@dataclass
class Workers:
    """The drivers that are there: as many as queries overlap."""

    log: Path
    idle: list[Worker] = field(default_factory=list)

    def take(self) -> Worker:
        return self.idle.pop() if self.idle else Worker(self.log)

    def stop(self) -> None:
        while self.idle:
            self.idle.pop().stop()


class Spark:
    """readStream to writeStream, trigger availableNow, a checkpoint."""

    name = "Spark file source"

    def __init__(self, source: Path, folder: Path, workers: Workers) -> None:
        self._source, self._folder, self.workers = source, folder, workers
        worker = workers.take()
        self.version = worker.version
        workers.idle.append(worker)
        self._began = 0.0
        self._holds = 0

    def start(self, *, hold: bool = False, fail: bool = False) -> "SparkRun":
        self._began = time.time()
        self._holds += 1
        held = Hold(self._folder / f"hold-{self._holds}") if hold else None
        worker = self.workers.take()
        worker.ask(
            do="run",
            source=str(self._source),
            target=str(self._folder / "out"),
            checkpoint=str(self._folder / "checkpoint"),
            hold=str(held.folder) if held else None,
            fail=fail,
        )
        if held:
            held.wait()
        return SparkRun(self.workers, worker, held)

    def began_s(self) -> float:
        return self._began

    def rows(self) -> Counter[str]:
        worker = self.workers.take()
        worker.ask(do="rows", target=str(self._folder / "out"))
        answer = worker.answer()
        self.workers.idle.append(worker)
        return Counter(answer["rows"])


@dataclass(frozen=True)
class SparkRun:
    """A query."""

    workers: Workers
    worker: Worker
    held: Hold | None

    def end(self) -> Ended:
        if self.held:
            self.held.go()
        answer = self.worker.answer()
        self.workers.idle.append(self.worker)
        return Ended(answer["error"])

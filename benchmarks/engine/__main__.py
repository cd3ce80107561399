"""Each case by a plain PySpark script and by a Glue script, in fresh processes, in turns; then the ratios.

`seconds` and `cpu` are those inside the job, from a session that is there to the end of the work (of a Glue
script: job.commit()). `memory` is the peak of all processes of a run, `whole` their time from start to end.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as arrow_parquet

from benchmarks.engine.cases import CASES, Case
from benchmarks.engine.compiled import compile_ourselves
from benchmarks.engine.processes import MARK, PeakMemory

HERE = Path(__file__).parent
ENVIRONMENTS = {"sail": ".venv", "spark": ".venv-spark"}
TIMES_SPARK = 5
"""How many times as long as our whole run on Sail a whole run on Spark local[*] is to take."""

MEASURES = ("seconds", "cpu_s", "memory", "whole_s")


@dataclass(frozen=True)
class Taken:
    """One run of one script. `seconds` and `cpu_s` are of its work, `memory` (bytes) and `whole_s` of all."""

    seconds: float
    cpu_s: float
    memory: int
    whole_s: float
    files: int
    result: Any


class Runner:
    """Runs the scripts of one engine on inputs below a folder."""

    def __init__(self, engine: str, folder: Path) -> None:
        self._engine = engine
        self._inputs = folder / "inputs"
        self._folder = folder
        self._python = HERE.parents[1] / ENVIRONMENTS[engine] / "bin" / "python"
        compile_ourselves(self._python)

    def source(self, case: Case) -> Path:
        """The folder of a case's input, which is made if it is not there."""
        if case.make is None:
            return self._inputs
        source = self._inputs / case.make.__name__
        if not source.exists():
            making = source.with_suffix(".partial")
            making.mkdir(parents=True)
            case.make(making)
            making.rename(source)
        return source

    def plain(self, case: Case) -> Taken:
        """The case by the plain script."""
        return self._run(case, [self._python, HERE / "plain_script.py", self._engine, case.name])

    def glue(self, case: Case) -> Taken:
        """The case by the Glue script, which the installed command runs."""
        command = self._python.with_name("placekeeper")
        options = ["--engine", self._engine, "--JOB_NAME", case.name, "--case", case.name, "--json"]
        enable = ["--job-bookmark-option", "job-bookmark-enable"]
        return self._run(case, [command, "run", HERE / "glue_script.py", *options, *enable], named=True)

    def _run(self, case: Case, command: Sequence[str | Path], *, named: bool = False) -> Taken:
        source, mark = self.source(case), uuid.uuid4().hex
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            target, report = Path(name, "out"), Path(name, "report")
            places = {"source": source, "target": target, "report": report}
            arguments = [
                part for key, place in places.items() for part in ((f"--{key}", place) if named else (place,))
            ]
            environ = {**os.environ, MARK: mark, "PLACEKEEPER_STATE": str(Path(name, "state"))}
            os.sync()  # else the one waits for the disk with what the other has left
            began = time.perf_counter()
            with PeakMemory(mark) as peak:
                done = subprocess.run(
                    [*command, *arguments], env=environ, capture_output=True, text=True, check=False
                )
            whole_s = time.perf_counter() - began
            if done.returncode:
                raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-3000:]}")
            said = json.loads(report.read_text())
            files = list(_files(target))
            result = _rows(files) if said["result"] is None else said["result"]
        return Taken(said["seconds"], said["cpu_s"], peak.bytes, whole_s, len(files), result)


def _files(target: Path) -> Iterator[Path]:
    for path in target.rglob("*"):
        if path.is_file() and not path.name.startswith(("_", ".")):
            yield path


def _rows(files: Sequence[Path]) -> int:
    """The rows of files: Parquet by its footers, text by its lines (a header of CSV is one, so it is off)."""
    return sum(
        arrow_parquet.read_metadata(path).num_rows
        if path.suffix == ".parquet"
        else path.read_bytes().count(b"\n") - (1 if path.read_bytes()[:2] == b"id" else 0)
        for path in files
    )


def measure(runner: Runner, case: Case, rounds: int) -> float:
    """Run a case, print the medians and their ratios; the seconds of the whole Glue run."""
    runner.source(case)
    plain, glue = [], []
    for _ in range(rounds):
        plain.append(runner.plain(case))
        glue.append(runner.glue(case))
    results = {str(taken.result) for taken in (*plain, *glue)}
    if len(results) != 1:
        raise RuntimeError(f"{case.name}: the results differ: {results}")
    ratios = {}
    cells = []
    for what in MEASURES:
        ours = statistics.median(getattr(taken, what) for taken in glue)
        theirs = statistics.median(getattr(taken, what) for taken in plain)
        ratios[what] = ours / theirs
        unit = 1_000_000 if what == "memory" else 1
        cells.append(f"{theirs / unit:7.2f} {ours / unit:7.2f} {ratios[what]:5.2f}")
    wanted = ("whole_s",) if case.whole else ("seconds", "cpu_s")
    met = all(ratios[what] <= case.limit for what in wanted)
    files = f"{plain[-1].files:5} {glue[-1].files:5}"
    print(
        f"{case.name:17} {'  '.join(cells)}  {files}  {case.limit:4} {'met' if met else 'MISSED'}", flush=True
    )
    return statistics.median(taken.whole_s for taken in glue)


def beside_spark(spark: Runner, case: Case, whole_s: float) -> None:
    """Run the plain script once on Spark local[*], and say how much longer it takes than our whole run."""
    spark.source(case)
    theirs_s = spark.plain(case).whole_s
    times = theirs_s / whole_s
    met = "met" if times >= TIMES_SPARK else "MISSED"
    print(f"{'':17} whole on Spark local[*] {theirs_s:.2f} s: {times:.1f} times ours", end=", ")
    print(f"wanted {TIMES_SPARK}, {met}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help="the cases that are run; all without one")
    parser.add_argument("--engine", choices=ENVIRONMENTS, default="sail")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where inputs are made and kept")
    parser.add_argument(
        "--beside-spark", action="store_true", help="whole cases by plain PySpark on Spark local[*] too, once"
    )
    asked = parser.parse_args()
    unknown = set(asked.case) - {case.name for case in CASES}
    if unknown:
        parser.error(f"no case {sorted(unknown)}: there are {[case.name for case in CASES]}")
    print(
        f"placekeeper {version('placekeeper')} on {asked.engine}; load {os.getloadavg()[0]:.1f} on "
        f"{os.cpu_count()} cores; medians of {asked.rounds} rounds in turns"
    )
    heads = "  ".join(f"{head:>20}" for head in ("seconds", "CPU s", "memory MB", "whole s"))
    print(f"{'plain Glue ratio':17} {heads}  {'files':>11}  limit")
    with tempfile.TemporaryDirectory(prefix="engine-") as name:
        folder = asked.folder or Path(name)
        runner = Runner(asked.engine, folder)
        for case in CASES:
            if not asked.case or case.name in asked.case:
                whole_s = measure(runner, case, asked.rounds)
                if asked.beside_spark and case.whole:
                    beside_spark(Runner("spark", folder), case, whole_s)


if __name__ == "__main__":
    main()

"""A run that finds nothing new among 100 k local files: `placekeeper run` next to Spark's file source.

What is measured is what a user waits for: a whole process, from its start to its end. Both read all files
first, and take turns when they are idle. Spark plans its last batch again when it restarts, which costs more
after a large batch than after a small one; so both are measured: after the first run, and after ten files.
By default the files are in one folder, which Spark lists fastest: it makes a task of each of many folders.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

FILES, ROUNDS, TARGET = 100_000, 3, 20.0
HERE = Path(__file__).parent
SPARK = HERE.parent / ".venv-spark" / "bin" / "python"


@dataclass(frozen=True)
class Taken:
    """One run.

    wall_s, cpu_s: of the whole process with its children
    inner_s: what the system says of itself, without starting up
    read: rows
    """

    wall_s: float
    cpu_s: float
    inner_s: float
    read: int


def make_files(source: Path, first: int, count: int, folders: int) -> None:
    """Files of two rows, spread over folders; one folder is the source itself."""
    for number in range(first, first + count):
        folder = source / f"part={number % folders:02}" if folders > 1 else source
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06}.csv").write_text(f"id\n{number}a\n{number}b\n")


def whole(command: list[str | Path], **environ: str) -> tuple[str, float, float]:
    """What a process prints, how long it takes, and the CPU that it and the children it waits for use."""
    os.sync()  # else the one waits for the disk with what the other has left: Spark's hundred thousand files
    before = os.times()
    began = time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    after = os.times()
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return done.stdout, wall, cpu


def placekeeper(folder: Path) -> Taken:
    command = Path(sys.executable).with_name("placekeeper")
    output, wall, cpu = whole(
        [
            *(command, "run", HERE / "idle_glue.py", "--JOB_NAME", "idle", "--json"),
            *("--job-bookmark-option", "job-bookmark-enable"),
            *("--source", folder / "in", "--target", folder / "out"),
        ],
        PLACEKEEPER_STATE=str(folder / "state"),
    )
    summary = json.loads(output)["summary"]
    return Taken(wall, cpu, summary["seconds"], sum(sink["rows"] for sink in summary["sinks"]))


def spark(folder: Path) -> Taken:
    output, wall, cpu = whole([SPARK, HERE / "idle_spark.py", folder / "in", folder / "checkpoint"])
    said = json.loads(output.splitlines()[-1])
    # Nobody waits for the JVM, so its time is not among the children's.
    return Taken(wall, cpu + said["cpu"], said["seconds"], said["read"])


SYSTEMS: dict[str, Callable[[Path], Taken]] = {"placekeeper": placekeeper, "spark": spark}


def show(name: str, taken: Taken) -> None:
    print(
        f"  {name:12} {taken.wall_s:7.2f} s whole process  {taken.inner_s:7.2f} s inside"
        f"  {taken.cpu_s:7.2f} s CPU  {taken.read:,} rows",
        flush=True,
    )


def load(folder: Path, expected: int) -> None:
    """Both read what is new."""
    for name, system in SYSTEMS.items():
        taken = system(folder)
        show(name, taken)
        assert taken.read == expected, f"{name} read {taken.read:,} rows, not {expected:,}"


def idle(folder: Path, rounds: int) -> None:
    """Rounds with nothing new, in turns; then the ratios of the medians."""
    runs: dict[str, list[Taken]] = {name: [] for name in SYSTEMS}
    for _ in range(rounds):
        for name, system in SYSTEMS.items():
            taken = system(folder)
            assert taken.read == 0, f"{name} read {taken.read:,} rows that are not new"
            show(name, taken)
            runs[name].append(taken)
    ratios = {
        what: statistics.median(getattr(taken, what) for taken in runs["spark"])
        / statistics.median(getattr(taken, what) for taken in runs["placekeeper"])
        for what in ("wall_s", "inner_s", "cpu_s")
    }
    met = "met" if ratios["wall_s"] >= TARGET else "MISSED"
    print(
        f"  ratio of medians: whole process {ratios['wall_s']:.1f} (target {TARGET:.0f}: {met}),"
        f" inside {ratios['inner_s']:.1f}, CPU {ratios['cpu_s']:.1f}; load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--folders", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    print(f"placekeeper {version('placekeeper')}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="idle-") as name:
        folder = Path(name)
        began = time.perf_counter()
        make_files(folder / "in", 0, asked.files, asked.folders)
        print(f"{asked.files:,} files made in {time.perf_counter() - began:.1f} s; the first run reads them")
        load(folder, 2 * asked.files)
        print("nothing new, after that first run")
        idle(folder, asked.rounds)
        make_files(folder / "in", asked.files, 10, asked.folders)
        print("ten files arrive")
        load(folder, 20)
        print("nothing new, after a run that read ten files")
        idle(folder, asked.rounds)


if __name__ == "__main__":
    main()

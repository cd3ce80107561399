"""The first read of many small files by the installed command: seconds, CPU a file, and peak memory.

The files are CSV of two rows, or JSON lines, spread over a thousand folders. The script counts the rows. By
default the files are hard links to some of them, because a million files take 4 GB of a disk; --own makes
each by itself. What is measured is all processes of the run, from its start to its end.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine.compiled import compile_ourselves
from benchmarks.engine.processes import MARK, PeakMemory

FILES, FOLDERS, LINKS = 100_000, 1_000, 10_000
TARGET_MS, TARGET_MB = 0.5, 1_200
HERE = Path(__file__).parent
ROWS = {
    "csv": "id,name,note\n{0}a,name {0},x\n{0}b,name {0},y\n",
    "json": '{{"id": "{0}a", "name": "name {0}"}}\n{{"id": "{0}b", "name": "name {0}"}}\n',
}


@dataclass(frozen=True)
class Taken:
    """One run.

    wall_s, cpu_s: of the whole command, with its processes
    peak_mb: the most memory of all its processes at one time, shared pages counted once
    """

    wall_s: float
    cpu_s: float
    peak_mb: float


def make_files(source: Path, count: int, format_name: str, *, own: bool) -> None:
    """Files of two rows; unless each is its `own`, LINKS of them are links to one."""
    seeds = source.parent / "seeds"
    seeds.mkdir()
    for folder in range(min(FOLDERS, count)):
        (source / f"part={folder:04}").mkdir(parents=True)
    for number in range(count):
        path = source / f"part={number % FOLDERS:04}" / f"{number:07}.{format_name}"
        if own:
            path.write_text(ROWS[format_name].format(number))
            continue
        seed = seeds / str(number // LINKS)
        if number % LINKS == 0:
            seed.write_text(ROWS[format_name].format(number))
        os.link(seed, path)


def run(folder: Path, format_name: str, engine: str, expected: int) -> Taken:
    """Read the files once, as a job whose bookmark is empty."""
    mark = uuid.uuid4().hex
    command = [
        *(Path(sys.executable).with_name("placekeeper"), "run", HERE / "small_files_glue.py"),
        *("--JOB_NAME", mark, "--job-bookmark-option", "job-bookmark-enable", "--engine", engine),
        *("--source", folder / "in", "--format", format_name),
    ]
    environ = os.environ | {MARK: mark, "PLACEKEEPER_STATE": str(folder / "state")}
    before, began = os.times(), time.perf_counter()
    with PeakMemory(mark) as memory:
        done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    wall, after = time.perf_counter() - began, os.times()
    if f"ROWS {expected}" not in done.stdout:
        raise RuntimeError(f"not {expected:,} rows: {done.stdout[-500:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(wall, cpu, memory.bytes / 1e6)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--format", choices=sorted(ROWS), default="csv")
    parser.add_argument("--engine", choices=("sail", "spark"), default="sail")
    parser.add_argument("--own", action="store_true", help="files of their own: 4 kB of disk each")
    parser.add_argument("--folder", type=Path, help="where to make them; a temporary one by default")
    asked = parser.parse_args()
    if asked.folder and not asked.folder.is_dir():
        parser.error(f"there is no folder {asked.folder}: make it first")
    with tempfile.TemporaryDirectory(prefix="small-files-", dir=asked.folder) as name:
        folder = Path(name)
        compile_ourselves(Path(sys.executable))
        make_files(folder / "in", asked.files, asked.format, own=asked.own)
        taken = run(folder, asked.format, asked.engine, 2 * asked.files)
    each = taken.cpu_s / asked.files * 1_000
    print(f"{asked.files:,} files of {asked.format} on {asked.engine}; load {os.getloadavg()[0]:.1f}")
    print(f"  {taken.wall_s:8.1f} s in all")
    print(f"  {taken.cpu_s:8.1f} s CPU")
    print(f"  {each:8.3f} ms CPU a file   target {TARGET_MS}: {_met(each <= TARGET_MS)}")
    print(f"  {taken.peak_mb:8.0f} MB at its peak   target {TARGET_MB:,}: {_met(taken.peak_mb <= TARGET_MB)}")


def _met(is_met: bool) -> str:
    return "met" if is_met else "NOT MET"


if __name__ == "__main__":
    main()

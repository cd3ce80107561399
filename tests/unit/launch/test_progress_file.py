"""Counts come from any process of a run to whoever follows it."""

import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.launch.progress_file import ProgressFile, ProgressReader, covered
from placekeeper.model.progress import Count, Stage

PROCESSES, EACH = 4, 500

COUNTS_AFTER_THE_EXIT_FUNCTIONS = """
import atexit, os, sys
from placekeeper.launch.progress_file import ProgressFile
from placekeeper.model.progress import Count, Stage

progress = ProgressFile(sys.argv[1])
progress.count(Stage.WRITING, Count(done=1))
atexit._run_exitfuncs()
others = [os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT) for _ in range(20)]
progress.count(Stage.PUBLISHING, Count(done=2))
os._exit(0)
"""


def count(pickled: bytes) -> None:
    progress = pickle.loads(pickled)
    for _ in range(EACH):
        progress.count(Stage.READING, Count(done=1, rows=3, size=2**40))


def test_counts_of_several_processes_add_up(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    reader = ProgressReader(path)
    assert not reader.is_there
    assert list(reader.new()) == []
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES) as pool:
        pool.map(count, [pickle.dumps(ProgressFile(str(path)))] * PROCESSES)

    seen = list(reader.new())
    assert {stage for stage, _ in seen} == {Stage.READING}
    total = PROCESSES * EACH
    assert sum((more for _, more in seen), Count()) == Count(done=total, rows=3 * total, size=total * 2**40)
    assert list(reader.new()) == []


def test_a_record_that_is_half_written_waits(tmp_path: Path) -> None:
    path = tmp_path / "progress"
    ProgressFile(str(path)).count(Stage.LISTING, Count(done=-1, total=2))
    whole = path.read_bytes()
    path.write_bytes(whole[:7])
    reader = ProgressReader(path)
    assert list(reader.new()) == []
    path.write_bytes(whole)
    assert list(reader.new()) == [(Stage.LISTING, Count(done=-1, total=2))]


@given(tears=st.lists(st.integers(0, 48), min_size=1, max_size=6), junk=st.binary(max_size=60))
def test_a_torn_record_costs_itself_alone(
    tmp_path_factory: pytest.TempPathFactory, tears: list[int], junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("run") / "progress"
    progress, reader = ProgressFile(str(path)), ProgressReader(path)
    seen, expected = [], []
    for number, tear in enumerate(tears):
        progress.count(Stage.WRITING, Count(done=1, rows=number))
        whole = path.stat().st_size
        progress.count(Stage.READING, Count(done=1, rows=-1))
        size = path.stat().st_size - whole
        os.truncate(path, whole + min(tear, size - 1))
        seen += reader.new()
        expected.append((Stage.WRITING, Count(done=1, rows=number)))
    with path.open("ab") as file:
        file.write(junk)
    progress.count(Stage.LISTING, Count(total=7))
    seen += reader.new()
    assert seen == [*expected, (Stage.LISTING, Count(total=7))]


def test_reads_are_told_by_source(tmp_path: Path) -> None:
    progress = ProgressFile(str(tmp_path / "progress"))
    assert progress.reads() == {}
    progress.count(Stage.READING, Count(done=1, rows=9))  # of no source
    progress.of_source(0).count(Stage.READING, Count(total=2))  # nothing is read yet
    progress.of_source(0).count(Stage.TYPING, Count(done=2, rows=8))
    assert progress.reads() == {}
    task = pickle.loads(pickle.dumps(progress.of_source(1)))
    task.count(Stage.READING, Count(rows=3))
    task.count(Stage.READING, Count(done=1, rows=4))
    progress.of_source(2).count(Stage.READING, Count(done=1))
    reads = progress.reads()
    assert {source: found.rows for source, found in reads.items()} == {1: 7, 2: 0}
    assert reads[1].seconds > 0


@given(st.dictionaries(st.integers(0, 50), st.integers(0, 20), max_size=6))
def test_the_time_of_tasks_side_by_side_counts_once(lengths: dict[int, int]) -> None:
    spans = {begin: begin + length for begin, length in lengths.items()}
    assert covered(spans) == len({t for begin, end in spans.items() for t in range(begin, end)})


def test_nobody_fails_for_being_watched(tmp_path: Path) -> None:
    ProgressFile(str(tmp_path / "gone" / "progress")).count(Stage.LISTING, Count(done=1))
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    ProgressFile(str(full)).count(Stage.LISTING, Count(done=1))


def test_the_file_is_closed_when_nobody_counts_any_more(tmp_path: Path) -> None:
    gc.collect()  # files that other tests have left open
    before = len(list(Path("/proc/self/fd").iterdir()))
    progress = ProgressFile(str(tmp_path / "progress"))
    progress.count(Stage.LISTING, Count(done=1))
    del progress
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_counts_after_the_exit_functions_get_into_no_other_file(tmp_path: Path) -> None:
    """A job process runs what its script registered for the exit, and publishes after that."""
    path, other = tmp_path / "progress", tmp_path / "other"
    subprocess.run([sys.executable, "-c", COUNTS_AFTER_THE_EXIT_FUNCTIONS, path, other], check=True)
    assert other.read_bytes() == b""
    assert list(ProgressReader(path).new()) == [
        (Stage.WRITING, Count(done=1)),
        (Stage.PUBLISHING, Count(done=2)),
    ]

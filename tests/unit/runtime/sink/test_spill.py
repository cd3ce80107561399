"""Rows that wait come back by folder, in their order, from memory and from disk."""

import errno
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.runtime.sink.spill import Spill

FOLDERS = st.sampled_from(["k=a/", "k=b/", "k=c/", "k=d/"])
BATCHES = st.lists(st.lists(st.tuples(FOLDERS, st.integers(1, 3)), max_size=3, unique_by=lambda one: one[0]))


@given(BATCHES, st.sampled_from([1, 40, 10**9]))
def test_the_rows_of_each_folder_in_their_order(batches, run_bytes):
    spill = Spill(run_bytes)
    expected: dict[str, list[int]] = {}
    row = 0
    for groups in batches:
        numbers = []
        for folder, count in groups:
            own = range(row, row + count)
            expected.setdefault(folder, []).extend(own)
            numbers += own
            row += count
        if groups:
            rows = pa.RecordBatch.from_pydict({"n": numbers, "s": [str(number) for number in numbers]})
            spill.add(rows, [folder for folder, _ in groups], [count for _, count in groups])
    assert {folder: folder in spill for folder in expected} == dict.fromkeys(expected, True)
    assert "k=other/" not in spill
    found = {folder: [row for part in parts for row in part.to_pylist()] for folder, parts in spill.parts()}
    assert found == {
        folder: [{"n": number, "s": str(number)} for number in numbers]
        for folder, numbers in expected.items()
    }


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_descriptors_do_not_grow_with_runs():
    spill, before = Spill(1), _descriptors()
    for row in range(50):
        spill.add(pa.RecordBatch.from_pydict({"n": [row]}), ["k=a/"], [1])
    assert _descriptors() <= before + 2
    for _, parts in spill.parts():
        found = [part.column("n")[0].as_py() for part in parts]
        assert _descriptors() <= before + 2
    assert found == list(range(50))


def test_what_is_kept_beside_narrow_rows_counts(monkeypatch):
    made = []
    original = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **how: made.append(how) or original(**how))
    spill = Spill(4000)
    spill.add(pa.RecordBatch.from_pydict({"b": [True] * 400}), ["k=a/"], [400])
    assert not made
    spill.add(pa.RecordBatch.from_pydict({"b": [False] * 100}), ["k=b/"], [100])
    assert made
    spill.close()


class _FullDisk:
    closed = False

    def write(self, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None: ...


def test_a_full_disk_is_told_with_what_to_do(monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: _FullDisk())
    with pytest.raises(
        OSError, match=r"cannot be written: No space left on device\. Make room there, or let TMPDIR"
    ):
        Spill(1).add(pa.RecordBatch.from_pydict({"n": [1]}), ["k=a/"], [1])

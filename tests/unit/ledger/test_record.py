"""The record on disk: lines are only added, whoever adds them and whatever a crash leaves."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from placekeeper.ledger import record as module
from placekeeper.ledger.record import RecordFile
from placekeeper.model.errors import StateNotWhole
from placekeeper.model.record import Note, Recorded, RecordHead

HEAD = RecordHead(state_id="a")


def note(version: int, bookmark_id: int = 1) -> Note:
    return Note(bookmark_id=bookmark_id, name=f"b{bookmark_id}", version=version, created_ms=version)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def record(tmp_path: Path, said: list[str]) -> RecordFile:
    made = RecordFile(tmp_path / "record.jsonl", said.append)
    made.create(HEAD, [])
    return made


def read(record: RecordFile) -> Recorded:
    found = record.read()
    assert found is not None
    return found


def test_what_was_noted_is_read(record: RecordFile) -> None:
    record.note([note(2), note(1, 2)])
    record.note([Note(bookmark_id=2, name="b2", deleted_ms=9), Note(published="jr_1")])
    found = read(record)
    assert {b: n.version for b, n in found.newest.items()} == {1: 2, 2: 1}
    assert (set(found.deleted), found.published, found.head) == ({2}, "jr_1", HEAD)
    assert record.path.stat().st_mode & 0o077 == 0


def test_there_is_none_before_it_is_made(tmp_path: Path) -> None:
    assert RecordFile(tmp_path / "record.jsonl", print).read() is None


def test_of_two_that_make_it_one_counts(record: RecordFile, tmp_path: Path) -> None:
    other = RecordFile(record.path, print).create(RecordHead(state_id="b"), [note(1)])
    assert other.head.state_id == "a"
    assert [path.name for path in tmp_path.iterdir()] == ["record.jsonl"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_an_unfinished_line_is_no_line_and_goes_with_the_next(record: RecordFile, cut: int) -> None:
    record.note([note(1), note(2)])
    data = record.path.read_bytes()
    record.path.write_bytes(data[:-cut])
    assert read(record).newest[1].version == (1 if cut < data[:-1].rfind(b"\n") else None)
    record.note([note(3)])
    assert read(record).newest[1].version == 3


@pytest.mark.parametrize("data", [b"", b"{", b"x\n", b"{}\n", b'{"state_id":"a"}\nx\n', b"\xff\n"])
def test_what_is_no_record_is_refused(record: RecordFile, data: bytes) -> None:
    record.path.write_bytes(data)
    with pytest.raises(StateNotWhole, match=r"record of the state, .*record\.jsonl, is (empty|damaged)"):
        record.read()


def test_a_full_disk_costs_no_commit_and_is_made_up_for(
    record: RecordFile, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(module.os, "fdatasync", full)
        record.note([note(1)])
    assert len(said) == 1
    assert "No space left" in said[0]
    record.note([note(1, 2)])
    assert set(read(record).newest) == {1, 2}


def test_a_long_record_is_shortened_and_says_the_same(
    record: RecordFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 50)
    monkeypatch.setattr(module, "_KEPT_LINES", 10)
    record.note([note(7, 2), Note(bookmark_id=3, name="b3", deleted_ms=1), Note(published="jr_1")])
    for version in range(1, 60):
        record.note([note(version)])
    before, after = read(record), read(record)
    assert len(after.notes) == 13
    assert (before.newest, before.deleted, before.published) == (after.newest, after.deleted, after.published)
    record.note([note(60)])
    assert read(record).newest[1].version == 60


def test_processes_write_at_the_same_time(record: RecordFile) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from placekeeper.ledger.record import RecordFile; from placekeeper.model.record import Note\n"
        "record = RecordFile(Path(sys.argv[1]), print)\n"
        "for version in range(1, 101):\n"
        "    record.note([Note(bookmark_id=int(sys.argv[2]), name='b', version=version)])\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(record.path), str(bookmark)]) for bookmark in (1, 2)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = read(record)
    assert len(found.notes) == 200
    assert {b: n.version for b, n in found.newest.items()} == {1: 100, 2: 100}

"""Segments on disk: the newest row of a path counts, and what is not whole is never read as if it were."""

import hashlib
import os
import time
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placekeeper.keys.ring import KeyRing
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.errors import KeyMissing, SegmentCorrupt, StateUnfit
from placekeeper.model.objects import LEDGER_SCHEMA


def _rows(version: int, *paths: str, e_tag: str = "x") -> list[pa.RecordBatch]:
    rows = [
        {
            "path": path,
            "last_modified_ms": version,
            "size": 1,
            "e_tag": e_tag,
            "bookmark_version": version,
            "run_id": f"jr_{version}",
        }
        for path in paths
    ]
    return [pa.RecordBatch.from_pylist(rows, schema=LEDGER_SCHEMA)]


@pytest.fixture
def ledger(tmp_path: Path) -> SegmentFolder:
    return SegmentFolder(tmp_path / "segments")


def _newest(ledger: SegmentFolder, *segments) -> dict[str, str]:
    return {row["path"]: row["run_id"] for batch in ledger.rows(segments) for row in batch.to_pylist()}


def test_no_segment_no_rows(ledger: SegmentFolder) -> None:
    assert list(ledger.rows([])) == []


def test_the_newest_row_of_a_path_counts_whatever_the_order_of_segments(ledger: SegmentFolder) -> None:
    old = ledger.write("a/1.parquet", _rows(2, "a", "b", "c"))
    new = ledger.write("a/2.parquet", _rows(4, "b", "d"))

    expected = {"a": "jr_2", "b": "jr_4", "c": "jr_2", "d": "jr_4"}
    assert _newest(ledger, old, new) == expected
    assert list(_newest(ledger, new, old)) == sorted(expected)


def test_a_reference_says_what_is_there(ledger: SegmentFolder) -> None:
    ref = ledger.write("a/1.parquet", _rows(2, "a", "b"))

    assert ref.rows == 2
    assert ref.size == (ledger.folder / ref.key).stat().st_size
    assert len(ref.digest) == 64


def test_a_missing_segment_is_said(ledger: SegmentFolder) -> None:
    ref = ledger.write("a/1.parquet", _rows(2, "a"))
    (ledger.folder / ref.key).unlink()

    with pytest.raises(SegmentCorrupt, match="it is missing"):
        _newest(ledger, ref)


def test_a_damaged_segment_is_said(ledger: SegmentFolder) -> None:
    ref = ledger.write("a/1.parquet", _rows(2, *(f"s3://bucket/{n:06}" for n in range(5_000))))
    path = ledger.folder / ref.key
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)

    with pytest.raises(SegmentCorrupt):
        _newest(ledger, ref)


def test_a_segment_of_another_size_is_said(ledger: SegmentFolder) -> None:
    ref = ledger.write("a/1.parquet", _rows(2, "a"))
    ledger.write("a/1.parquet", _rows(2, "a", "b"))

    with pytest.raises(SegmentCorrupt, match="not what the commit recorded"):
        _newest(ledger, ref)


def test_a_segment_in_the_place_of_another_is_said(ledger: SegmentFolder) -> None:
    """Whole, of the same size and with as many rows, as after a restore of the wrong backup."""
    ours, *others = [ledger.write(f"{tag}.parquet", _rows(2, "a", e_tag=tag)) for tag in "abcdefgh"]
    other = next(segment for segment in others if segment.size == ours.size)
    (ledger.folder / other.key).rename(ledger.folder / ours.key)
    with pytest.raises(SegmentCorrupt, match="its digest is not what the commit recorded"):
        list(ledger.rows([ours]))


def test_a_writer_that_dies_leaves_no_segment(ledger: SegmentFolder) -> None:
    def dying():
        yield _rows(2, "a")[0]
        raise RuntimeError("dead")

    with pytest.raises(RuntimeError, match="dead"):
        ledger.write("a/1.parquet", dying())
    assert [path.name for path in ledger.folder.rglob("*.parquet")] == []


def test_only_old_unreferenced_segments_are_collected(ledger: SegmentFolder) -> None:
    kept = ledger.write("a/kept.parquet", _rows(2, "a"))
    old = ledger.write("a/old.parquet", _rows(2, "a"))
    ledger.write("a/young.parquet", _rows(2, "a"))
    for key in (kept.key, old.key):
        os.utime(ledger.folder / key, (1, 1))

    collected = ledger.collect(frozenset({kept.key}), older_than_ms=(time.time_ns() // 1_000_000) - 60_000)

    assert collected == ["a/old.parquet"]
    assert sorted(path.name for path in ledger.folder.rglob("*.parquet")) == ["kept.parquet", "young.parquet"]


KEYS = KeyRing({"arn:aws:kms:r:1:key/1": b"k" * 32, "arn:aws:kms:r:1:key/2": b"l" * 32})


def test_encrypted_and_plain_segments_are_one_ledger(tmp_path: Path) -> None:
    ledger = SegmentFolder(tmp_path / "segments", KEYS)
    plain = ledger.write("a/1.parquet", _rows(2, "s3://bucket/a", "s3://bucket/b"))
    first = ledger.sealed_with("arn:aws:kms:r:1:key/1").write("a/2.parquet", _rows(4, "s3://bucket/b"))
    second = ledger.sealed_with("arn:aws:kms:r:1:key/2").write("a/3.parquet", _rows(6, "s3://bucket/c"))

    assert _newest(ledger, plain, first, second) == {
        "s3://bucket/a": "jr_2",
        "s3://bucket/b": "jr_4",
        "s3://bucket/c": "jr_6",
    }
    for ref, secret in ((plain, False), (first, True), (second, True)):
        assert (b"bucket" in (ledger.folder / ref.key).read_bytes()) is not secret


def test_an_encrypted_segment_without_its_key(tmp_path: Path) -> None:
    ledger = SegmentFolder(tmp_path / "segments", KEYS)
    ref = ledger.sealed_with("arn:aws:kms:r:1:key/1").write("a/1.parquet", _rows(2, "a"))
    with pytest.raises(KeyMissing, match="key/1"):
        _newest(SegmentFolder(tmp_path / "segments"), ref)
    with pytest.raises(KeyMissing):
        SegmentFolder(tmp_path / "segments").sealed_with("arn:aws:kms:r:1:key/1").write("a/2", _rows(2, "a"))


def test_folders_of_runs_go_once_nothing_has_been_in_them_for_long(ledger: SegmentFolder) -> None:
    ref = ledger.write("jr_1/1.parquet", _rows(2, "a"))
    for name in ("jr_2", "jr_3", "merged"):
        (ledger.folder / name).mkdir()
    for name in ("jr_1", "jr_2", "merged"):
        os.utime(ledger.folder / name, (1, 1))
    assert ledger.collect(frozenset({ref.key}), older_than_ms=(time.time_ns() // 1_000_000) - 60_000) == []
    assert ledger.folders() == {"jr_1", "jr_3", "merged"}


def test_segments_that_are_not_what_was_written_are_lacking(ledger: SegmentFolder) -> None:
    there, gone, short, changed = (ledger.write(f"jr_{n}/1.parquet", _rows(2, "a")) for n in range(4))
    (ledger.folder / gone.key).unlink()
    with (ledger.folder / short.key).open("r+b") as file:
        file.truncate(short.size - 1)
    data = bytearray((ledger.folder / changed.key).read_bytes())
    data[10] ^= 1
    (ledger.folder / changed.key).write_bytes(data)
    every = [there, gone, short, changed]
    assert ledger.lacking(every) == [gone, short]
    assert ledger.lacking(every, digests=True) == [gone, short, changed]


def test_a_disk_that_does_not_take_a_segment_is_said(ledger: SegmentFolder) -> None:
    ledger.folder.write_text("a file where the folder should be")
    with pytest.raises(StateUnfit, match=r"cannot be written.*Nothing was committed.*Make room"):
        ledger.write("jr_1/1.parquet", _rows(2, "a"))


def test_an_encrypted_segment_that_was_changed(tmp_path: Path) -> None:
    ledger = SegmentFolder(tmp_path / "segments", KEYS).sealed_with("arn:aws:kms:r:1:key/1")
    ref = ledger.write("a/1.parquet", _rows(2, *(f"s3://bucket/{n:06}" for n in range(5_000))))
    path = ledger.folder / ref.key
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(SegmentCorrupt):
        _newest(ledger, ref)


@pytest.mark.parametrize("dropped", [["reason"], []])
def test_a_segment_of_before_is_read_beside_one_of_today(ledger: SegmentFolder, dropped: list[str]) -> None:
    """Segments had no reasons at first, and then their texts were no dictionaries."""
    old = ledger.write("a/1.parquet", _rows(2, "a", "b"))
    path = ledger.folder / old.key
    plain = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in LEDGER_SCHEMA
    ]
    pq.write_table(pq.read_table(path).cast(pa.schema(plain)).drop_columns(dropped), path)
    written = path.read_bytes()
    old = msgspec.structs.replace(old, size=len(written), digest=hashlib.sha256(written).hexdigest())
    (rows,) = _rows(4, "b", "c")
    rows = rows.set_column(
        rows.schema.get_field_index("reason"), "reason", pa.array(["late"] * 2, rows["reason"].type)
    )
    new = ledger.write("a/2.parquet", [rows])

    found = [row for batch in ledger.rows([old, new]) for row in batch.to_pylist()]
    assert [(row["path"], row["reason"]) for row in found] == [("a", None), ("b", "late"), ("c", "late")]

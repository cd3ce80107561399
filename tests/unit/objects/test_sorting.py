"""External sort: shuffled listings come out as sorted() has them, whatever fits into memory."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.objects import LISTING_SCHEMA
from placekeeper.objects.sorting import sort_externally, write_run


def batch(paths: list[str], size: int = 0) -> pa.RecordBatch:
    empty = [None] * len(paths)
    return pa.record_batch(
        [paths, [0] * len(paths), [size] * len(paths), empty, empty], schema=LISTING_SCHEMA
    )


def sorted_paths(batches: list[pa.RecordBatch], run_bytes: int) -> list[str]:
    found = sort_externally(iter(batches), run_bytes=run_bytes)
    return [path for part in found for path in part.column("path").to_pylist()]


@given(
    lists=st.lists(st.lists(st.text(alphabet="ab-/é\U0001f600", max_size=4)), max_size=80),
    run_bytes=st.sampled_from([1, 200, 10_000]),
)
def test_any_listing(lists: list[list[str]], run_bytes: int) -> None:
    expected = sorted({path for paths in lists for path in paths}, key=str.encode)
    assert sorted_paths([batch(paths) for paths in lists], run_bytes) == expected


@pytest.mark.parametrize("run_bytes", [100_000, 1_000_000, 1 << 30])
def test_a_shuffled_listing(run_bytes: int) -> None:
    paths = [f"s3://b/{number % 97}/{number:06}" for number in range(60_000)]
    expected = sorted(paths)
    random.Random(3).shuffle(paths)
    batches = [batch(paths[start : start + 1000]) for start in range(0, len(paths), 1000)]
    assert sorted_paths(batches, run_bytes) == expected


def test_the_first_of_equal_paths_stays() -> None:
    batches = [batch(["b", "a"], 1), batch(["a", "c"], 2), batch(["c"], 3)]
    rows = [row for part in sort_externally(batches, run_bytes=1) for row in part.to_pylist()]
    assert [(row["path"], row["size"]) for row in rows] == [("a", 1), ("b", 1), ("c", 2)]


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stream = sort_externally((batch([f"{number}"]) for number in range(100)), run_bytes=1)
    next(stream)
    assert list(tmp_path.iterdir())
    stream.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_names_the_temporary_file(tmp_path: Path) -> None:
    full = tmp_path / "1.arrow"
    full.symlink_to("/dev/full")
    named = (
        f"temporary file {full} cannot be written: No space left on device. Make room there, or let TMPDIR"
    )
    with pytest.raises(OSError, match=named):
        write_run(full, iter([batch(["a", "b"])]))
    with pytest.raises(OSError, match="cannot be written: No such file or directory"):
        write_run(tmp_path / "gone" / "1.arrow", iter([batch(["a"])]))


def test_errors_of_the_listing_are_not_those_of_the_temporary_file(tmp_path: Path) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield batch(["a"])
        raise OSError("s3://b/ could not be listed")

    with pytest.raises(OSError, match=r"^s3://b/ could not be listed$"):
        write_run(tmp_path / "1.arrow", failing())

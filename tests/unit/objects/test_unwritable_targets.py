"""Output that cannot be written says where, why and what to do, not what the system library raised."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from placekeeper.objects.staging import OutputStaging


def test_a_target_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(
        OSError, match=r"out/part=a/1\.parquet cannot be written: Not a directory .*is a file"
    ):
        OutputStaging().create(str(tmp_path / "out" / "part=a" / "1.parquet"), run_id="jr_1")


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(
        OSError, match=r"cannot be written: File name too long .*shorter names, and run again"
    ):
        OutputStaging().create(str(tmp_path / ("n" * 300) / "1.parquet"), run_id="jr_1")


def test_a_folder_that_cannot_be_made() -> None:
    with pytest.raises(OSError, match=r"/proc/no/1\.csv cannot be written: .*write to another path"):
        OutputStaging().create("/proc/no/1.csv", run_id="jr_1")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_takes_no_more(tmp_path: Path) -> None:
    file = OutputStaging().create(str(tmp_path / "1.csv"), run_id="jr_1")
    with files_of_at_most(1024), pytest.raises(OSError, match=r"1\.csv cannot be written: File too large"):
        file.write(bytes(100_000))
    file.abort()
    assert list(tmp_path.iterdir()) == []

"""What a store does not hand out is no bad file, whatever the reader of a format makes of it."""

import errno
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from placekeeper.model.errors import ObjectChanged, RecordUnreadable
from placekeeper.model.objects import ObjectMeta
from placekeeper.objects.local.listing import open_local
from placekeeper.objects.s3 import objects
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.stores import ObjectStores

SETTINGS = S3Settings(region="us-east-1", access_key="a", secret_key="s")
LARGE = ObjectMeta(path="s3://b/k.parquet", last_modified_ms=1, size=64 * 1024 * 1024)


def unreadable(cause: Exception | None = None) -> RecordUnreadable:
    error = RecordUnreadable(LARGE.path, "Parquet data", str(cause))
    error.__cause__ = cause
    return error


def read_as_a_format(file: BinaryIO) -> None:
    """A reader that takes nothing of what it gets."""
    with suppress(OSError, ObjectChanged):
        file.read(10)
    raise unreadable()


@pytest.mark.parametrize(
    "failure", [OSError("s3://b/k.parquet could not be read: 403"), ObjectChanged(LARGE.path, "it is gone")]
)
def test_an_error_of_the_store_that_a_reader_wraps_comes_out_as_it_was(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def get(*_: object) -> bytes:
        raise failure

    monkeypatch.setattr(objects, "_get", get)
    with pytest.raises(type(failure)) as raised, objects.open_s3(SETTINGS, LARGE) as file:
        read_as_a_format(file)
    assert raised.value is failure


def test_a_reader_that_cannot_read_what_it_got_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_get", lambda _settings, _meta, span: b"x" * (span[1] - span[0]))
    with pytest.raises(RecordUnreadable), objects.open_s3(SETTINGS, LARGE) as file:
        read_as_a_format(file)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (OSError(errno.EIO, "Input/output error"), OSError),
        (OSError("Unexpected end of stream"), RecordUnreadable),  # as Arrow says it of a cut file
        (None, RecordUnreadable),
    ],
)
def test_an_error_of_the_disk_is_no_bad_file(
    tmp_path: Path, cause: Exception | None, expected: type[Exception]
) -> None:
    (tmp_path / "a").write_bytes(b"x")
    meta = ObjectStores().stat(f"file://{tmp_path}/a")
    assert meta is not None
    with pytest.raises(expected) as raised, open_local(meta):
        raise unreadable(cause)
    assert type(raised.value) is expected


def test_a_local_file_that_is_being_written_is_no_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    meta = ObjectStores().stat(f"file://{path}")
    assert meta is not None

    def overwrite() -> None:
        path.write_bytes(b"xx")
        raise unreadable()

    with pytest.raises(ObjectChanged), open_local(meta):
        overwrite()

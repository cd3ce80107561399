"""Files of Arrow whose errors name them and say what to do."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.runtime.engines import parts
from placekeeper.runtime.engines.arrow_file import ArrowFile

SCHEMA = pa.schema([("n", pa.int64())])
BATCH = pa.record_batch([[1, 2, 3]], schema=SCHEMA)


def full(folder: Path, name: str) -> Path:
    """A file on a full disk."""
    path = folder / name
    path.symlink_to("/dev/full")
    return path


@pytest.mark.parametrize("new", [pa.ipc.new_file, pa.ipc.new_stream])
def test_a_file_has_its_batches(tmp_path: Path, new: Any) -> None:
    path = tmp_path / "a"
    with ArrowFile(str(path), SCHEMA, new, "numbers") as file:
        file.write(BATCH)
    opened = pa.ipc.open_file if new is pa.ipc.new_file else pa.ipc.open_stream
    assert opened(pa.OSFile(str(path))).read_all().to_batches() == [BATCH]


@pytest.mark.parametrize("new", [pa.ipc.new_file, pa.ipc.new_stream])
def test_a_full_disk_is_said_with_what_to_do(tmp_path: Path, new: Any) -> None:
    path = full(tmp_path, "a")
    with (
        pytest.raises(
            OSError, match=r"^numbers cannot be written to .*/a: No space left on device\. Make room"
        ),
        ArrowFile(str(path), SCHEMA, new, "numbers") as file,
    ):
        file.write(BATCH)
    assert not path.is_symlink()


def test_an_error_of_whoever_makes_the_batches_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with (
        pytest.raises(FileNotFoundError, match=r"^mine$"),
        ArrowFile(str(path), SCHEMA, pa.ipc.new_stream, "numbers"),
    ):
        raise FileNotFoundError("mine")
    assert not path.exists()


def test_a_full_disk_is_said_of_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Same:
        hex = "same"

    monkeypatch.setattr(parts.uuid, "uuid4", Same)
    full(tmp_path, "parts-same")
    session: Any = None
    said = r"^the list of the objects that each task reads cannot be written to .*: No space left on device"
    with pytest.raises(OSError, match=said):
        parts.hand_out_by_file(session, [b"part"], tmp_path)

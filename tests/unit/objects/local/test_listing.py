"""Local listings: what a POSIX file system can come up with."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from placekeeper.model.errors import ListingFailed, ObjectChanged
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.objects.local.listing import e_tag_of, list_local, open_local, stat_local
from placekeeper.rules.sorted_streams import check_order


def rows(path: Path | str, *, recurse: bool = True) -> list[ObjectMeta]:
    batches = check_order(list_local(f"file://{path}", recurse=recurse))
    return [row for batch in batches for row in object_rows(batch)]


def names(path: Path, *, recurse: bool = True) -> list[str]:
    return [row.path.removeprefix(f"file://{path}/") for row in rows(path, recurse=recurse)]


def test_order_is_that_of_keys_not_of_names(tmp_path: Path) -> None:
    for name in ("a/b", "a-b", "a.b", "a0", "ab/c", "a/-", "é", "z", "\U0001f600", "\uffee"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = names(tmp_path)
    assert found == sorted(found, key=str.encode)
    assert found[:3] == ["a-b", "a.b", "a/-"]
    assert len(found) == 10


def test_metadata(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    os.utime(file, ns=(0, 1_700_000_000_123_456_789))
    expected = ObjectMeta(
        path=f"file://{file}",
        last_modified_ms=1_700_000_000_123,
        size=5,
        e_tag=f"{1_700_000_000_123_456_789:x}-5",
    )
    assert rows(tmp_path) == [expected]
    assert rows(file) == [expected]
    assert stat_local(f"file://{file}") == expected
    assert e_tag_of(file.stat()) == expected.e_tag


def test_links_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/x").write_bytes(b"1")
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "real/up").symlink_to(tmp_path)
    (tmp_path / "file").symlink_to(tmp_path / "real/x")
    (tmp_path / "dangling").symlink_to(tmp_path / "absent")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    os.mkfifo(tmp_path / "pipe")
    assert names(tmp_path) == ["file", "linked/x", "real/x"]


def test_a_name_that_is_not_utf8_is_bad_and_counted(tmp_path: Path) -> None:
    for name in (b"caf\xe8", b"caf\xe9", "caf\ufffd".encode(), b"d\xff/x", b"ok"):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"1")
    found = {row.path.removeprefix(f"file://{tmp_path}/"): row.size for row in rows(tmp_path)}
    assert found == {
        "caf\ufffd": 1,
        "caf\ufffd\ufffd": -1,
        "caf\ufffd\ufffd\ufffd": -1,
        "d\ufffd/x": -1,
        "ok": 1,
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_fails_the_listing(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(ListingFailed, match="closed"):
        rows(tmp_path)


def test_too_long_a_name_fails_the_listing(tmp_path: Path) -> None:
    with pytest.raises(ListingFailed, match="could not be listed"):
        rows(tmp_path / ("x" * 300))


def test_descriptors_are_closed(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}/a/b").mkdir(parents=True)
        (tmp_path / f"{number}/a/b/x").write_bytes(b"")
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert len(names(tmp_path)) == 10
    abandoned = list_local(f"file://{tmp_path}", recurse=True)
    next(abandoned)
    abandoned.close()  # type: ignore[attr-defined]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_vanished_folder_is_not_listed(tmp_path: Path) -> None:
    for name in ("a/x", "b/x"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "a/x").unlink()
    (tmp_path / "a").rmdir()
    assert names(tmp_path) == ["b/x"]


def test_a_reader_may_close_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"1234")
    meta = stat_local(f"file://{file}")
    assert meta is not None
    with open_local(meta) as opened:
        opened.close()


def test_a_change_is_seen_on_closing_whatever_the_reader_did(tmp_path: Path) -> None:
    file = tmp_path / "x"

    def close_early(opened: BinaryIO) -> None:
        opened.close()
        os.utime(file, ns=(0, 0))

    def stumble(opened: BinaryIO) -> None:
        file.write_bytes(b"12")
        raise ValueError("a parser stumbled")

    def read(reader: Callable[[BinaryIO], None]) -> None:
        file.write_bytes(b"1234")
        meta = stat_local(f"file://{file}")
        assert meta is not None
        with open_local(meta) as opened:
            reader(opened)

    for reader in (close_early, stumble):
        with pytest.raises(ObjectChanged):
            read(reader)

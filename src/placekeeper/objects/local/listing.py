"""Local files: listed in key order, opened exactly as listed.

Symbolic links are followed; a folder that is its own ancestor is not entered again (its files are listed
already). Sockets, devices and dangling links are not listed. A name that is not UTF-8 cannot be written in
a URI: it is listed with U+FFFD for the wrong bytes and a size of -1, so that selection counts it as bad.
"""

import errno
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from placekeeper.model.errors import ListingFailed, ObjectChanged, RecordUnreadable
from placekeeper.model.objects import LISTING_SCHEMA, ObjectMeta
from placekeeper.objects.uris import as_folder, local_path

BATCH_ROWS = 8192
"""Rows of a full listing batch: about 1 MB."""

UNADDRESSABLE = -1
"""The size of a file whose name is not UTF-8."""

_LOOKED_AT = 1000
"""Entries of a folder that are looked at for the names of folders."""

_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def e_tag_of(status: os.stat_result) -> str:
    """The e_tag of a local file: its mtime in nanoseconds and its size, in hex."""
    return f"{status.st_mtime_ns:x}-{status.st_size:x}"


def list_local(uri: str, *, recurse: bool) -> Iterator[pa.RecordBatch]:
    """Every file at or under a normalised `file://` URI, as batches of LISTING_SCHEMA in key order; without
    `recurse`, those directly in it and a row for each folder.

    Memory holds only the names of the folders on the way down. A file that vanishes meanwhile is not listed.
    Raises ListingFailed if the listing cannot be completed for any other reason.
    """
    columns: tuple[list[str], list[int], list[int], list[str]] = ([], [], [], [])
    paths, times, sizes, tags = columns
    for path, status, addressable in _files(uri, recurse):
        paths.append(path)
        times.append(0 if status is None else status.st_mtime_ns // 1_000_000)
        sizes.append(UNADDRESSABLE if not addressable else 0 if status is None else status.st_size)
        tags.append("" if status is None else e_tag_of(status))
        if len(paths) == BATCH_ROWS:
            yield _batch(*columns)
            for column in columns:
                column.clear()
    if paths:
        yield _batch(*columns)


def folders_in_local(uri: str) -> list[str]:
    """Names of folders directly in the folder at a normalised `file://` URI, among its first entries."""
    try:
        with os.scandir(local_path(uri)) as entries:
            return [entry.name for entry in itertools.islice(entries, _LOOKED_AT) if entry.is_dir()]
    except OSError:
        return []


def stat_local(uri: str) -> ObjectMeta | None:
    """The file at a normalised `file://` URI as it is now; None if there is none. Raises ListingFailed."""
    status = _status(None, local_path(uri), uri)
    if status is None:
        return None
    return ObjectMeta(
        path=uri,
        last_modified_ms=status.st_mtime_ns // 1_000_000,
        size=status.st_size,
        e_tag=e_tag_of(status),
    )


@contextmanager
def open_local(meta: ObjectMeta) -> Iterator[BinaryIO]:
    """The file. Raises ObjectChanged unless it is what was listed, and stays so until it is closed.

    Raises OSError when the file cannot be opened for another reason.
    """
    try:
        descriptor = os.open(local_path(meta.path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _GONE:
            raise ObjectChanged(meta.path, "it is gone") from error
        raise
    try:
        _check_unchanged(meta, descriptor)
        # closefd=False: the descriptor must outlive a reader that closes its file, for the second check.
        with open(descriptor, "rb", closefd=False) as file:
            try:
                yield file
            except RecordUnreadable as error:
                if isinstance(error.__cause__, OSError) and error.__cause__.errno is not None:
                    raise error.__cause__ from None  # an error of the disk, not of the object
                raise
            finally:
                # Also after an error of the reader: half-overwritten data is its likelier cause.
                _check_unchanged(meta, descriptor)
    finally:
        os.close(descriptor)


def _check_unchanged(meta: ObjectMeta, descriptor: int) -> None:
    found = e_tag_of(os.fstat(descriptor))
    if meta.e_tag is not None and found != meta.e_tag:
        raise ObjectChanged(meta.path, f"its e_tag was {meta.e_tag} in the listing and is now {found}")


@dataclass
class _Folder:
    """A folder on the way down. `names` are in key order, folders with a slash at the end."""

    descriptor: int
    uri: str
    identity: tuple[int, int]
    names: Iterator[str]
    raw_names: dict[str, str]  # raw spelling of names that are not UTF-8, by their listed name
    addressable: bool


def _files(uri: str, recurse: bool) -> Iterator[tuple[str, os.stat_result | None, bool]]:
    """URI, status and addressability of every file, in key order; without `recurse` also of folders, which
    have no status."""
    root = _enter(None, local_path(uri), as_folder(uri), True)
    if root is None:
        if (status := _status(None, local_path(uri), uri)) is not None:
            yield uri, status, True
        return
    below = [root]
    try:
        while below:
            folder = below[-1]
            name = next(folder.names, None)
            if name is None:
                os.close(below.pop().descriptor)
                continue
            path = folder.uri + name
            raw = folder.raw_names.get(name, name)
            addressable = folder.addressable and name not in folder.raw_names
            if name.endswith("/") and not recurse:
                yield path, None, addressable
            elif name.endswith("/"):
                child = _enter(folder.descriptor, raw.rstrip("/"), path, addressable)
                if child is not None and any(child.identity == parent.identity for parent in below):
                    os.close(child.descriptor)
                elif child is not None:
                    below.append(child)
            elif (status := _status(folder.descriptor, raw, path)) is not None:
                yield path, status, addressable
    finally:
        for folder in below:
            os.close(folder.descriptor)


def _enter(parent: int | None, name: str, uri: str, addressable: bool) -> _Folder | None:
    """Open and read one folder; None if there is no such folder (any more)."""
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=parent)
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise _listing_failed(uri, error) from error
    try:
        status = os.fstat(descriptor)
        names, raw_names = _names(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise _listing_failed(uri, error) from error
    return _Folder(descriptor, uri, (status.st_dev, status.st_ino), iter(names), raw_names, addressable)


def _names(descriptor: int) -> tuple[list[str], dict[str, str]]:
    """The names in a folder in the order of their keys, and the raw spelling of those that are not UTF-8."""
    names: list[str] = []
    broken: list[tuple[str, str]] = []
    with os.scandir(descriptor) as entries:
        for entry in entries:
            name = entry.name
            slash = "/" if _is_folder(entry) else ""
            if name.isascii() or _is_utf8(name):
                names.append(name + slash)
            else:
                broken.append((name, slash))
    raw_names: dict[str, str] = {}
    taken = set(names) if broken else set()
    for name, slash in sorted(broken):
        shown = os.fsencode(name).decode(errors="replace")
        while shown + slash in taken:  # two broken names must stay two
            shown += "\ufffd"
        taken.add(shown + slash)
        names.append(shown + slash)
        raw_names[shown + slash] = name
    names.sort()  # by code point, the order of UTF-8; 'a/' sorts after 'a-b', as its keys do
    return names, raw_names


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that cannot be followed: its stat raises the reason
        return False


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _status(folder: int | None, name: str, uri: str) -> os.stat_result | None:
    """The status of a regular file, None for anything else and for what has vanished."""
    try:
        status = os.stat(name, dir_fd=folder)
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise _listing_failed(uri, error) from error
    return status if stat.S_ISREG(status.st_mode) else None


def _batch(paths: list[str], times: list[int], sizes: list[int], tags: list[str]) -> pa.RecordBatch:
    return pa.record_batch([paths, times, sizes, tags, [None] * len(paths)], schema=LISTING_SCHEMA)


def _listing_failed(uri: str, error: OSError) -> ListingFailed:
    return ListingFailed(
        f"{uri} could not be listed: {error.strerror}. Nothing was read. Make it readable for the user "
        f"of this process (id {os.geteuid()}), or leave the folder out of the paths, and run again."
    )

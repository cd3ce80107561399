"""Local output: staged beside its final name, published by giving it that name.

A staged file is `<folder of the final file>/_placekeeper/<run id>/<uuid>-<made>.staged`: the same file system
as its final name, so that publishing is one atomic step; hidden from readers by the underscore and by having
no data suffix. `made` is a hexadecimal number whose bits say which folders above were made for it or its
neighbours, the lowest bit the folder of the final file: they go if nothing is published in them.
"""

import errno
import io
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from placekeeper.model.errors import ListingFailed, PublishFailed
from placekeeper.model.publication import StagedFile
from placekeeper.objects.local.folders import drop_empty, drop_folders, make_folders, sync_folder
from placekeeper.objects.uris import FILE, local_path

STAGING_FOLDER = "_placekeeper"
_SUFFIX = ".staged"
_STAGED_NAME = re.compile(r"[0-9a-f]{32}-([0-9a-f]{1,1024})\.staged")
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_TRIES = 1000  # each fails only if another task finishes a file at that very moment
_ACCESS_LOST = (errno.EACCES, errno.EPERM, errno.EROFS)
_WAYS_OUT = {
    **dict.fromkeys(_ACCESS_LOST, "Let this user write there"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Make room on that disk"),
    errno.ENOTDIR: "A part of that path is a file, not a folder: remove it, or write to another path",
    errno.ENAMETOOLONG: "Write to a path with shorter names",
}


class LocalStagingFile:
    """Implements ports.objects.StagingFile. Raises OSError when the disk refuses or is full."""

    def __init__(self, path: str, *, run_id: str, immediate: bool) -> None:
        self._final = Path(local_path(path))
        self._immediate = immediate
        folder = self._final.parent / STAGING_FOLDER / run_id
        self._made: list[Path] = []
        self._size = 0
        with _explained(self._final):
            try:
                self._staged, self._file = _create(folder, self._made)
            except OSError:
                drop_folders(self._made)
                raise

    def write(self, data: bytes) -> int:
        """Append bytes."""
        with _explained(self._final):
            self._file.write(data)
        self._size += len(data)
        return len(data)

    def finish(self, *, rows: int) -> StagedFile:
        """Bring data and name to the disk; with `immediate`, to the final name, over what was there."""
        staged: str | None = f"{FILE}{self._staged}"
        with _explained(self._final):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            sync_folder(self._staged.parent)
            if self._immediate:
                self._staged.replace(self._final)
                sync_folder(self._final.parent)
                _drop_staging_folders(self._staged)
                staged = None
        return StagedFile(path=f"{FILE}{self._final}", size=self._size, rows=rows, staged=staged)

    def abort(self) -> None:
        """Drop what was written and the folders made for it; never raises for something already gone."""
        with suppress(OSError):  # what the disk could not take is dropped anyway
            self._file.close()
        self._staged.unlink(missing_ok=True)
        _drop_staging_folders(self._staged)
        drop_folders(self._made)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Make OSErrors name the output that could not be written, and say what to do."""
    try:
        yield
    except OSError as error:
        way_out = _WAYS_OUT.get(error.errno or 0, "Mend that, or write to another path")
        at = f" ({error.filename})" if error.filename else ""
        raise OSError(
            f"{FILE}{path} cannot be written: {error.strerror or error}{at}. {way_out}, and run again"
        ) from error


def publish_local(file: StagedFile) -> None:
    """See ports.objects.Staging. Another file of that name is never overwritten.

    Raises PublishFailed if it can no longer succeed, OSError if a later try may succeed.
    """
    if file.staged is None:
        return
    staged, final = Path(local_path(file.staged)), Path(local_path(file.path))
    try:
        _give_final_name(file, staged, final)
        sync_folder(final.parent)
    except OSError as error:
        if error.errno in _ACCESS_LOST:
            raise PublishFailed(
                f"{file.path} could not be published: {error.strerror}. Make its folder writable."
            ) from error
        raise
    _drop_staging_folders(staged)


def take_back_local(file: StagedFile) -> None:
    """See ports.objects.Staging. A final file that is not ours stays. Raises OSError.

    It is ours if it is the staged file under another name, or the staged file is gone and the size is right.
    """
    final = Path(local_path(file.path))
    staged = Path(local_path(file.staged)) if file.staged is not None else None
    identity = None if staged is None else _identity(staged)
    if staged is not None:
        staged.unlink(missing_ok=True)  # first: from here on, nobody else can publish it
    is_ours = _size_of(final) == file.size if identity is None else _identity(final) == identity
    if is_ours:
        final.unlink(missing_ok=True)
        sync_folder(final.parent)
    if staged is not None:
        _drop_staging_folders(staged)
        drop_empty(_made_for(staged))


def sweep_local(target: str, *, run_id: str) -> int:
    """See ports.objects.Staging. This cleans every staging folder of the run at or below the target, and
    removes the folders that were made for it and are empty now.

    Raises ListingFailed if a folder cannot be read or cleaned.
    """
    removed = 0
    made: set[Path] = set()
    try:
        for parent, folders, _ in os.walk(local_path(target), onerror=_raise_unless_gone):
            if STAGING_FOLDER not in folders:
                continue
            folders.remove(STAGING_FOLDER)
            folder = Path(parent, STAGING_FOLDER, run_id)
            for staged in folder.glob(f"*{_SUFFIX}"):
                staged.unlink(missing_ok=True)
                removed += 1
                made.update(_made_for(staged))
            drop_folders([folder.parent, folder])
        drop_empty(made)
    except OSError as error:
        raise ListingFailed(
            f"The staged files of run {run_id} under {target} could not be removed: {error.strerror}. "
            "Make the folder writable; Placekeeper tries again later."
        ) from error
    return removed


def _give_final_name(file: StagedFile, staged: Path, final: Path) -> None:
    try:
        # A link and then an unlink, because a rename would overwrite an existing file.
        os.link(staged, final)
    except FileExistsError:
        if not _is_same(staged, final):
            _refuse_unless_done(file, staged, final)
            return
    except FileNotFoundError:
        _refuse_unless_done(file, staged, final)
        return
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if final.exists():
            _refuse_unless_done(file, staged, final)
            return
        staged.rename(final)
        return
    staged.unlink(missing_ok=True)


def _refuse_unless_done(file: StagedFile, staged: Path, final: Path) -> None:
    """Raises PublishFailed unless the file was published before: no staged file, a final one of its size."""
    found = _size_of(final)
    if staged.exists():
        raise PublishFailed(
            f"{file.path} exists already, and this run did not write it. It was not overwritten."
        )
    if found is None:
        raise PublishFailed(f"{file.path} cannot be published: its staged file {staged} is gone.")
    if found != file.size:
        raise PublishFailed(f"{file.path} has {found} bytes, but this run wrote {file.size}.")


def _is_same(staged: Path, final: Path) -> bool:
    """Whether both names are one file: a publication was interrupted between link and unlink."""
    identity = _identity(staged)
    return identity is not None and identity == _identity(final)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def _create(folder: Path, made: list[Path]) -> tuple[Path, io.BufferedWriter]:
    """Create a staged file, and its folder if it is missing; created folders are added to `made`.

    Another task may drop the empty folder at any moment: then it is created again.
    """
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):
            make_folders(folder, made)
            return _opened(folder, made)
    return _opened(folder, made)


def _opened(folder: Path, made: list[Path]) -> tuple[Path, io.BufferedWriter]:
    bits = sum(1 << place for place, above in enumerate(_folders_above(folder)) if above in made)
    with os.scandir(folder) as others:
        bits |= next((_bits(other.name) for other in others), 0)  # the folders go with the last file
    path = folder / f"{uuid.uuid4().hex}-{bits:x}{_SUFFIX}"
    return path, path.open("xb")


def _made_for(staged: Path) -> list[Path]:
    """The folders that were made for a staged file, by its name."""
    bits = _bits(staged.name)
    return [above for place, above in enumerate(_folders_above(staged.parent)) if bits >> place & 1]


def _bits(name: str) -> int:
    found = _STAGED_NAME.fullmatch(name)
    return int(found[1], 16) if found else 0


def _folders_above(folder: Path) -> Sequence[Path]:
    """The folder of the final files of a run's staging folder, and those above it."""
    return folder.parents[1:]


def _drop_staging_folders(staged: Path) -> None:
    drop_folders([staged.parent.parent, staged.parent])


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error

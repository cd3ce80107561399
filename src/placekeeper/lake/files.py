"""The files of a table, as pyiceberg asks for them: read through `Objects`, written through `Staging`."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Self

from pyiceberg.io import FileIO, InputFile, OutputFile

from placekeeper.model.objects import ObjectMeta
from placekeeper.ports.objects import Objects, Staging


class LakeFiles(FileIO):
    """Implements pyiceberg's FileIO. Tasks get a copy: without `staging` it only reads."""

    def __init__(self, objects: Objects, staging: Staging | None = None, writer: str = "") -> None:
        """`writer` is the id under which files are written."""
        super().__init__()
        self._objects = objects
        self._staging = staging
        self._writer = writer

    def __reduce__(self) -> tuple[Any, ...]:
        return LakeFiles, (self._objects, self._staging, self._writer)

    def new_input(self, location: str) -> "ReadFile":
        """A file that is there."""
        return ReadFile(location, self._objects)

    def new_output(self, location: str) -> "WrittenFile":
        """A file that is written at once. Raises PermissionError if this only reads."""
        if self._staging is None:
            raise PermissionError(f"{location} is not written here: this only reads")
        return WrittenFile(location, self._objects, self._staging, self._writer)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Refuse: pyiceberg deletes only what a failed commit has left, and that may stay."""
        raise PermissionError(f"{location if isinstance(location, str) else location.location} is kept")


class ReadFile(InputFile):
    """A file of a store, opened as it is found."""

    def __init__(self, location: str, objects: Objects) -> None:
        super().__init__(location)
        self._objects = objects

    def __len__(self) -> int:
        return self._meta().size

    def exists(self) -> bool:
        """Whether it is there."""
        return self._objects.stat(self._objects.normalise(self.location)) is not None

    def open(self, seekable: bool = True) -> Any:  # noqa: ARG002 - every file of ours can
        """The content. Raises FileNotFoundError, OSError."""
        return _Opened(self._objects, self._meta())

    def _meta(self) -> ObjectMeta:
        meta = self._objects.stat(self._objects.normalise(self.location))
        if meta is None:
            raise FileNotFoundError(f"{self.location} is not there")
        return meta


class _Opened(io.RawIOBase):
    """An open object as a file that is closed by whoever has opened it."""

    def __init__(self, objects: Objects, meta: ObjectMeta) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._file: BinaryIO = self._stack.enter_context(objects.open(meta))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def readinto(self, buffer: Any, /) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self._file.read()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self.closed:
            self._stack.close()
        super().close()


class WrittenFile(OutputFile):
    """A file that is visible when it is closed. Its name is new: pyiceberg gives no name twice."""

    def __init__(self, location: str, objects: Objects, staging: Staging, writer: str) -> None:
        super().__init__(location)
        self._objects = objects
        self._staging = staging
        self._writer = writer

    def __len__(self) -> int:
        return len(self.to_input_file())

    def exists(self) -> bool:
        """Whether it is there."""
        return self.to_input_file().exists()

    def to_input_file(self) -> ReadFile:
        """The same for reading."""
        return ReadFile(self.location, self._objects)

    def create(self, overwrite: bool = False) -> Any:  # noqa: ARG002 - no name is given twice
        """Begin to write."""
        path = self._objects.normalise(self.location)
        return _Writing(self._staging.create(path, run_id=self._writer, immediate=True))


@dataclass
class _Writing:
    """A file that is being written; an exception drops it."""

    file: Any
    size: int = 0
    closed: bool = False

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.file.write(bytes(data))
        return len(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.file.finish(rows=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif not self.closed:
            self.closed = True
            self.file.abort()


@contextmanager
def opened(files: LakeFiles, location: str) -> Iterator[BinaryIO]:
    """A file for reading."""
    with files.new_input(location).open() as file:
        yield file

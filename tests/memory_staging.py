"""A file of a staging, in memory."""

from placekeeper.model.publication import StagedFile


class MemoryFile:
    """Implements ports.objects.StagingFile; `data` is what was written."""

    def __init__(self, path: str = "file:///out/a") -> None:
        self.path = path
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def finish(self, *, rows: int) -> StagedFile:
        return StagedFile(path=self.path, size=len(self.data), rows=rows)

    def abort(self) -> None:
        self.data = b""

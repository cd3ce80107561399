"""What a scan says when an object does not hold what its format promises."""

from placekeeper.model.errors import PlacekeeperError


class RecordUnreadable(PlacekeeperError):
    """A record of an object cannot be read; `path` and `place` (line, byte or row) say where it is."""

    def __init__(self, path: str, place: str, reason: str) -> None:
        super().__init__(f"{path}, {place}: {reason}")
        self.path = path
        self.place = place
        self.reason = reason

    def __reduce__(self) -> "tuple[type[RecordUnreadable], tuple[str, str, str]]":
        return (RecordUnreadable, (self.path, self.place, self.reason))

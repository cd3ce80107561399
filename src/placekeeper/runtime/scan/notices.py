"""Notices of objects that could not be read: tasks leave them for the driver.

An exception of a task reaches the driver as text in an engine's exception, and a script may catch that. So a
task that cannot read an object also leaves a notice in a folder of the run. On other machines there is no
such folder: there only the text of the exception is left.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from placekeeper.model.errors import RecordUnreadable


class _Notice(msgspec.Struct, frozen=True):
    path: str
    place: str
    reason: str


@dataclass(frozen=True)
class Notices:
    """The notices of one run. Picklable: tasks have it too. Without a `folder`, nothing is kept."""

    folder: str = ""

    @classmethod
    def below(cls, folder: Path) -> "Notices":
        """Those in a folder below this one, which is made."""
        own = folder / "unreadable"
        own.mkdir(parents=True, exist_ok=True)
        return cls(str(own))

    def leave(self, error: RecordUnreadable) -> None:
        """Leave word of an object; nobody fails because that cannot be done."""
        if not self.folder:
            return
        notice = Path(self.folder, uuid.uuid4().hex)
        with suppress(OSError, UnicodeError):
            notice.with_suffix(".partial").write_bytes(
                msgspec.json.encode(_Notice(error.path, error.place, error.reason))
            )
            notice.with_suffix(".partial").rename(notice)

    def all(self) -> Sequence[RecordUnreadable]:
        """One error for each object that somebody left word of, by path."""
        if not self.folder:
            return []
        found = {}
        for file in sorted(Path(self.folder).glob("*")):
            if not file.suffix:
                notice = msgspec.json.decode(file.read_bytes(), type=_Notice)
                found[notice.path] = RecordUnreadable(notice.path, notice.place, notice.reason)
        return [found[path] for path in sorted(found)]


NO_NOTICES = Notices()
"""Keeps none."""

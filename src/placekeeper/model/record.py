"""The record of a state: facts from its database, kept outside of it, so that a loss is noticed."""

from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the record. There are four kinds, by the members that are set:

    - a version of a bookmark (all but opens, which change no state): `bookmark_id`, `name`, `version`,
      `created_ms` and the `run_id` of the run that made it
    - a deleted bookmark: `bookmark_id`, `name`, `deleted_ms`
    - a mark on an object: `bookmark_id`, `name`, `mark` (its number), `created_ms`
    - the publication of a run without a version: `published` (the id of the run)
    """

    bookmark_id: int | None = None
    name: str = ""
    version: int | None = None
    created_ms: int = 0
    run_id: str | None = None
    deleted_ms: int | None = None
    mark: int | None = None
    published: str | None = None


class RecordHead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line of the record: the id of the state.

    `set_aside` are runs that the database does not know, accepted by `placekeeper state accept`.
    """

    state_id: str
    set_aside: tuple[str, ...] = ()


class Recorded(msgspec.Struct, frozen=True, dict=True):
    """The whole record."""

    head: RecordHead
    notes: tuple[Note, ...] = ()

    @classmethod
    def nothing(cls) -> "Recorded":
        """An empty record, for a state without one."""
        return cls(RecordHead(state_id=""))

    @cached_property
    def newest(self) -> Mapping[int, Note]:
        """The newest version of each bookmark, by its id."""
        found: dict[int, Note] = {}
        for note in self.notes:
            if note.bookmark_id is None or note.version is None:
                continue
            before = found.get(note.bookmark_id)
            if before is None or note.version >= (before.version or 0):
                found[note.bookmark_id] = note
        return found

    @cached_property
    def deleted(self) -> Mapping[int, Note]:
        """Bookmarks that were deleted, by their ids."""
        return {n.bookmark_id: n for n in self.notes if n.bookmark_id is not None and n.deleted_ms}

    @cached_property
    def marked(self) -> Mapping[int, Note]:
        """The newest mark of each bookmark, by its id."""
        found = [note for note in self.notes if note.bookmark_id is not None and note.mark is not None]
        found.sort(key=lambda note: note.mark or 0)
        return {note.bookmark_id: note for note in found if note.bookmark_id is not None}

    @cached_property
    def published(self) -> str | None:
        """The newest run that published without a version."""
        return next((note.published for note in reversed(self.notes) if note.published), None)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The bookmark of each run in the record, by the run's id."""
        return {note.run_id: note.name for note in self.notes if note.run_id}

    def kept(self, most: int) -> tuple[Note, ...]:
        """The notes without superseded ones; the last `most` are always kept."""
        needed = {id(note) for found in (self.newest, self.deleted, self.marked) for note in found.values()}
        published = [note for note in self.notes if note.published][-1:]
        needed |= {id(note) for note in published}
        old, young = self.notes[:-most], self.notes[-most:]
        return (*(note for note in old if id(note) in needed), *young)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a record that a database knows.

    `state_id` is None for a database without one. `newest` are the newest versions of recorded bookmarks that
    change the state, by id; `recorded` are those of the recorded (bookmark id, version) that are there, with
    their times; `deleted` the recorded bookmarks that are deleted; `marks` those of the recorded (bookmark
    id, mark) that are there, with their times; `published` says whether the recorded publication is there;
    `runs` are those of the asked for runs that it knows.
    """

    state_id: str | None
    holds_versions: bool
    newest: Mapping[int, int]
    recorded: Mapping[tuple[int, int], int]
    deleted: frozenset[int]
    marks: Mapping[tuple[int, int], int]
    published: bool
    runs: frozenset[str]


def run_ids(folders: Iterable[str]) -> frozenset[str]:
    """The ids of the runs that wrote segments, from the names of their folders; not the folder of merges."""
    return frozenset(folder for folder in folders if folder.startswith("jr_"))

"""Marks on single objects, kept beside the ledger: objects that are unreadable or left out."""

from enum import StrEnum

import msgspec

from placekeeper.model.databases import Key
from placekeeper.model.objects import ObjectMeta


class MarkKind(StrEnum):
    """What happened to an object; the newest mark of a path counts."""

    QUARANTINED = "quarantined"  # a run could not read it: left out until it changes
    SKIPPED = "skipped"  # left out of every run, even if it changes
    RETRIED = "retried"  # neither of these any more: the next run reads it
    MENDED = "mended"  # it changed, and a run has read the new content
    HELD = "held"  # a table that has begun anew: no run reads it until somebody has decided


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable row of a bookmark: something that happened to one object, at `at_ms` (epoch ms).

    `version` is the newest version of the bookmark by then, 0 where it had none. `object` is what the object
    was when it could not be read, `context` the transformation context that read it, `error` what is wrong
    with it and where; only a quarantine has these. `run_id` is the run that noted it, None for a person.
    `upto` is, of a table that is held, the last key then: rows after it came later.
    """

    path: str
    kind: MarkKind
    version: int
    at_ms: int
    object: ObjectMeta | None = None
    context: str = ""
    error: str = ""
    run_id: str | None = None
    upto: Key | None = None


class BadFile(msgspec.Struct, frozen=True):
    """An object that a run cannot read: where it was read, what it was, and what is wrong with it.

    With `upto` it is a table to be held, whose path names it and the context.
    """

    context: str
    object: ObjectMeta
    error: str
    upto: Key | None = None

"""What a run does about objects that cannot be read: fail and say the ways out, or quarantine them."""

import re
import shlex
from collections.abc import Callable, Container, Sequence
from typing import Final

from msgspec import Struct

from placekeeper.model.errors import PlacekeeperError, RecordUnreadable, TableBegunAnew
from placekeeper.model.exchange import Opened
from placekeeper.model.marks import BadFile, Mark, MarkKind
from placekeeper.model.objects import ObjectMeta, ObjectMetas
from placekeeper.model.plan import Decisions, Selection
from placekeeper.model.policy import OnBadFile
from placekeeper.model.source import Source
from placekeeper.model.wording import counted
from placekeeper.rules.selection.marks import most_bad
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.scan.native import UNREADABLE

_SHOWN: Final = 3
_MOST_CHARACTERS: Final = 1000
"""Of one error; some quote a whole row."""

_READ_NATIVELY: Final = re.compile(rf"FAILED_READ_FILE|parquet|utf-?8|{UNREADABLE}", re.IGNORECASE)
"""What engines say where their own reader fails."""

_ERROR: Final = f"{RecordUnreadable.__name__}: "


class Outcome(Struct, frozen=True):
    """How a failed script's run goes on: `message` says why it failed; with `begins_again`, what was done."""

    message: str
    begins_again: bool = False


class _Reading(Struct, frozen=True):
    """One read of the script; `context` is "" where no bookmark follows it."""

    context: str
    source: Source
    selection: Selection
    objects: ObjectMetas
    survey: Callable[[], Sequence[RecordUnreadable]]

    @property
    def quarantines(self) -> bool:
        return bool(self.context) and self.source.reading.on_bad_file is OnBadFile.QUARANTINE

    def has(self, path: str) -> bool:
        """Whether the object of a path is read."""
        return self.objects.at(path) is not None


class BadFiles:
    """Knows what a run has read and which objects of it could not be."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._readings: list[_Reading] = []
        self._opened: Opened | None = None
        self._failures_before = 0

    def open(self, opened: Opened) -> Sequence[str]:
        """The run has opened a bookmark; sentences about what it has quarantined before it began again."""
        self._opened = opened
        self._readings = []
        self._failures_before = self._context.engine.failures
        own = self._own_marks
        said = [
            f"this run quarantined an object and leaves it out until it changes: {m.path}, {m.error}"
            for m in own
        ]
        if len(own) > _SHOWN:
            more = counted(len(own) - _SHOWN, "more object", "more objects")
            return [*said[:_SHOWN], f"this run quarantined {more}: {self._list}"]
        return said

    def watch(
        self,
        context: str,
        source: Source,
        selection: Selection,
        survey: Callable[[], Sequence[RecordUnreadable]],
    ) -> None:
        """The run reads what was selected of a source; `survey` finds all of it that cannot be read."""
        objects = Decisions.of(selection.chosen).objects
        self._readings.append(_Reading(context, source, selection, objects, survey))

    def check(self) -> None:
        """Before a commit. Raises RecordUnreadable when a source that it would remember was not read whole,
        though the script went on; ObjectChanged and OSError when that cannot be found out.

        Tasks of ours leave word of what they cannot read. The engine's own reader leaves none: so after any
        failed evaluation, what it was given is read again.
        """
        if self._opened is None or self._opened.version is None:
            return
        for error in self._context.notices.all():
            if any(reading.context and reading.has(error.path) for reading in self._readings):
                raise error
        if self._context.engine.failures == self._failures_before:
            return
        self._context.natives.look()  # one that has changed is told of as such
        tracked = [reading for reading in self._readings if reading.context]
        for error in self._bad_natives(tracked):
            raise error

    def hold(self, context: str, error: TableBegunAnew) -> None:
        """Remember durably that a table has begun anew, so that no later run reads on before a decision."""
        opened = self._opened
        if opened is None or opened.version is None or error.upto is None:
            return
        table = ObjectMeta(path=error.path, last_modified_ms=0, size=0)
        if all(mark.path != table.path for mark in opened.marks):
            held = BadFile(context, table, str(error)[:_MOST_CHARACTERS], error.upto)
            self._context.client.note_bad(opened.name, opened.version, [held])

    def mended(self, released: Container[str]) -> Sequence[str]:
        """Paths of quarantined objects that have changed, and were read; held tables that were released."""
        marks = () if self._opened is None else self._opened.marks
        tracked = [reading for reading in self._readings if reading.context]
        return [
            mark.path
            for mark in marks
            if (mark.kind is MarkKind.QUARANTINED and any(reading.has(mark.path) for reading in tracked))
            or (mark.kind is MarkKind.HELD and mark.path in released)
        ]

    def outcome(self, message: str, *, committed: bool) -> Outcome:
        """What comes of a run whose script has failed, as `message` says.

        All bad files of the sources that want it are quarantined at once, durably, before this returns.
        """
        known = self._known(message)
        if not known and _READ_NATIVELY.search(message):
            known = self._natively_bad()
            message = f"{_ERROR}{known[0]}" if known else message
        if not known:
            return Outcome(message)
        failed = [self._reading_of(error) for error in known]
        opened = self._opened
        may = all(reading is not None and reading.quarantines for reading in failed)
        if opened is None or opened.version is None or committed or not may:
            return Outcome(self._with_ways_out(message, known[0]))
        self._context.checkpoint("quarantine.found")
        try:
            bad = self._all_bad(known)
        except (OSError, PlacekeeperError) as error:
            return Outcome(f"{self._told(message, known[0])}. Nothing was quarantined: {error}")
        for reading, errors in bad:
            if too_many := self._too_many(reading, errors):
                return Outcome(too_many)
        files = _noted(bad)
        try:
            self._context.client.note_bad(opened.name, opened.version, files)
        except PlacekeeperError as error:
            return Outcome(f"{self._told(message, known[0])}. Nothing was quarantined: {error}")
        self._context.checkpoint("quarantine.noted")
        shown = "".join(f"\n  {file.object.path}, {file.error}" for file in files[:_SHOWN])
        more = f"\n  and {len(files) - _SHOWN:,} more: {self._list}" if len(files) > _SHOWN else ""
        found = counted(len(files), "bad file was", "bad files were")
        return Outcome(f"{found} quarantined:{shown}{more}", begins_again=True)

    def _known(self, message: str) -> Sequence[RecordUnreadable]:
        """The objects that somebody left word of, and the one that the script's error names."""
        known = list(self._context.notices.all())
        if known or not message.startswith(_ERROR):
            return known
        text = message.removeprefix(_ERROR)
        beginnings = [text[: found.start()] for found in re.finditer(", ", text)]
        paths = [path for path in beginnings if any(reading.has(path) for reading in self._readings)]
        if not paths:
            return []
        path = paths[-1]  # the longest
        place, _, reason = text.removeprefix(f"{path}, ").partition(": ")
        return [RecordUnreadable(path, place, reason)]

    def _natively_bad(self) -> list[RecordUnreadable]:
        """The objects that the engine's own reader was given and ours cannot read: it leaves no word."""
        try:
            return self._bad_natives(self._readings)
        except (OSError, PlacekeeperError):  # the store, or an object that has changed: that is no bad file
            return []

    def _bad_natives(self, readings: Sequence[_Reading]) -> list[RecordUnreadable]:
        """The objects of these that the engine's own reader was given and ours cannot read."""
        native = self._context.natives.paths
        surveyed = [reading for reading in readings if any(map(reading.has, native))]
        return [error for reading in surveyed for error in reading.survey() if error.path in native]

    def _reading_of(self, error: RecordUnreadable) -> _Reading | None:
        """The read that the object is of: of several, one that does not quarantine."""
        found = [reading for reading in self._readings if reading.has(error.path)]
        return min(found, key=lambda reading: reading.quarantines, default=None)

    def _all_bad(
        self, known: Sequence[RecordUnreadable]
    ) -> Sequence[tuple[_Reading, Sequence[RecordUnreadable]]]:
        """The sources that quarantine, each with the errors of its bad files.

        A file that one source cannot read, another may read well: so each is surveyed by itself. What no
        survey has met again is told of the first source that read it.
        """
        surveyed = [
            (reading, {error.path: error for error in reading.survey()})
            for reading in self._readings
            if reading.quarantines
        ]
        told = {path for _, errors in surveyed for path in errors}
        for error in known:
            errors = next(errors for reading, errors in surveyed if reading.has(error.path))
            if error.path not in told:
                errors[error.path] = error
        return [(reading, [errors[path] for path in sorted(errors)]) for reading, errors in surveyed]

    def _too_many(self, reading: _Reading, errors: Sequence[RecordUnreadable]) -> str | None:
        """Why a run fails for having too many bad files in a source; None if it does not."""
        own = {mark.path for mark in self._own_marks}
        before = sum(decision.object.path in own for decision in reading.selection.quarantined)
        share = reading.source.reading.bad_file_share
        total, bad = len(reading.objects) + before, len(errors) + before
        if not errors or bad <= most_bad(share, total):
            return None
        shown = "; ".join(_line(error).rstrip(".") for error in errors[:_SHOWN])
        which = "They are" if len(errors) <= _SHOWN else "The first are"
        return (
            f"{_ERROR}{bad:,} of {counted(total, 'object')} chosen of '{reading.context}' cannot be read, "
            f"and --bad-file-share {share:g} allows {most_bad(share, total):,} to be left out. So none of "
            f"them was quarantined now. {which} {shown}. If the files are right, correct how they are read "
            "(format, format_options). If not, mend the files, or run again with a greater --bad-file-share"
        )

    @property
    def _own_marks(self) -> Sequence[Mark]:
        marks = () if self._opened is None else self._opened.marks
        return [
            mark
            for mark in marks
            if mark.kind is MarkKind.QUARANTINED and mark.run_id == self._context.run_id
        ]

    @property
    def _list(self) -> str:
        assert self._opened is not None  # noqa: S101 - nothing is quarantined without a bookmark
        return f"placekeeper bookmark bad {shlex.quote(self._opened.name)}"

    def _with_ways_out(self, message: str, error: RecordUnreadable) -> str:
        told, reading = self._told(message, error), self._reading_of(error)
        if self._opened is None or reading is None or not reading.context:
            return (
                f"{told}. Mend the file and run again, or name it in the source's exclusions: no bookmark "
                "follows this source, so nothing can remember to leave the file out"
            )
        quarantine = "run with --on-bad-file quarantine, which leaves out a bad file until it changes"
        what = f"{shlex.quote(self._opened.name)} {shlex.quote(error.path)}"
        ways = [
            "Mend the file and run again",
            *([] if self._opened.version is None else [quarantine]),
            f"leave out this file for good: placekeeper bookmark skip {what}",
        ]
        return f"{told}. {'; or '.join(ways)}"

    def _told(self, message: str, error: RecordUnreadable) -> str:
        line = _line(error).rstrip(".")
        if message.startswith(_ERROR):
            return f"{_ERROR}{line}"
        return f"{message.rstrip('.')}. Before that, {line}"


def _noted(bad: Sequence[tuple[_Reading, Sequence[RecordUnreadable]]]) -> Sequence[BadFile]:
    """What is noted: each object once, under the first source that cannot read it."""
    found: dict[str, BadFile] = {}
    for reading, errors in bad:
        for error in errors:
            said = f"{error.place}: {error.reason}"[:_MOST_CHARACTERS]
            meta = reading.objects.at(error.path)
            assert meta is not None  # noqa: S101 - each error is of an object of its reading
            found.setdefault(error.path, BadFile(reading.context, meta, said))
    return tuple(found.values())


def _line(error: RecordUnreadable) -> str:
    line = str(error).replace("\n", " ")
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}…"

"""The part of a run's session that transforms of nested records, and those with functions, come to."""

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.runtime.frames.errors import CallSite
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.functions import Call, RecordFunction
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.nested import NestedTransforms
from placekeeper.runtime.run.pending_elements import PendingElements
from placekeeper.runtime.run.record_functions import RecordFunctions


class TransformSession:
    """A part of JobSession."""

    _context: RunContext
    _functions: RecordFunctions
    _pending_elements: PendingElements | None
    _option: BookmarkOption | None
    _commit_called: bool

    @property
    def nested(self) -> NestedTransforms:
        """The transforms of nested records."""
        is_late = self._commit_called and self._option is BookmarkOption.ENABLE
        return NestedTransforms(self._context, self._pending_elements, is_late)

    def call(self, kind: str, transformation_ctx: str, site: CallSite) -> Call:
        """The script's next call of a transform with a function."""
        return self._functions.call(kind, transformation_ctx, site)

    def apply(self, frame: Frame, function: RecordFunction, call: Call) -> Frame:
        """What a function makes of each record; without any record, in the schema that it last made."""
        return self._functions.apply(frame, function, call, self._pending_elements)

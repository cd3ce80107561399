"""The transforms of nested records, with what a run gives them: an engine that keeps rows, and a memory."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.notes import format_notes
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.functions import Filtering, RecordFunction
from placekeeper.runtime.frames.paths import Path
from placekeeper.runtime.frames.relational import relationalize
from placekeeper.runtime.frames.unboxing import VALUE, Parser, Readable, survey, unbox
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.init_arguments import context_of
from placekeeper.runtime.run.pending_elements import PendingElements
from placekeeper.runtime.scan.boxed import JsonTexts, RecordTexts


class NestedTransforms(Struct, frozen=True):
    """What `awsglue` calls; `memory` is None before Job.init and with bookmarks disabled.

    `is_late` says that job.commit() has been called, so that nothing more will be remembered.
    """

    context: RunContext
    memory: PendingElements | None
    is_late: bool = False

    def relationalize(self, frame: Frame, root: str, transformation_ctx: str) -> dict[str, Frame]:
        """The flat tables of a frame, by name. Their keys go on where those of the last run ended.

        Without a memory or a transformation_ctx they begin with 1. Raises UsageError where the context is
        that of a source, UnsupportedFeature where nothing would remember the next key.
        """
        name = context_of(transformation_ctx)
        if name and self.is_late:
            raise UnsupportedFeature(
                f"relationalize '{name}' is called after job.commit(), so nothing would remember its keys, "
                "and the next run would give them again. Call it before job.commit(), or call job.init() "
                "again before it"
            )
        memory = self.memory if name else None
        first = 1 if memory is None else memory.next_id(name)
        made = relationalize(frame, root, keep=self.context.engine.keep, first_id=first)
        if memory is not None:
            memory.learn_next_id(name, made.next_id)
        return made.tables

    def unbox(
        self,
        frame: Frame,
        path: Path,
        format: str,
        options: Mapping[str, Any],
        transformation_ctx: str,
        apply: Callable[[Frame, RecordFunction], Frame],
    ) -> Frame:
        """The frame with what the texts of a column hold in the place of the texts. This evaluates it.

        Records whose text cannot be read become error records. `apply` applies a function to records.
        Without any text, the column has the type that it last had. Raises UnsupportedFeature for a format
        that is not read, and ValueError for a path that leads to no texts.
        """
        if not frame.schema.names:
            return frame
        reader = self._reader(format, options)
        has_records = any(name.lower() in ("jsonpath", "withschema") for name in options)
        parser: Parser = JsonTexts() if format.lower() == "json" and not has_records else RecordTexts(reader)
        text = ".".join(path)
        name = context_of(transformation_ctx) or f"unbox {text}"
        found = survey(frame, path, parser)
        readable = apply(frame, Filtering(Readable(path, format, parser))) if found.unread else frame
        if found.field is not None and self.memory is not None:
            self.memory.learn(name, pa.schema([found.field]))
        known = None if self.memory is None else self.memory.derived(name)
        field = found.field or (pa.field(VALUE, pa.null()) if known is None else known.field(0))
        return replace(unbox(readable, path, parser, field), errors=readable.errors)

    def _reader(self, format: str, options: Mapping[str, Any]) -> Reader:
        for sentence in format_notes(self.context.formats.readable(format), options):
            self.context.note(f"unbox: {sentence}")
        return self.context.formats.reader(format, options)

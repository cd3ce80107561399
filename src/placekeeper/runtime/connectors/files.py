"""Files that a script names, on S3 or a local disk: discover, select, read, stage."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa

from placekeeper.model.element import FileElement
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Decisions, Selection
from placekeeper.model.source import ListedSource
from placekeeper.model.wording import counted
from placekeeper.ports.objects import Objects
from placekeeper.rules.jobs.run_options import OnFailure, RunOptions, Visibility, list_at_once
from placekeeper.rules.path_patterns import fixed_part
from placekeeper.rules.selection.samples import SampleSize, sampled
from placekeeper.rules.selection.ways import MOST_OBJECTS, NOTHING, SAIL, Way, way_by_names
from placekeeper.runtime import scan
from placekeeper.runtime.connectors.base import Asked, Run, Tracked, Watch
from placekeeper.runtime.connectors.folder_columns import FolderColumns
from placekeeper.runtime.connectors.listing_notes import listing_notes, listing_warnings, predicate_notes
from placekeeper.runtime.connectors.options import (
    LIST_CONCURRENCY,
    OF_FILES,
    grouping_of,
    lost_predicates,
    source_of,
)
from placekeeper.runtime.connectors.pending import FilePending, decode_schema
from placekeeper.runtime.connectors.selecting import choose
from placekeeper.runtime.connectors.table_columns import TableColumns
from placekeeper.runtime.formats.format import ExplainsNoRows, Reader
from placekeeper.runtime.formats.notes import FAIL_FAST, format_notes
from placekeeper.runtime.formats.shared.declared_columns import declared_schema
from placekeeper.runtime.formats.shared.footers import DescribesFooters
from placekeeper.runtime.formats.shared.malformed import forget, keeping
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.frames.call_sites import script_site
from placekeeper.runtime.frames.errors import CallSite
from placekeeper.runtime.frames.frame import Frame, SourceRows
from placekeeper.runtime.scan.malformed import ReadStage
from placekeeper.runtime.scan.native import FolderValues, Natively, footers_of, grouped
from placekeeper.runtime.scan.native_reads import NativeRead
from placekeeper.runtime.scan.survey import survey


@dataclass(frozen=True)
class FoundFiles:
    """A source of files and how it is read; `columns` are what a table says of them.

    With `sample`, that many of them are read.
    """

    source: ListedSource
    notes: Sequence[str]
    connection_options: Mapping[str, Any]
    format_options: dict[str, Any]
    columns: TableColumns | None = None
    sample: SampleSize | None = None

    @property
    def locations(self) -> Sequence[str]:
        """The paths of the source, up to their wildcards."""
        return [fixed_part(path) for path in self.source.paths]

    @property
    def declared(self) -> pa.Schema | None:
        """The schema that the script declares."""
        return declared_schema(FormatOptions(self.format_options))

    def keeps_malformed(self, options: RunOptions) -> bool:
        """Whether a malformed record is an error record, if the format knows any. The source wins."""
        fails = options.bad_input is OnFailure.FAIL
        return not FormatOptions(self.format_options).flag(FAIL_FAST, default=fails)

    def known_schema(self, element: FileElement | None) -> pa.Schema | None:
        """The schema of a read that finds nothing: what table or script say, else the one last seen."""
        said = self.declared if self.columns is None else self.columns.schema
        if said is not None:
            return said
        return None if element is None or element.schema is None else decode_schema(element.schema)


def discover(run: Run, asked: Asked) -> FoundFiles:
    """The files below the paths that a script names.

    Raises UnsupportedFeature and UsageError as `source_of` does.
    """
    source, notes = source_of(
        run.objects,
        asked.connection_type,
        asked.options,
        asked.format,
        run.options.reading,
        run.formats,
        asked.predicate,
    )
    for sentence in lost_predicates(asked.options):
        run.warn(sentence)
    options = dict(asked.format_options)
    for name in OF_FILES:
        if name in asked.options:
            options.setdefault(name, asked.options[name])
    said = {
        name: value for name, value in options.items() if name == FAIL_FAST or name in asked.format_options
    }
    notes += format_notes(run.formats.readable(source.format), said)
    found = FoundFiles(source, notes, asked.options, options, sample=asked.sample)
    if found.declared is None:
        return found
    declared = "withSchema declares the fields: others are left out, and a value of another type is null"
    return replace(found, notes=[*notes, declared])


def select(run: Run, found: FoundFiles, tracked: Tracked) -> Selection:
    """The objects that the run reads. Raises what `choose` raises, and UsageError for a wrong option."""
    at_once = list_at_once(LIST_CONCURRENCY, found.connection_options.get(LIST_CONCURRENCY))
    selection = choose(run, found.source, tracked, at_once=at_once or run.options.bookmark_list_concurrency)
    paths = found.source.paths
    absent = run.objects.absent(paths)
    for sentence in listing_warnings(paths, absent, selection.counts, run.objects.folders_in):
        run.warn(sentence)
    notes = listing_notes(paths, absent, selection.counts)
    for sentence in [*notes, *predicate_notes(found.source.predicates, selection.counts)]:
        run.note(sentence)
    if found.sample is None:
        return selection
    part = sampled(selection, found.sample)
    of = counted(selection.objects_read, "object")
    run.note(f"{found.source.name}: a sample of {part.objects_read:,} of {of}")
    return part


def read(run: Run, found: FoundFiles, chosen: Selection, tracked: Tracked, watch: Watch) -> Frame:
    """A frame of exactly the chosen objects. Raises what `scan` raises."""
    frame = _read(run, found, chosen, tracked, watch)
    if found.columns is not None and chosen.objects_read:
        for sentence in found.columns.differences(frame.schema):
            run.note(f"{tracked.context or found.source.name}: {sentence}")
    return frame


def _read(run: Run, found: FoundFiles, chosen: Selection, tracked: Tracked, watch: Watch) -> Frame:
    source, metas = found.source, Decisions.of(chosen.chosen).objects
    objects = run.objects.ready_for(*source.paths)
    plain = run.formats.reader(source.format, found.format_options)
    added = FolderColumns.of(
        source.paths if found.columns is None else (),
        metas,
        FormatOptions(found.format_options),
        infer=run.formats.is_native(source.format),
    )
    reader = added.described(plain if found.columns is None else found.columns.described(plain))
    keeps = run.formats.readable(source.format).keeps_malformed and found.keeps_malformed(run.options)
    name = f"read {tracked.context or source.name}"
    malformed = ReadStage(name, CallSite(script_site())) if keeps else None
    surveyed = keeping(reader, forget) if keeps else reader
    watch(tracked.context, source, chosen, partial(survey, objects, surveyed, metas))
    way, native = _natively(run, objects, found, plain, metas, added) if metas else (NOTHING, None)
    if native is not None:
        listed = sum(chosen.counts.values())
        looks = run.engine.name == SAIL and native.has_checksums
        checks = plain if looks and isinstance(plain, DescribesFooters) else None
        one = NativeRead(objects, metas, source.paths, source.recurse, listed, checks)
        run.natives.add(one)
        frame = native.frame()
        known = SourceRows(frame.rows, native.rows, partial(run.natives.lost_rows, one, native.rows))
        return replace(frame, way=way.reason, source_rows=known)
    frame = scan.scan(
        run.engine,
        objects,
        metas,
        reader,
        found.known_schema(tracked.element),
        grouping_of(found.connection_options, run.formats.readable(source.format)),
        run.notices,
        run.progress,
        malformed,
    )
    if metas and not frame.schema.names:
        _explain(run, objects, plain, metas[0])
    return replace(frame, way="; ".join(filter(None, (way.reason, frame.way))))


def _natively(
    run: Run,
    objects: Objects,
    found: FoundFiles,
    reader: Reader,
    metas: Sequence[ObjectMeta],
    added: FolderColumns,
) -> tuple[Way, Natively | None]:
    """The way that a source is read, and the read by the engine if it is that."""
    describes_itself = isinstance(reader, DescribesFooters)
    folders = FolderValues(added.schema, added.columns_of)
    if found.columns is not None:
        folders = FolderValues(found.columns.keys, found.columns.keys_of)
    way = way_by_names(
        found.source.reading.native,
        run.engine.name,
        [meta.path for meta in metas[: MOST_OBJECTS + 1]] if describes_itself else (),
        describes_itself=describes_itself,
        per_file=bool(added.filename or added.timestamp),
        deletes_at_once=run.options.output_visibility is Visibility.IMMEDIATE,
        shares_store=not metas[0].path.startswith("s3://") or objects.shares(os.environ),
    )
    if not way.is_native or not isinstance(reader, DescribesFooters):
        return way, None
    way, paths = grouped(run.engine.name, metas, folders)
    if not way.is_native:
        return way, None
    way, footers = footers_of(objects, reader, metas, run.engine.name, run.notices, run.progress)
    if not way.is_native:
        return way, None
    return way, Natively.of(run.engine, reader.engine_format, footers, folders.columns, paths)


def _explain(run: Run, objects: Objects, reader: Reader, meta: ObjectMeta) -> None:
    """Warn of what the first object has instead of rows, if its format knows."""
    if isinstance(reader, ExplainsNoRows):
        with objects.open(meta) as file:
            sentence = reader.why_no_rows(file, meta.path)
        if sentence:
            run.warn(sentence)


def stage(found: FoundFiles, chosen: Selection, schema: pa.Schema, tracked: Tracked) -> FilePending:
    """The objects that were chosen, for the ledger, and where the next window begins."""
    return FilePending.of(found.source, chosen, schema, tracked.element)

"""What a script's read is of: files that it names itself, or those of a catalog's table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from placekeeper.model.bookmark import Source, StateElement
from placekeeper.model.catalog import TableRef
from placekeeper.rules.catalog.table_files import files_of, of_table
from placekeeper.runtime.connectors.options import source_of, text_of
from placekeeper.runtime.connectors.table_columns import TableColumns
from placekeeper.runtime.formats.notes import format_notes
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.pending import decode_schema

PARTITION_PREDICATE = "catalogPartitionPredicate"


@dataclass(frozen=True)
class Wanted:
    """A source and how it is read; `notes` are sentences about options without effect, `columns` what a
    table says of them."""

    source: Source
    notes: list[str]
    connection_options: Mapping[str, Any]
    format_options: dict[str, Any]
    columns: TableColumns | None = None

    def known_schema(self, element: StateElement | None) -> pa.Schema | None:
        """The schema of a read that finds nothing: what the table says, else the one last seen."""
        if self.columns is not None and self.columns.schema is not None:
            return self.columns.schema
        return None if element is None or element.schema is None else decode_schema(element.schema)


def wanted_files(
    context: RunContext,
    connection_type: str,
    connection_options: Mapping[str, Any],
    format: str | None,
    format_options: Mapping[str, Any],
) -> Wanted:
    """Raises UnsupportedFeature and UsageError as `source_of` does."""
    source, notes = source_of(
        context.objects,
        connection_type,
        connection_options,
        format,
        context.options.reading,
        context.formats,
    )
    options = dict(format_options)
    for name in ("compressionType", "compression"):
        if name in connection_options:
            options.setdefault(name, connection_options[name])
    notes += format_notes(context.formats.readable(source.format), format_options)
    return Wanted(source, notes, connection_options, options)


def wanted_table(
    context: RunContext, name: tuple[str, str], push_down_predicate: str, options: Mapping[str, Any]
) -> Wanted:
    """The table (database, name) as the catalog has it now; `options` are the script's additional_options,
    which count more than the table's own.

    Raises EntityNotFoundException, InvalidInputException for a predicate that is not understood,
    UnsupportedFeature for a table that is not read.
    """
    predicates = (
        text_of(PARTITION_PREDICATE, options.get(PARTITION_PREDICATE)),
        text_of("push_down_predicate", push_down_predicate),
    )
    database, table = (text_of(*part).lower() for part in zip(("database", "table_name"), name, strict=True))
    ref = TableRef(database=database, name=table, predicates=tuple(p for p in predicates if p.strip()))
    snapshot = context.client.table(ref)
    files = files_of(snapshot)
    format = context.formats.of_serde(files.serde)
    connection_options = {
        **files.options,
        **{option: value for option, value in options.items() if option != PARTITION_PREDICATE},
        "paths": [files.location],
    }
    wanted = wanted_files(context, "s3", connection_options, format.name, files.format_options)
    return Wanted(
        of_table(wanted.source, snapshot, context.objects.normalise),
        wanted.notes,
        connection_options,
        wanted.format_options,
        TableColumns.of(files, context.objects.normalise),
    )

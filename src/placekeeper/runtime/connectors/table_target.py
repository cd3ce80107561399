"""Catalog tables that a script writes: their files, and what the catalog is told of them (discover, stage).

Source: docs/reference/awsglue.md#writing-tables-of-the-catalog.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace
from pyspark.sql import DataFrame

from placekeeper.model.catalog import SchemaChange, TableRef, TableSnapshot, key_types
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.publication import Manifest, PartitionsAdded, TableChange
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.missing_names import missing_table
from placekeeper.rules.catalog.schema_changes import (
    are_within,
    check_keys,
    columns_of,
    lost_numbers,
    lowered,
    merged_columns,
    new_table,
)
from placekeeper.rules.catalog.serdes import SerDe
from placekeeper.rules.catalog.table_files import Columns, TableFiles, files_of
from placekeeper.runtime.connectors import file_target
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.file_target import FileDestination
from placekeeper.runtime.connectors.fitted_columns import fitted
from placekeeper.runtime.connectors.options import UPDATES_CATALOG, flag_of, text_of
from placekeeper.runtime.connectors.written_partitions import check_places, partitions_of
from placekeeper.runtime.connectors.written_tables import check_dialect, dialect_of, serde_of, write_options
from placekeeper.runtime.types.hive import catalog_type

CATALOG: Final = "catalog"
"""The connection type of a write to a table, whose location and format the catalog says."""

_BEHAVIOUR: Final = "updateBehavior"
_UPDATE: Final = "UPDATE_IN_DATABASE"
_LOG: Final = "LOG"


class TableDestination(Struct, frozen=True):
    """A table, its files, and what becomes of its columns; `change` is None where nothing is registered.

    `known` is the definition of the table, None for one that the write makes.
    """

    files: FileDestination
    notes: Sequence[str]
    database: str
    table: str
    serde: SerDe
    known: dict[str, Any] | None
    change: SchemaChange | None

    @property
    def uri(self) -> str:
        """The folder of the files."""
        return self.files.uri

    @property
    def name(self) -> str:
        """The table with its database."""
        return f"{self.database}.{self.table}"

    def told(self, effects: Manifest, /) -> str:
        """The table, and what a write has done to it in the catalog."""
        return f"table {self.name}: {'; '.join(_told(self, effects)) or 'its definition is unchanged'}"


def discover(run: Run, asked: Asked) -> TableDestination:
    """The table that a script names, and where its files go.

    Raises EntityNotFoundException for a database that is not there, and for a table that only the catalog
    could describe; UsageError for other partition keys, for another format or dialect than the table's, and
    for wrong options; UnsupportedFeature for a table that is not written.
    """
    database, table = (
        text_of(*part).lower() for part in zip(("database", "table_name"), asked.table, strict=True)
    )
    ref = TableRef(database=database, name=table)
    known = run.client.definition(ref).spec
    change = _change(run, asked.options)
    described = None if known is None else _described(TableSnapshot(ref=ref, spec=known, partitions=None))
    if asked.connection_type == CATALOG:
        if described is None:
            raise missing_table(database, table, run.client.table_names(database).names or ())
        asked = _as_table_says(run, asked, described)
    files = file_target.discover(run, asked)
    if described is None:
        serde, notes = serde_of(run.formats.writable(files.format), files.format_options), list(files.notes)
    else:
        serde, notes = (
            described.serde,
            [*files.notes, *_checked(run, files, described, f"{database}.{table}", change)],
        )
    if serde.is_described:  # no library says that a value may hold line ends
        files = replace(files, format_options={"multiLine": False, **files.format_options})
    return TableDestination(files, notes, database, table, serde, known, change)


def stage(
    run: Run, destination: TableDestination, rows: DataFrame, *, number: int, immediate: bool
) -> Manifest:
    """Write rows into files, and tell the catalog of the table and of the partitions that they make.

    Raises UsageError and UnsupportedFeature as `partitions_of` and `check_places` do.
    """
    to, keys = destination, list(destination.files.partition_keys)
    found = lowered((field.name, catalog_type(field.dataType)) for field in rows.schema.fields)
    key_names = {key.lower() for key in keys}
    own = tuple((name, type) for name, type in found if name not in key_names)
    registers = bool(found) and _registers(run, to, own)
    if to.known is not None and to.change is not SchemaChange.OVERWRITE and found:
        columns = merged_columns(columns_of(to.known), own)
        rows = fitted(rows, keys, columns, by_position=to.serde.is_described)
        own = columns if to.serde.is_described else _those(columns, own)
    files = file_target.stage(run, to.files, rows, number=number, immediate=immediate)
    if not registers or (to.known is not None and not files):
        return files
    if to.known is not None and to.change is not SchemaChange.KEEP:
        for sentence in lost_numbers(to.known, own):
            run.warn(f"{to.name}: {sentence}")
    effects = _effects(run.run_id, to, own, dict(found), keys, files, at_once=immediate)
    for effect in effects:
        if isinstance(effect, PartitionsAdded) and to.known is not None:
            ref = TableRef(database=to.database, name=to.table)
            literal = run.objects.literal
            check_places(run.client.glue, literal, ref, effect.partitions, immediate=immediate)
    return (*files, *effects)


def _registers(run: Run, to: TableDestination, own: Columns) -> bool:
    """Whether the catalog is told of a write with these columns."""
    if to.change is not SchemaChange.KEEP or to.known is None:
        return to.change is not None
    if are_within(own, columns_of(to.known)):
        return True
    run.note(
        f"{to.name}: the frame has columns that the table does not have, or wider ones, and updateBehavior "
        "is LOG: the files are written, and no partition is registered"
    )
    return False


def _effects(
    run_id: str,
    to: TableDestination,
    own: Columns,
    types: Mapping[str, str],
    keys: Sequence[str],
    files: Manifest,
    *,
    at_once: bool,
) -> Manifest:
    """What the catalog is told once the files are there: first the table, then its partitions."""
    assert to.change is not None  # noqa: S101 - nothing is told without one
    key_columns = (
        tuple((key.lower(), types[key.lower()]) for key in keys)
        if to.known is None
        else tuple(key_types(to.known))
    )
    made = new_table(
        columns=own,
        keys=key_columns,
        location=to.uri,
        serde=to.serde,
        dialect=dialect_of(to.serde, to.files.format_options),
    )
    by_position = to.serde.is_described
    table = TableChange(
        id=uuid4().hex,
        run_id=run_id,
        database=to.database,
        table=to.table,
        made=made,
        change=to.change,
        by_position=by_position,
        at_once=at_once,
    )
    if not keys or not files:
        return (table,)
    added = PartitionsAdded(
        id=uuid4().hex,
        database=to.database,
        table=to.table,
        partitions=partitions_of(files, to.uri, key_columns),
        by_position=by_position,
        at_once=at_once,
    )
    return (table, added)


def _told(to: TableDestination, effects: Manifest) -> Iterator[str]:
    """What the effects of a write do in the catalog."""
    for effect in effects:
        if isinstance(effect, TableChange):
            yield from _columns_told(to, effect.made.columns)
        elif isinstance(effect, PartitionsAdded):
            yield f"{counted(len(effect.partitions), 'partition')} in the catalog"


def _columns_told(to: TableDestination, made: Columns) -> Iterator[str]:
    if to.known is None:
        yield "created"
        return
    known = dict(columns_of(to.known))
    added = [name for name, _ in made if name not in known]
    changed = [f"{name} ({known[name]} to {type})" for name, type in made if known.get(name, type) != type]
    if to.change is not SchemaChange.KEEP and (added or changed):
        parts = {"added": added, "changed": changed}
        yield ", ".join(f"columns {done}: {', '.join(names)}" for done, names in parts.items() if names)


def _those(columns: Columns, wanted: Columns) -> Columns:
    """The columns of the wanted names, as the table has them."""
    types = dict(columns)
    return tuple((name, types[name]) for name, _ in wanted)


def _change(run: Run, options: Mapping[str, Any]) -> SchemaChange | None:
    """What becomes of the table's columns. Raises UsageError for another updateBehavior than AWS's two."""
    behaviour = text_of(_BEHAVIOUR, options.get(_BEHAVIOUR)).strip().upper() or _UPDATE
    if behaviour not in (_UPDATE, _LOG):
        raise UsageError(f"{_BEHAVIOUR} is {_UPDATE} or {_LOG}, not {options[_BEHAVIOUR]!r}")
    if not flag_of(options, UPDATES_CATALOG):
        return None
    return SchemaChange.KEEP if behaviour == _LOG else run.options.catalog_schema


def _described(snapshot: TableSnapshot) -> TableFiles:
    """The files of a table that is there. Raises UnsupportedFeature."""
    try:
        return files_of(snapshot)
    except UnsupportedFeature as error:
        raise UnsupportedFeature(
            f"the table {snapshot.ref.database}.{snapshot.ref.name} is not written, because it could not be "
            f"read again: {error}"
        ) from None


def _as_table_says(run: Run, asked: Asked, described: TableFiles) -> Asked:
    """A write whose location, format and dialect are the table's; the script's options count more."""
    options = {"path": described.location, **asked.options}
    return replace(
        asked,
        options=options,
        format=run.formats.of_serde(described.serde).name,
        format_options={**write_options(described), **asked.format_options},
    )


def _checked(
    run: Run, files: FileDestination, described: TableFiles, name: str, change: SchemaChange | None
) -> Sequence[str]:
    """Sentences about a write to a table that is there. Raises UsageError where it does not fit the table."""
    keys = [key for key, _ in described.keys]
    if change is not None or files.partition_keys:
        check_keys(name, keys, files.partition_keys)
    format = run.formats.of_serde(described.serde)
    if run.formats.writable(files.format) is not format:
        raise UsageError(
            f"the files of the table {name} are {format.name}, and the write has {files.format}: write "
            f"{format.name}, or to another table. Nothing was written"
        )
    check_dialect(name, described, files.format_options)
    notes = []
    if change is None:
        notes.append(
            f"the table {name} was written without {UPDATES_CATALOG}, so no column and no partition is "
            "registered: say additional_options={'enableUpdateCatalog': True, …} for that"
        )
    if keys and not files.partition_keys:
        notes.append(
            f"the table {name} is partitioned by {', '.join(keys)}, and the write has no partitionKeys: all "
            f"files are in its root, as on AWS, where no reader of the table looks. Say partitionKeys={keys}"
        )
    at = run.objects.literal(described.location).rstrip("/")
    if not keys and files.uri.rstrip("/") != at:
        notes.append(f"the table {name} is at {at}: its readers do not see what is written to {files.uri}")
    return notes

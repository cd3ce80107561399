"""Tables that SQL and `df.write` write: INSERT, CREATE TABLE AS, saveAsTable, insertInto.

Files are staged and published as those of every sink. Source: docs/reference/sql.md#writing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from placekeeper.model.catalog import SchemaChange, TablePartition, TableRef, columns_of, key_types
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.publication import (
    FinalEffect,
    Manifest,
    NewPartition,
    NewTable,
    TableChange,
)
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.serdes import SERDES
from placekeeper.rules.catalog.table_kinds import TableKind, kind_of
from placekeeper.rules.jobs.run_options import Visibility
from placekeeper.runtime.connectors.base import Asked
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.overwriting import replaced_objects
from placekeeper.runtime.run.purging import deletions, drops, is_anything_under
from placekeeper.runtime.run.sql.database_inserts import only_named, refuse_database
from placekeeper.runtime.run.sql.dropped_tables import DroppedTables
from placekeeper.runtime.run.sql.fitting import by_name, by_position
from placekeeper.runtime.run.sql.lake_writes import Insert, LakeWrites
from placekeeper.runtime.run.sql.names import Name
from placekeeper.runtime.run.sql.places import (
    added,
    cast_values,
    check_places,
    place_of,
    refuse_outside,
    registered,
    spelled_otherwise,
)
from placekeeper.runtime.run.waiting_effects import files_of
from placekeeper.runtime.run.writes import Writes
from placekeeper.runtime.sink.hive import folder, spelled_values

_REGISTERS: Final = {"enableUpdateCatalog": True}


class NewFiles(Struct, frozen=True, kw_only=True):
    """A table that a write makes: its place, and the form of its files."""

    location: str
    format: str
    keys: Sequence[str] = ()
    format_options: Mapping[str, Any] = {}
    is_managed: bool = False


class TableWrites:
    """Stages what is written to tables of the catalog."""

    def __init__(self, context: RunContext, writes: Writes, output: Output, dropped: DroppedTables) -> None:
        self._context = context
        self._dropped = dropped
        self._lakes = LakeWrites(context, writes)
        self._writes = writes
        self._output = output

    def insert(self, name: Name, spec: dict[str, Any], rows: DataFrame, insert: Insert) -> None:
        """Stage rows for a table that is there.

        Raises AnalysisException where they do not fit, UnsupportedFeature for a table that is not written.
        """
        shown = ".".join(name)
        kind = kind_of(spec)
        refuse_database(shown, spec, kind, insert.fixed)
        is_lake = kind is not TableKind.FILES
        columns = [(column.lower(), type) for column, type in columns_of(spec)]
        if is_lake and kind is not TableKind.JDBC:  # the table itself says them
            columns = list(self._writes.columns(Asked(connection_type="catalog", options={}, table=name)))
        keys = [key.lower() for key, _ in key_types(spec)]
        if insert.has_names:
            fitted = by_name(rows, shown, columns)
        else:
            fitted = by_position(rows, shown, columns, insert.fixed, insert.named)
        if kind is TableKind.JDBC and insert.named is not None:
            fitted = only_named(fitted, insert.named)
        if is_lake:
            self._lakes.insert(name, kind_of(spec), fitted, insert)
            return
        asked = Asked(
            connection_type="catalog",
            options={**_REGISTERS, "partitionKeys": keys},
            table=name,
        )
        if not insert.overwrites:
            self._write(self._writes, fitted, asked, _as_it_is)
            return
        fixed = None
        if keys and set(insert.fixed) == set(keys):
            fixed = folder(keys, cast_values(self._context, shown, columns[-len(keys) :], insert.fixed))
        self._overwrite(self._writes, name, spec, fitted, asked, fixed)

    def replace_all(self, name: Name, spec: dict[str, Any], rows: DataFrame, new: NewFiles) -> None:
        """Stage rows in place of all rows of a table, and their columns in place of the table's."""
        if kind_of(spec) is not TableKind.FILES:
            raise UnsupportedFeature(
                f"saveAsTable in the mode overwrite is not there for {'.'.join(name)}, which is of "
                f"{kind_of(spec)}: say df.write.insertInto with overwrite=True"
            )
        refuse_outside(self._context, name, self._root(spec), registered(self._context, name))
        context = replace(
            self._context, options=replace(self._context.options, catalog_schema=SchemaChange.OVERWRITE)
        )
        asked = Asked(
            connection_type="s3",
            options={**_REGISTERS, "partitionKeys": list(new.keys), "path": new.location},
            format=new.format,
            format_options=new.format_options,
            table=name,
        )
        self._overwrite(self._writes.within(context), name, spec, rows, asked, "")

    def create(self, name: Name, rows: DataFrame, new: NewFiles) -> None:
        """Stage rows, and the table that they make. Raises AnalysisException for a folder with objects."""
        place = self._context.objects.normalise(new.location).rstrip("/") + "/"
        self._context.client.replacing([place])  # settles what ended runs have begun
        if self._output.stages(place) or is_anything_under(self._context, place, self._output.deleted):
            raise AnalysisException(
                f"[LOCATION_ALREADY_EXISTS] Cannot create {'.'.join(name)}: there are objects in {place}. "
                "Choose another LOCATION, or delete them with glueContext.purge_s3_path. IF NOT EXISTS does "
                "not help: Spark deletes the objects then. For a table of them, name its columns in place of "
                "AS SELECT. A run that was killed behind a DROP TABLE leaves the files of that table."
            )
        self._stage(name, rows, new)

    def _stage(self, name: Name, rows: DataFrame, new: NewFiles) -> None:
        asked = Asked(
            connection_type="s3",
            options={**_REGISTERS, "partitionKeys": list(new.keys), "path": new.location},
            format=new.format,
            format_options=new.format_options,
            table=name,
        )
        owned = _managed if new.is_managed else _as_it_is
        self._write(self._writes, rows, asked, owned)

    def made(self, name: Name) -> NewTable | None:
        """The table of this name that this run makes, and that is not visible yet."""
        changes = [one for one in self._output.manifest if isinstance(one, TableChange)]
        return next((one.made for one in changes if (one.database, one.table) == name), None)

    def add(self, name: Name, table: NewTable, rows: DataFrame, insert: Insert) -> None:
        """Stage more rows for a table that this run makes. Raises UnsupportedFeature for a table of CSV."""
        shown = ".".join(name)
        serde = SERDES[table.library.rpartition(".")[2]]
        if serde.is_described or insert.overwrites:
            raise UnsupportedFeature(
                f"the table {shown} is made by this run and not visible yet, so it is not "
                "overwritten, and no rows are added if it is of CSV: write all its rows at once, or "
                "in a later run"
            )
        columns = [*table.columns, *table.keys]
        if insert.has_names:
            fitted = by_name(rows, shown, columns)
        else:
            fitted = by_position(rows, shown, columns, insert.fixed, insert.named)
        new = NewFiles(
            location=table.location,
            format=self._context.formats.of_serde(serde).name,
            keys=[key for key, _ in table.keys],
            is_managed=table.parameters.get("EXTERNAL") == "FALSE",
        )
        self._stage(name, fitted, new)

    def drop_files(self, name: Name, spec: dict[str, Any]) -> None:
        """Delete the files of a table that owns them, once the output of the run is visible."""
        location = (spec.get("StorageDescriptor") or {}).get("Location")
        if not location:
            return
        place = self._context.objects.literal(str(location)).rstrip("/") + "/"
        at_once = self._is_immediate
        old = replaced_objects(
            self._context, self._output, [place], f"DROP TABLE {'.'.join(name)}", at_once=at_once
        )
        self._output.withdraw([place])
        if not (at_once or self._output.is_decided):
            self._dropped.remember(name, spec, place)
        self._output.finish(deletions(old), at_once=at_once, overwritten=[place])
        self._context.note(
            f"DROP TABLE {'.'.join(name)}: {counted(len(old), 'object')} of it, deleted once the "
            "output of the run is visible; a run that fails deletes none"
        )

    @property
    def _is_immediate(self) -> bool:
        return self._context.options.output_visibility is Visibility.IMMEDIATE

    def _write(self, writes: Writes, rows: DataFrame, asked: Asked, staged: Any) -> None:
        writes.write(rows, asked, "", staged=staged)

    def _overwrite(
        self,
        writes: Writes,
        name: Name,
        spec: dict[str, Any],
        rows: DataFrame,
        asked: Asked,
        fixed: str | None,
    ) -> None:
        """Write, and delete what was in the folders before: that of a `fixed` partition, or those written."""
        root = self._root(spec)
        at_once = self._output.is_decided or self._is_immediate
        shown = f"INSERT OVERWRITE {'.'.join(name)}"
        keys = key_types(spec)
        folders: list[str] = []
        old: list[Any] = []
        others: list[TablePartition] = []  # with the same values in other spellings

        def staged(effects: Manifest) -> Manifest:
            filled = added(effects)
            if fixed:
                filled.append(NewPartition(spelled_values(fixed), f"{root}{fixed}"))
            if filled:
                known = registered(self._context, name)
                check_places(self._context, name, filled, known)
                places = {one.location.rstrip("/") + "/" for one in filled}
                others.extend(  # one at the very folder stays, with the rows that are new
                    one
                    for one in spelled_otherwise(known, {one.values for one in filled}, keys)
                    if place_of(self._context, one) not in places
                )
                refuse_outside(self._context, name, root, others)
            written = files_of(effects)
            if fixed is not None or not asked.options["partitionKeys"]:
                folders.append(f"{root}{fixed or ''}")
            else:
                folders.extend(sorted({file.path.rpartition("/")[0] + "/" for file in written}))
            folders.extend(place_of(self._context, one) for one in others)
            new = {file.path for file in written}
            old.extend(
                replaced_objects(self._context, self._output, folders, shown, at_once=at_once, but=new)
            )
            self._output.withdraw(folders)
            return effects

        self._write(writes, rows, asked, staged)
        final: tuple[FinalEffect, ...] = deletions(old)
        if old and (fixed == "" or others):  # partitions that get no rows go with their files
            known = self._context.client.table(TableRef(database=name[0], name=name[1]))
            gone = known if fixed == "" else replace(known, partitions=tuple(others))
            final = (*drops(self._context, gone, deletions(old), at_once=at_once), *final)
        self._output.finish(final, at_once=at_once, overwritten=folders)
        if old:
            self._context.note(
                f"{shown}: {counted(len(old), 'object')} replaced, deleted once the output of the run is "
                "visible; a run that fails deletes none"
            )

    def _root(self, spec: dict[str, Any]) -> str:
        location = str((spec.get("StorageDescriptor") or {}).get("Location") or "")
        return self._context.objects.literal(location).rstrip("/") + "/"


def _as_it_is(effects: Manifest) -> Manifest:
    return effects


def _managed(effects: Manifest) -> Manifest:
    """The same, whose table owns its files: DROP TABLE deletes them."""
    return tuple(
        replace(effect, made=replace(effect.made, parameters={**effect.made.parameters, "EXTERNAL": "FALSE"}))
        if isinstance(effect, TableChange)
        else effect
        for effect in effects
    )

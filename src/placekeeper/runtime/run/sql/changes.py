"""Statements that change the catalog: databases, tables and partitions. They are immediate, as on AWS.

Source: docs/reference/sql.md#statements-that-change-the-catalog.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pyspark.errors import AnalysisException

from placekeeper.model.catalog import columns_of
from placekeeper.model.errors import AlreadyExistsException, EntityNotFoundException, UnsupportedFeature
from placekeeper.model.publication import CatalogEffect
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.table_kinds import TableKind, kind_of
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.sql.calls import Calls
from placekeeper.runtime.run.sql.dropped_tables import DroppedTables
from placekeeper.runtime.run.sql.names import DEFAULT, Name, Names
from placekeeper.runtime.run.sql.partition_statements import PartitionStatements
from placekeeper.runtime.run.sql.writing import TableWrites
from placekeeper.runtime.sql.alterations import (
    AddColumns,
    AddPartitions,
    Alteration,
    DropPartitions,
    Repair,
    SetLocation,
    SetProperties,
)
from placekeeper.runtime.sql.columns import ColumnSaid
from placekeeper.runtime.sql.cursor import Cursor, Parts
from placekeeper.runtime.sql.definitions import ICEBERG, TableSaid, database_said

_OF_SERVER: Final = ("CreateTime", "CatalogId")
"""What the catalog says of a database, and DatabaseInput does not have."""


class Changes:
    """Does CREATE, DROP, ALTER and MSCK REPAIR for tables of the catalog."""

    def __init__(
        self,
        context: RunContext,
        names: Names,
        calls: Calls,
        writes: TableWrites,
        output: Output,
        dropped: DroppedTables,
    ) -> None:
        self._context = context
        self._names = names
        self._calls = calls
        self._writes = writes
        self._output = output
        self._dropped = dropped
        self._partitions = PartitionStatements(context, output)

    def create_database(self, cursor: Cursor) -> None:
        """CREATE DATABASE, behind these words. Raises AnalysisException for one that is there."""
        said = database_said(cursor)
        name = self._names.database_of(said.name)
        told = {"LocationUri": said.location, "Description": said.comment, "Parameters": said.properties}
        spec: dict[str, Any] = {"Name": name, **{key: value for key, value in told.items() if value}}
        try:
            self._context.client.glue("CreateDatabase", DatabaseInput=spec)
        except AlreadyExistsException:
            if not said.may_exist:
                raise AnalysisException(
                    f"[SCHEMA_ALREADY_EXISTS] Cannot create schema `{name}` because it already "
                    "exists. Say IF NOT EXISTS to leave it as it is."
                ) from None

    def alter_database(self, parts: Parts, said: SetProperties | SetLocation) -> None:
        """ALTER DATABASE. Raises AnalysisException for a database that is not there."""
        name = self._calls.database(self._names.database_of(parts)).name
        known = self._context.client.glue("GetDatabase", Name=name)["Database"]
        spec = {key: value for key, value in known.items() if key not in _OF_SERVER}
        if isinstance(said, SetLocation):
            spec["LocationUri"] = said.location
        else:
            spec["Parameters"] = {**(spec.get("Parameters") or {}), **said.properties}
        self._context.client.glue("UpdateDatabase", Name=name, DatabaseInput=spec)

    def drop_database(self, cursor: Cursor) -> None:
        """DROP DATABASE, behind these words. Raises AnalysisException for one with tables without CASCADE."""
        may_lack = cursor.take("if", "exists")
        name = self._names.database_of(cursor.name())
        cascades = cursor.take_one("cascade", "restrict") == "cascade"
        cursor.end()
        tables = self._context.client.table_names(name).names
        if tables is None and may_lack:
            return
        if tables and not cascades:
            raise AnalysisException(
                f"[SCHEMA_NOT_EMPTY] Cannot drop schema `{name}`: it has "
                f"{counted(len(tables), 'table')}. Say CASCADE to drop them, too. No files are deleted."
            )
        changes = [one for one in self._output.manifest if isinstance(one, CatalogEffect)]
        for table in sorted({one.table for one in changes if one.database == name}):
            self._refuse_waiting((name, table), "dropped")
        self._calls.database(name)
        self._context.client.glue("DeleteDatabase", Name=name)

    def create_table(self, name: Name, said: TableSaid, members: dict[str, Any]) -> None:
        """Make a table by the members of CreateTable. Raises AnalysisException for one that is there."""
        self.make_default(name[0])
        try:
            self._context.client.glue("CreateTable", DatabaseName=name[0], **members)
        except AlreadyExistsException:
            if not said.may_exist:
                raise already_there(name) from None
        else:
            self._dropped.note_made(name)
            if said.format != ICEBERG:
                self._note_required(f"CREATE TABLE {'.'.join(name)}", said.columns)

    def make_default(self, database: str) -> None:
        """Make the database `default`, which is always there in Spark, before its first table."""
        if database == DEFAULT and self._context.client.table_names(DEFAULT).names is None:
            self._context.client.glue("CreateDatabase", DatabaseInput={"Name": DEFAULT})
            self._context.note("the database default was made, for a table without a database")

    def drop_table(self, name: Name, *, may_lack: bool, is_view: bool = False) -> None:
        """DROP TABLE: a table that owns its files loses them when the run's output is visible.

        With `is_view` DROP VIEW. Raises AnalysisException for a table where a view is meant, and the other
        way round, also with IF EXISTS.
        """
        self._refuse_waiting(name, "dropped")
        try:
            spec = self._names.known(name)
        except AnalysisException:
            if not may_lack:
                raise
            return
        if spec is None:
            if not may_lack:
                raise self._names.lacking(name, is_made=False)
            return
        check_kind(name, spec, is_view=is_view)
        if is_view:
            pass  # a view has no files
        elif spec.get("TableType") == "MANAGED_TABLE":
            self._writes.drop_files(name, spec)
        else:
            kept = "files of the table" if kind_of(spec) is TableKind.FILES else "rows of the table"
            self._context.note(f"DROP TABLE {'.'.join(name)}: the {kept} stay where they are")
        try:
            self._context.client.glue("DeleteTable", DatabaseName=name[0], Name=name[1])
        except EntityNotFoundException:
            if not may_lack:
                raise

    def alter_table(self, name: Name, said: Alteration) -> None:
        """ALTER TABLE. Raises AnalysisException, and UnsupportedFeature for a table that is not altered."""
        spec = self._names.spec(name)
        _refuse_lake(name, spec, "ALTER TABLE")
        if not isinstance(said, AddPartitions | Repair):
            self._refuse_waiting(name, "altered")
        match said:
            case AddPartitions():
                self._partitions.add(name, spec, said)
            case DropPartitions():
                self._partitions.drop(name, spec, said)
            case Repair():
                self._partitions.repair(name, spec, said)
            case AddColumns():
                self._add_columns(name, spec, said.columns)
            case SetProperties():
                parameters = {**(spec.get("Parameters") or {}), **said.properties}
                self._replace(name, {**spec, "Parameters": parameters})
            case SetLocation():
                storage = {**(spec.get("StorageDescriptor") or {}), "Location": said.location}
                self._replace(name, {**spec, "StorageDescriptor": storage})

    def _add_columns(self, name: Name, spec: dict[str, Any], new: Sequence[ColumnSaid]) -> None:
        known = {column.lower() for column, _ in columns_of(spec)}
        twice = [one.name for one in new if one.name.lower() in known]
        if twice:
            raise AnalysisException(
                f"[COLUMN_ALREADY_EXISTS] {'.'.join(name)} has {', '.join(twice)} already."
            )
        storage = spec.get("StorageDescriptor") or {}
        columns = [*(storage.get("Columns") or ()), *(one.spec for one in new)]
        self._replace(name, {**spec, "StorageDescriptor": {**storage, "Columns": columns}})
        self._note_required(f"ALTER TABLE {'.'.join(name)}", new)

    def _note_required(self, statement: str, columns: Sequence[ColumnSaid]) -> None:
        if required := [one.name for one in columns if one.is_required]:
            self._context.note(
                f"{statement}: NOT NULL of {', '.join(required)} has no effect: the catalog keeps no such "
                "rule for tables of files"
            )

    def _replace(self, name: Name, spec: dict[str, Any]) -> None:
        self._context.client.glue("UpdateTable", DatabaseName=name[0], TableInput=spec)

    def repair(self, name: Name, said: Repair) -> None:
        """MSCK REPAIR TABLE; a table that this run makes has its partitions registered with the commit."""
        if self._names.known(name) is None and self._output.changes(name):
            self._context.note(
                f"MSCK REPAIR TABLE {'.'.join(name)} has no effect: the run itself registers what it writes"
            )
            return
        spec = self._names.spec(name)
        _refuse_lake(name, spec, "MSCK REPAIR TABLE")
        self._partitions.repair(name, spec, said)

    def _refuse_waiting(self, name: Name, done: str) -> None:
        """Raises UnsupportedFeature for a table of which this run has staged output."""
        if self._output.changes(name):
            raise UnsupportedFeature(
                f"the table {'.'.join(name)} has output of this run that is not visible yet, so it is "
                f"not {done}: do it before the table is written, or in a later run"
            )


def _refuse_lake(name: Name, spec: dict[str, Any], statement: str) -> None:
    """Raises UnsupportedFeature for a table whose columns and partitions stand in its own metadata."""
    kind = kind_of(spec)
    if kind is not TableKind.FILES:
        raise UnsupportedFeature(
            f"{statement} is not there for {'.'.join(name)}, which is of {kind}: change it with that "
            "format's own client"
        )


def check_kind(name: Name, spec: Mapping[str, Any], *, is_view: bool) -> None:
    """Raises AnalysisException for a DROP VIEW of a table, and for a DROP TABLE of a view."""
    shown = ".".join(name)
    if (spec.get("TableType") == "VIRTUAL_VIEW") == is_view:
        return
    if is_view:
        raise AnalysisException(
            f"[EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE] DROP VIEW expects a view, and {shown} is a table of "
            "the Data Catalog. Nothing was dropped. Say DROP TABLE to drop it."
        )
    raise AnalysisException(
        f"[WRONG_COMMAND_FOR_OBJECT_TYPE] DROP TABLE requires a table, and {shown} is a view of the Data "
        "Catalog. Nothing was dropped. Say DROP VIEW to drop it."
    )


def already_there(name: Name) -> AnalysisException:
    """What Spark raises for a table that is there already."""
    return AnalysisException(
        f"[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create `{name[0]}`.`{name[1]}` because it already "
        "exists. Choose another name, drop it before, or say IF NOT EXISTS."
    )

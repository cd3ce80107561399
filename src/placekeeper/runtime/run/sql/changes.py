"""Statements that change the catalog: databases, tables and partitions. They are immediate, as on AWS.

Source: docs/reference/sql.md#statements-that-change-the-catalog.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyspark.errors import AnalysisException

from placekeeper.model.catalog import TableRef, columns_of, key_types
from placekeeper.model.errors import AlreadyExistsException, EntityNotFoundException, UnsupportedFeature
from placekeeper.model.wording import counted
from placekeeper.rules.catalog.partition_values import NULL_VALUE
from placekeeper.rules.catalog.schema_changes import partition_spec
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.purging import objects_under
from placekeeper.runtime.run.sql.calls import Calls
from placekeeper.runtime.run.sql.names import DEFAULT, Name, Names
from placekeeper.runtime.run.sql.writing import TableWrites
from placekeeper.runtime.sink.hive import folder, spelled_values
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood
from placekeeper.runtime.sql.definitions import TableSaid, columns_said, database_said

_MOST_CREATED, _MOST_DELETED = 100, 25
"""How many partitions one request of the Glue API takes."""


class Changes:
    """Does CREATE, DROP, ALTER and MSCK REPAIR for tables of the catalog."""

    def __init__(
        self, context: RunContext, names: Names, calls: Calls, writes: TableWrites, output: Output
    ) -> None:
        self._context = context
        self._names = names
        self._calls = calls
        self._writes = writes
        self._output = output

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
        for table in tables or ():
            self._refuse_waiting((name, table), "dropped")
        self._calls.database(name)
        self._context.client.glue("DeleteDatabase", Name=name)

    def create_table(self, name: Name, said: TableSaid, spec: dict[str, Any]) -> None:
        """Make a table of a definition. Raises AnalysisException for one that is there."""
        self.make_default(name[0])
        try:
            self._context.client.glue("CreateTable", DatabaseName=name[0], TableInput=spec)
        except AlreadyExistsException:
            if not said.may_exist:
                raise already_there(name) from None

    def make_default(self, database: str) -> None:
        """Make the database `default`, which is always there in Spark, before its first table."""
        if database == DEFAULT and self._context.client.table_names(DEFAULT).names is None:
            self._context.client.glue("CreateDatabase", DatabaseInput={"Name": DEFAULT})
            self._context.note("the database default was made, for a table without a database")

    def drop_table(self, name: Name, *, may_lack: bool) -> None:
        """DROP TABLE: a table that owns its files loses them when the run's output is visible."""
        self._refuse_waiting(name, "dropped")
        try:
            spec = self._names.known(name)
        except AnalysisException:
            if not may_lack:
                raise
            return
        if spec is None:
            if not may_lack:
                self._names.spec(name)  # raises
            return
        if spec.get("TableType") == "MANAGED_TABLE":
            self._writes.drop_files(name, spec)
        else:
            self._context.note(f"DROP TABLE {'.'.join(name)}: the files of the table stay where they are")
        try:
            self._context.client.glue("DeleteTable", DatabaseName=name[0], Name=name[1])
        except EntityNotFoundException:
            if not may_lack:
                raise

    def alter_table(self, name: Name, cursor: Cursor) -> None:
        """ALTER TABLE, behind the table's name. Raises UnsupportedFeature for what is not done here."""
        spec = self._names.spec(name)
        self._refuse_waiting(name, "altered")
        if cursor.take("add", "columns") or cursor.take("add", "column"):
            inside = cursor.inside() if cursor.words(1) == ["("] else Cursor(cursor.until())
            self._add_columns(name, spec, inside)
        elif cursor.take("add"):
            self._add_partitions(name, spec, cursor)
        elif cursor.take("drop"):
            self._drop_partitions(name, spec, cursor)
        elif cursor.take("recover", "partitions"):
            self.repair(name)
        elif cursor.take("set", "tblproperties"):
            self._set_properties(name, spec, cursor.inside())
        elif cursor.take("set", "location"):
            storage = {**(spec.get("StorageDescriptor") or {}), "Location": cursor.string()}
            self._replace(name, {**spec, "StorageDescriptor": storage})
        else:
            raise UnsupportedFeature(
                f"ALTER TABLE {'.'.join(name)} {' '.join(cursor.words(2)).upper()} is not there: ADD "
                "PARTITION, DROP PARTITION, ADD COLUMNS, SET TBLPROPERTIES and SET LOCATION are. For "
                "all else, use aws glue update-table"
            )
        cursor.end()

    def _add_columns(self, name: Name, spec: dict[str, Any], inside: Cursor) -> None:
        known = {column.lower() for column, _ in columns_of(spec)}
        new = columns_said(inside)
        twice = [one.name for one in new if one.name.lower() in known]
        if twice:
            raise AnalysisException(
                f"[COLUMN_ALREADY_EXISTS] {'.'.join(name)} has {', '.join(twice)} already."
            )
        storage = spec.get("StorageDescriptor") or {}
        columns = [*(storage.get("Columns") or ()), *(one.spec for one in new)]
        self._replace(name, {**spec, "StorageDescriptor": {**storage, "Columns": columns}})

    def _set_properties(self, name: Name, spec: dict[str, Any], inside: Cursor) -> None:
        parameters = dict(spec.get("Parameters") or {})
        while not inside.is_at_end:
            key = inside.string() if inside.is_at_string else ".".join(inside.name())
            inside.need("=")
            parameters[key] = inside.literal() or ""
            inside.take(",")
        self._replace(name, {**spec, "Parameters": parameters})

    def _replace(self, name: Name, spec: dict[str, Any]) -> None:
        self._context.client.glue("UpdateTable", DatabaseName=name[0], TableInput=spec)

    def _add_partitions(self, name: Name, spec: dict[str, Any], cursor: Cursor) -> None:
        may_exist = cursor.take("if", "not", "exists")
        keys = [key.lower() for key, _ in key_types(spec)]
        root = _location(spec)
        specs = []
        while cursor.take("partition"):
            values = _all_values(name, keys, values_said(cursor.inside()))
            place = cursor.string() if cursor.take("location") else f"{root}{_folder(keys, values)}"
            specs.append({"Values": values, **partition_spec(spec, place)})
            cursor.take(",")
        if not specs:
            cursor.need("partition")
        known = self._register(name, specs)
        if known and not may_exist:
            raise AnalysisException(
                f"[PARTITIONS_ALREADY_EXIST] {'.'.join(name)} has the partition {list(known[0])} "
                "already. Say IF NOT EXISTS to leave it as it is."
            )

    def _drop_partitions(self, name: Name, spec: dict[str, Any], cursor: Cursor) -> None:
        may_lack = cursor.take("if", "exists")
        keys = [key.lower() for key, _ in key_types(spec)]
        there = self._context.client.table(TableRef(database=name[0], name=name[1])).partitions or ()
        dropped: list[tuple[str, ...]] = []
        while cursor.take("partition"):
            wanted = values_said(cursor.inside())
            _check_keys(name, keys, wanted)
            meant = [
                one.values
                for one in there
                if all(one.values[keys.index(key)] == (value or NULL_VALUE) for key, value in wanted.items())
            ]
            if not meant and not may_lack:
                raise AnalysisException(
                    f"[PARTITIONS_NOT_FOUND] {'.'.join(name)} has no partition {wanted}. Say IF "
                    "EXISTS to go on."
                )
            dropped += meant
            cursor.take(",")
        cursor.take("purge")
        for begin in range(0, len(dropped), _MOST_DELETED):
            piece = [{"Values": list(values)} for values in dropped[begin : begin + _MOST_DELETED]]
            self._context.client.glue(
                "BatchDeletePartition", DatabaseName=name[0], TableName=name[1], PartitionsToDelete=piece
            )
        self._context.note(
            f"ALTER TABLE {'.'.join(name)} DROP PARTITION: {counted(len(dropped), 'partition')} taken "
            "out of the catalog; the files stay"
        )

    def repair(self, name: Name) -> None:
        """MSCK REPAIR TABLE: register the `key=value` folders that have objects and are no partitions yet."""
        spec = self._names.spec(name)
        self._refuse_waiting(name, "repaired")
        keys = [key.lower() for key, _ in key_types(spec)]
        if not keys:
            raise AnalysisException(f"[NOT_A_PARTITIONED_TABLE] {'.'.join(name)} is not partitioned.")
        root = self._context.objects.normalise(_location(spec)).rstrip("/") + "/"
        there = self._context.client.table(TableRef(database=name[0], name=name[1])).partitions or ()
        known = {one.values for one in there}
        paths = (meta.path for meta in objects_under(self._context, [root]))
        found = dict(_partition_folders(paths, root, keys))
        new = {values: place for values, place in found.items() if values not in known}
        self._register(
            name,
            [
                {"Values": list(values), **partition_spec(spec, place)}
                for values, place in sorted(new.items())
            ],
        )
        self._context.note(
            f"MSCK REPAIR TABLE {'.'.join(name)}: {counted(len(new), 'new partition')}, "
            f"{len(known):,} known before"
        )

    def _register(self, name: Name, specs: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
        known: list[tuple[str, ...]] = []
        for begin in range(0, len(specs), _MOST_CREATED):
            piece = list(specs[begin : begin + _MOST_CREATED])
            answer = self._context.client.glue(
                "BatchCreatePartition", DatabaseName=name[0], TableName=name[1], PartitionInputList=piece
            )
            known += [tuple(one["PartitionValues"]) for one in answer.get("Errors") or ()]
        return known

    def _refuse_waiting(self, name: Name, done: str) -> None:
        """Raises UnsupportedFeature for a table of which this run has staged output."""
        if self._output.changes(name):
            raise UnsupportedFeature(
                f"the table {'.'.join(name)} has output of this run that is not visible yet, so it is "
                f"not {done}: do it before the table is written, or in a later run"
            )


def already_there(name: Name) -> AnalysisException:
    """What Spark raises for a table that is there already."""
    return AnalysisException(
        f"[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create `{name[0]}`.`{name[1]}` because it already "
        "exists. Choose another name, drop it before, or say IF NOT EXISTS."
    )


def values_said(inside: Cursor) -> dict[str, str | None]:
    """The values of partition keys in brackets; a key without a value is not there. Raises NotUnderstood."""
    values: dict[str, str | None] = {}
    while not inside.is_at_end:
        key = inside.identifier().lower()
        if inside.take("="):
            values[key] = inside.literal()
        if not inside.is_at_end and not inside.take(","):
            raise NotUnderstood(f"key = value was expected in PARTITION, with a literal behind {key}")
    return values


def _check_keys(name: Name, keys: Sequence[str], values: Mapping[str, object]) -> None:
    unknown = [key for key in values if key not in keys]
    if unknown:
        raise AnalysisException(
            f"[PARTITIONS_NOT_FOUND] {', '.join(unknown)} is no partition key of {'.'.join(name)}: it has "
            f"{', '.join(keys) or 'none'}."
        )


def _all_values(name: Name, keys: Sequence[str], values: Mapping[str, str | None]) -> list[str]:
    _check_keys(name, keys, values)
    lacking = [key for key in keys if key not in values]
    if lacking:
        raise AnalysisException(f"PARTITION lacks a value for {', '.join(lacking)} of {'.'.join(name)}.")
    return [values[key] or NULL_VALUE for key in keys]


def _folder(keys: Sequence[str], values: Sequence[str]) -> str:
    return folder(keys, [None if value == NULL_VALUE else value for value in values])


def _location(spec: Mapping[str, Any]) -> str:
    location = (spec.get("StorageDescriptor") or {}).get("Location")
    if not location:
        raise UnsupportedFeature(
            f"the table {spec['Name']} has no location, so it has no folders of partitions"
        )
    return str(location).rstrip("/") + "/"


def _partition_folders(
    paths: Iterator[str], root: str, keys: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Values and places of the folders `k=v/…` under a root that have objects."""
    seen: set[str] = set()
    for path in paths:
        parts = path.removeprefix(root).split("/")[: len(keys)]
        place = "/".join(parts)
        if place in seen or len(path.removeprefix(root).split("/")) <= len(keys):
            continue
        seen.add(place)
        if [part.partition("=")[0].lower() for part in parts] == list(keys):
            yield spelled_values(place), f"{root}{place}/"

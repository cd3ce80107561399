"""`df.writeTo` of a script: tables of lake formats that a frame makes, fills, replaces or overwrites.

Source: docs/reference/lake-formats.md#frames-that-are-written-to-a-table.
"""

from collections.abc import Mapping
from typing import Any, Final

from pyspark.errors import AnalysisException
from pyspark.sql import types as spark_types

from placekeeper.lake.formats import load
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.lake import LakeTable
from placekeeper.rules.catalog.table_kinds import TableKind, kind_of
from placekeeper.runtime.engines.table_writer import TableAction, TableWrite
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.sql.changes import Changes, already_there
from placekeeper.runtime.run.sql.lake_writes import Insert
from placekeeper.runtime.run.sql.made_tables import iceberg_definition
from placekeeper.runtime.run.sql.names import Name, Names
from placekeeper.runtime.run.sql.row_changes import RowChanges
from placekeeper.runtime.run.sql.table_places import TablePlaces
from placekeeper.runtime.run.sql.writing import TableWrites
from placekeeper.runtime.scan.lake_files import frame_schema
from placekeeper.runtime.sql.columns import ColumnSaid, columns_said
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Parts
from placekeeper.runtime.sql.definitions import DELTA, ICEBERG, ICEBERG_VERSION, TableSaid
from placekeeper.runtime.types.spark import from_spark, spark_type

_LAKES: Final = {TableKind.ICEBERG: ICEBERG, TableKind.DELTA: DELTA}
_ADDS: Final = (TableAction.APPEND, TableAction.OVERWRITE, TableAction.OVERWRITE_PARTITIONS)
_RESERVED: Final = frozenset({"location", "comment", "provider", "owner", ICEBERG_VERSION})
_DEFAULT_CATALOG: Final = "spark.sql.defaultCatalog"
_EVOLVES: Final = frozenset({"mergeschema", "merge-schema"})
_ALWAYS: Final = frozenset({"Column<'true'>", "Column<'True'>"})
MAKER: Final = "placekeeper.made-by"
"""The property of a table that a frame has made: the run."""


class FrameTables:
    """Does what `df.writeTo` of a table of the catalog says."""

    def __init__(
        self,
        context: RunContext,
        names: Names,
        changes: Changes,
        writes: TableWrites,
        places: TablePlaces,
        row_changes: RowChanges,
    ) -> None:
        self._context = context
        self._names = names
        self._changes = changes
        self._writes = writes
        self._places = places
        self._row_changes = row_changes

    def write(self, write: TableWrite, parts: Parts, name: Name) -> None:
        """Stage a write to the table `name`, which the script calls `parts`.

        Raises AnalysisException as Spark does, and UnsupportedFeature for what is not there, before anything
        is written.
        """
        self._check_options(write)
        if write.action in _ADDS:
            self._add(write, name)
            return
        spec = self._names.known_or_made(name)
        if spec is not None and write.action is TableAction.CREATE:
            said = self._said(write, parts)
            table = self._opened(name, spec)
            if table is None or table.history.commits or MAKER not in table.layout.properties:
                raise already_there(name)
            self._check_same(write, said, name, table)  # the rows of the run that has made it never came
        elif spec is not None:
            table = self._opened(name, spec)
            if table is None or kind_of(spec) is not TableKind.ICEBERG:
                raise self._refused(write, f"which is of {kind_of(spec)}: only Iceberg tables are replaced")
            self._check_same(write, self._said(write, parts), name, table)
            asked = Insert(has_names=True, overwrites=True, has_mode=False)
            self._writes.insert(name, spec, write.dataframe, asked)
            return
        elif write.action is TableAction.REPLACE:
            raise self._names.lacking(name, is_made=False)
        else:
            self._make(write, self._said(write, parts), name)
        asked = Insert(has_names=True, is_first=True)
        self._writes.insert(name, self._names.spec(name), write.dataframe, asked)

    def _add(self, write: TableWrite, name: Name) -> None:
        """Write rows to a table that is there."""
        spec = self._names.spec(name)
        kind = kind_of(spec)
        if kind not in _LAKES:
            raise self._refused(
                write, f"which is of {kind}: use df.write.insertInto or df.write.saveAsTable (append)"
            )
        if write.provider and write.provider.lower() != _LAKES[kind]:
            raise self._refused(write, f"which is of {kind}, and using() says {write.provider}")
        if write.properties or write.partitions:
            self._context.note(
                f"writeTo({write.name!r}): tableProperty and partitionedBy have no effect on a table that is "
                "there"
            )
        asked = Insert(has_names=True, has_mode=False)
        if write.action is TableAction.OVERWRITE_PARTITIONS:
            asked = Insert(has_names=True, overwrites=True, by_partition=True)
            if not self._table(name, spec).layout.partitions:
                asked = Insert(has_names=True, overwrites=True, has_mode=False)
        elif write.action is TableAction.OVERWRITE:
            if str(write.condition) not in _ALWAYS:
                self._row_changes.overwrite(name, write.condition, write.dataframe)
                return
            asked = Insert(has_names=True, overwrites=True, has_mode=False)
        self._writes.insert(name, spec, write.dataframe, asked)

    def _check_options(self, write: TableWrite) -> None:
        for option, value in write.options.items():
            if option.lower() in _EVOLVES and value.lower() != "false":
                raise self._refused(
                    write,
                    f"with the option {option}: a write adds no columns to a table. Add them first "
                    "(update_schema of pyiceberg), and leave the option out",
                )
        if write.options:
            named = ", ".join(sorted(write.options))
            self._context.note(f"writeTo({write.name!r}): the option {named} has no effect here")

    def _said(self, write: TableWrite, parts: Parts) -> TableSaid:
        """The table that the rows make. Raises UnsupportedFeature, AnalysisException."""
        provider = write.provider.lower() or self._provider(write, parts)
        if provider != ICEBERG:
            way = f"using() says {write.provider}" if write.provider else "say .using('iceberg')"
            raise self._refused(write, f"which is not there: only Iceberg tables are made so, and {way}")
        try:
            keys = tuple(columns_said(Cursor(", ".join(write.partitions)), may_lack=True))
        except NotUnderstood as error:
            why = f"with partitionedBy({', '.join(write.partitions)}): {error}"
            raise self._refused(write, why) from None
        given = dict(write.properties)
        return TableSaid(
            name=parts,
            format=ICEBERG,
            columns=tuple(
                ColumnSaid(field.name, _iceberg_type(field.dataType))
                for field in write.dataframe.schema.fields
            ),
            keys=keys,
            location=given.get("location", ""),
            comment=given.get("comment", ""),
            properties={
                key: value for key, value in given.items() if key not in _RESERVED or key == ICEBERG_VERSION
            },
        )

    def _provider(self, write: TableWrite, parts: Parts) -> str:
        """The format of a table whose write says none: that of the catalog that it is in."""
        session = self._context.engine.session
        is_of_catalog = len(parts) > 2 or bool(session.conf.get(_DEFAULT_CATALOG, None))
        return ICEBERG if is_of_catalog or ICEBERG_VERSION in write.properties else ""

    def _make(self, write: TableWrite, said: TableSaid, name: Name) -> None:
        """Make the table, without rows. Raises AnalysisException, InvalidInputException."""
        if len({column.name.lower() for column in said.columns}) < len(said.columns):
            raise AnalysisException(
                f"[COLUMN_ALREADY_EXISTS] writeTo({write.name!r}): the frame has columns that differ in case "
                f"alone: {', '.join(column.name for column in said.columns)}. Rename them."
            )
        place = self._places.of(name, said)
        members = iceberg_definition(name, said, place)
        table = members["OpenTableFormatInput"]["IcebergInput"]["CreateIcebergTableInput"]
        table["Properties"] = {**(table.get("Properties") or {}), MAKER: self._context.run_id}
        self._changes.create_table(name, said, members)

    def _check_same(self, write: TableWrite, said: TableSaid, name: Name, table: LakeTable) -> None:
        """Raises UnsupportedFeature where the new table would be another one than that which is there."""
        fields = frame_schema(table.schema, ".".join(name))
        there = [(field.name.lower(), spark_type(field.type).simpleString()) for field in fields]
        new = [
            (field.name.lower(), spark_type(from_spark(field.dataType)).simpleString())
            for field in write.dataframe.schema.fields
        ]
        new = [(column, _widened(type)) for column, type in new]
        keys = tuple(f"{key.name.lower()} {key.transform or 'identity'}" for key in said.keys)
        layout = table.layout
        parted = tuple(key.lower() for key in layout.partitions)
        place = self._context.objects.normalise(said.location).rstrip("/") if said.location else ""
        wrong = [
            what
            for what, differs in (
                ("columns", there != new),
                ("partitions", parted != keys),
                ("properties", _differs(said.properties, layout.properties)),
                ("a location", bool(place) and place != self._context.objects.normalise(table.location)),
            )
            if differs
        ]
        if wrong:
            raise self._refused(
                write,
                f"which is there with other {' and '.join(wrong)}: {_shown(there)}. To make it anew, say "
                "DROP TABLE before. To keep it, write to it with append() or overwrite(lit(True))",
            )

    def _opened(self, name: Name, spec: Mapping[str, Any]) -> LakeTable | None:
        """A table of a lake format; None for one of another kind."""
        return self._table(name, spec) if kind_of(spec) in _LAKES else None

    def _table(self, name: Name, spec: Mapping[str, Any]) -> LakeTable:
        full = ".".join(name)
        format = load(_LAKES[kind_of(spec)], f"writing the table {full}")
        return format.open(full, spec, self._context.objects)

    def _refused(self, write: TableWrite, why: str) -> UnsupportedFeature:
        return UnsupportedFeature(
            f"df.writeTo({write.name!r}).{write.action.value} is not there for a table {why}. "
            "Nothing was written"
        )


def _iceberg_type(type: spark_types.DataType) -> str:
    """A type as Iceberg has it in Spark: a timestamp is one with a time zone."""
    if isinstance(type, spark_types.TimestampType):
        return "timestamptz"
    if isinstance(type, spark_types.TimestampNTZType):
        return "timestamp"
    if isinstance(type, spark_types.ArrayType):
        return f"array<{_iceberg_type(type.elementType)}>"
    if isinstance(type, spark_types.MapType):
        return f"map<{_iceberg_type(type.keyType)},{_iceberg_type(type.valueType)}>"
    if isinstance(type, spark_types.StructType):
        fields = (f"{field.name}:{_iceberg_type(field.dataType)}" for field in type.fields)
        return f"struct<{','.join(fields)}>"
    return type.simpleString()


def _widened(type: str) -> str:
    """The type that a column has once it is in an Iceberg table."""
    return {"tinyint": "int", "smallint": "int"}.get(type, type)


def _differs(said: Mapping[str, str], there: Mapping[str, str]) -> bool:
    return any(there.get(key) != value for key, value in said.items() if key != ICEBERG_VERSION)


def _shown(columns: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {type}" for name, type in columns)

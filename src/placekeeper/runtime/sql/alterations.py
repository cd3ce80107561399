"""ALTER TABLE, ALTER DATABASE and MSCK REPAIR TABLE, as they are written.

A statement is read to its end before anything is done: what is not understood has changed nothing.
"""

from collections.abc import Sequence

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.sql.columns import ColumnSaid, columns_said, pairs_said
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Parts

Values = dict[str, str | None]
"""The values of partition keys, by the keys in small letters; None is null."""


class PartitionSaid(Struct, frozen=True):
    """A partition; its place is empty where the statement says none."""

    values: Values
    location: str = ""


class AddPartitions(Struct, frozen=True):
    """ADD PARTITION."""

    partitions: tuple[PartitionSaid, ...]
    may_exist: bool


class DropPartitions(Struct, frozen=True):
    """DROP PARTITION."""

    partitions: tuple[Values, ...]
    may_lack: bool


class Repair(Struct, frozen=True):
    """MSCK REPAIR TABLE, and RECOVER PARTITIONS."""

    adds: bool = True
    drops: bool = False


class AddColumns(Struct, frozen=True):
    """ADD COLUMNS."""

    columns: tuple[ColumnSaid, ...]


class SetProperties(Struct, frozen=True):
    """SET TBLPROPERTIES, SET DBPROPERTIES."""

    properties: dict[str, str]


class SetLocation(Struct, frozen=True):
    """SET LOCATION."""

    location: str


Alteration = AddPartitions | DropPartitions | Repair | AddColumns | SetProperties | SetLocation


def alteration_said(cursor: Cursor, table: Parts) -> Alteration:
    """What an ALTER TABLE says behind the name of its table.

    Raises NotUnderstood, and UnsupportedFeature for a form that is not done here.
    """
    made = _alteration(cursor, table)
    cursor.end()
    return made


def database_alteration_said(cursor: Cursor, database: Parts) -> SetProperties | SetLocation:
    """What an ALTER DATABASE says behind the name. Raises NotUnderstood, UnsupportedFeature."""
    made: SetProperties | SetLocation
    if cursor.take("set", "location"):
        made = SetLocation(cursor.string())
    elif cursor.take("set", "dbproperties") or cursor.take("set", "properties"):
        made = SetProperties(dict(pairs_said(cursor.inside())))
    else:
        raise UnsupportedFeature(
            f"ALTER DATABASE {'.'.join(database)} {_words(cursor)} is not there: SET LOCATION and SET "
            "DBPROPERTIES are. For all else, use aws glue update-database"
        )
    cursor.end()
    return made


def repair_said(cursor: Cursor) -> tuple[Parts, Repair]:
    """The table of an MSCK REPAIR TABLE behind MSCK, and what it does. Raises NotUnderstood."""
    cursor.need("repair", "table")
    name = cursor.name()
    how = cursor.take_one("add", "drop", "sync")
    if how:
        cursor.need("partitions")
    cursor.end()
    return name, Repair(adds=how != "drop", drops=how in ("drop", "sync"))


def values_said(inside: Cursor, *, needs_values: bool = False) -> Values:
    """The values of partition keys in brackets; a key without a value is not there.

    With `needs_values` at least one key is needed, and each has a value: a key alone would mean all
    partitions. Raises NotUnderstood, also for a key that is named twice.
    """
    values: Values = {}
    named: list[str] = []
    while not named or not inside.is_at_end:
        key = inside.identifier().lower()
        if key in named:
            raise NotUnderstood(f"PARTITION names the key {key} more than once")
        named.append(key)
        if inside.take("="):
            values[key] = inside.literal()
        elif needs_values:
            raise NotUnderstood(
                f"PARTITION needs a value for {key}, as in ({key} = 'value'): name the partitions one by one"
            )
        if inside.take(","):
            if inside.is_at_end:
                raise NotUnderstood("another key was expected behind the comma in PARTITION")
        elif not inside.is_at_end:
            raise NotUnderstood(f"key = value was expected in PARTITION, with a literal behind {key}")
    if needs_values and "" in values.values():
        empty = next(key for key, value in values.items() if value == "")
        raise NotUnderstood(
            f"the key {empty} has an empty text as its value; the partition of null is {empty} = NULL"
        )
    return values


def _alteration(cursor: Cursor, table: Parts) -> Alteration:
    if cursor.take("add", "columns") or cursor.take("add", "column"):
        inside = cursor.inside() if cursor.words(1) == ["("] else Cursor(cursor.until())
        return AddColumns(tuple(columns_said(inside)))
    if cursor.words(2) in (["add", "partition"], ["add", "if"]):
        cursor.need("add")
        may_exist = cursor.take("if", "not", "exists")
        return AddPartitions(tuple(_added(cursor)), may_exist)
    if cursor.words(2) in (["drop", "partition"], ["drop", "if"]):
        cursor.need("drop")
        may_lack = cursor.take("if", "exists")
        if cursor.words(1) == ["partition"]:
            dropped = [values_said(inside, needs_values=True) for inside in _partitions(cursor)]
            cursor.take("purge")
            return DropPartitions(tuple(dropped), may_lack)
        raise UnsupportedFeature(_not_there(table, f"DROP IF EXISTS {_words(cursor)}"))
    if cursor.take("recover", "partitions"):
        return Repair()
    if cursor.take("set", "tblproperties"):
        return SetProperties(dict(pairs_said(cursor.inside())))
    if cursor.take("set", "location"):
        return SetLocation(cursor.string())
    raise UnsupportedFeature(_not_there(table, _words(cursor)))


def _added(cursor: Cursor) -> Sequence[PartitionSaid]:
    made: list[PartitionSaid] = []
    while not made or cursor.words(1) == ["partition"]:
        cursor.need("partition")
        values = values_said(cursor.inside(), needs_values=True)
        made.append(PartitionSaid(values, cursor.string() if cursor.take("location") else ""))
        if cursor.take(","):
            _need_partition(cursor)
    return made


def _partitions(cursor: Cursor) -> Sequence[Cursor]:
    made: list[Cursor] = []
    while cursor.take("partition"):
        made.append(cursor.inside())
        if cursor.take(","):
            _need_partition(cursor)
    return made


def _need_partition(cursor: Cursor) -> None:
    if cursor.words(1) != ["partition"]:
        cursor.need("partition")


def _words(cursor: Cursor) -> str:
    return " ".join(cursor.words(2)).upper()


def _not_there(table: Parts, form: str) -> str:
    return (
        f"ALTER TABLE {'.'.join(table)} {form} is not there: ADD PARTITION, DROP PARTITION, ADD COLUMNS, "
        "RECOVER PARTITIONS, SET TBLPROPERTIES and SET LOCATION are. For all else, use aws glue update-table"
    )

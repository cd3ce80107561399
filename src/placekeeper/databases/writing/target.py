"""The table that a write goes to, as its database describes it, and the columns of a frame among its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow.types as pat
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.engine import Inspector

from placekeeper.databases.writing.column_fits import ONE_BYTE, fit_of
from placekeeper.databases.writing.fit import Fit
from placekeeper.databases.writing.inspection import inspector_of, of_one_byte
from placekeeper.databases.writing.products import WrittenProduct
from placekeeper.model.databases import DatabaseTable
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.wording import listed, nearest
from placekeeper.ports.databases import WriteAsked


class ForeignKey(Struct, frozen=True, kw_only=True):
    """Columns whose values are those of columns of another table."""

    columns: tuple[str, ...]
    table: DatabaseTable
    referred: tuple[str, ...]


class TargetTable(Struct, frozen=True, kw_only=True):
    """A table that is there. `unique` are the columns of each constraint that says so, the primary key first.

    `filled` are the columns that get a value by themselves if none is given; `made_up` those that take none.
    """

    table: DatabaseTable
    fits: tuple[Fit, ...]
    unique: tuple[tuple[str, ...], ...]
    foreign: tuple[ForeignKey, ...]
    filled: frozenset[str]
    made_up: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(fit.name for fit in self.fits)

    @property
    def lower_names(self) -> frozenset[str]:
        """The same in lower case, of those that take values."""
        return frozenset(name.lower() for name in self.names if name not in self.made_up)


class Matched(Struct, frozen=True, kw_only=True):
    """The columns of a frame, in its order, as the table names them, and what they take."""

    fits: tuple[Fit, ...]
    keys: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(fit.name for fit in self.fits)


def find_table(inspector: Inspector, wanted: DatabaseTable) -> DatabaseTable | None:
    """A table by its names as they are spelled, and then without regard to case; None if there is none."""
    schema = wanted.schema or None
    if inspector.dialect.name != "sqlite" and inspector.has_table(wanted.name, schema=schema):
        return wanted  # SQLite says so for any case, and then describes the exact name only
    schemas = [schema]
    if schema is not None:
        schemas = [one for one in inspector.get_schema_names() if one.lower() == schema.lower()]
    for one in schemas:
        names = [*inspector.get_table_names(schema=one), *inspector.get_view_names(schema=one)]
        if one == schema and wanted.name in names:
            return wanted
        alike = [name for name in names if name.lower() == wanted.name.lower()]
        if len(alike) == 1:
            return DatabaseTable(schema=one or "", name=alike[0])
    return None


def described(connection: sa.Connection, table: DatabaseTable, product: str) -> TargetTable:
    """A table that is there."""
    inspector, schema = inspector_of(connection), table.schema or None
    columns = inspector.get_columns(table.name, schema=schema)
    begun = _of_beginnings(connection, table, product)
    primary = tuple(inspector.get_pk_constraint(table.name, schema=schema)["constrained_columns"])
    if "PRIMARY" in begun:
        primary = ()
    unique = [
        *([primary] if primary else []),
        *(
            tuple(one["column_names"])
            for one in inspector.get_unique_constraints(table.name, schema=schema)
            if one["name"] not in begun
        ),
        *(
            tuple(name for name in one["column_names"] if name is not None)
            for one in inspector.get_indexes(table.name, schema=schema)
            if one["unique"] and None not in one["column_names"] and not _is_partial(one)
            if one["name"] not in begun
        ),
    ]
    foreign = tuple(
        ForeignKey(
            columns=tuple(one["constrained_columns"]),
            table=DatabaseTable(schema=one["referred_schema"] or "", name=one["referred_table"]),
            referred=tuple(one["referred_columns"]),
        )
        for one in inspector.get_foreign_keys(table.name, schema=schema)
    )
    is_triggered = product == "postgresql" and connection.execute(_TRIGGER, _names(table)).first() is not None
    rowid = primary if product == "sqlite" and _is_rowid(columns, primary) else ()
    bytes_ = of_one_byte(connection, table, columns) if product == "postgresql" else frozenset()
    fits = tuple(
        fit_of(
            column["name"],
            column["type"],
            sql_type=ONE_BYTE if column["name"] in bytes_ else _spelled(column["type"], connection.dialect),
            required=not column["nullable"] and column["name"] not in rowid,
            product=product,
        )
        for column in columns
    )
    return TargetTable(
        table=table,
        fits=fits,
        unique=tuple(dict.fromkeys(unique)),
        foreign=foreign,
        filled=frozenset(column["name"] for column in columns if is_triggered or _is_filled(column))
        | frozenset(rowid),
        made_up=frozenset(column["name"] for column in columns if _is_made_up(column)),
    )


_TRIGGER: Final = sa.text(
    "SELECT 1 FROM information_schema.triggers WHERE event_object_table = :name AND "
    "event_manipulation = 'INSERT' AND action_timing = 'BEFORE' "
    "AND (event_object_schema = :schema OR :schema = '')"
)
"""A trigger of PostgreSQL that may give values to columns which have none."""


def _names(table: DatabaseTable) -> dict[str, str]:
    return {"name": table.name, "schema": table.schema}


def matched(target: TargetTable, asked: WriteAsked) -> Matched:
    """The frame's columns among those of a table, by name without regard to case.

    Raises UsageError for a column that the table has not, or that has to have a value and gets none.
    """
    refuse_nested(asked)
    table = target.table.full
    by_name = {fit.name: fit for fit in target.fits}
    by_lower = {fit.name.lower(): fit for fit in target.fits}
    found = {name: by_name.get(name) or by_lower.get(name.lower()) for name in asked.schema.names}
    missing = [name for name, fit in found.items() if fit is None]
    if missing:
        near = ((name, nearest(name, target.names)) for name in missing)
        hints = "".join(f" Instead of '{name}', rename it to '{other}'." for name, other in near if other)
        raise UsageError(
            f"the table {table} has no column {listed(missing)}: it has {listed(target.names)}.{hints} Drop "
            "or rename it in the frame, or add it to the table"
        )
    fits = tuple(fit for fit in found.values() if fit is not None)
    columns = [fit.name for fit in fits]
    if made_up := [name for name in columns if name in target.made_up]:
        raise UsageError(
            f"the table {table} makes up {listed(made_up)} itself and takes no value for it: drop it in the "
            "frame"
        )
    absent = [fit for fit in target.fits if fit.name not in columns and fit.name not in target.made_up]
    if lacking := [fit.name for fit in absent if fit.required and fit.name not in target.filled]:
        raise UsageError(
            f"the table {table} needs a value for {listed(lacking)}, and the frame has no such column. It "
            f"has {listed(asked.schema.names)}"
        )
    notes = []
    if absent:
        names, rest = listed([fit.name for fit in absent]), "the table's default"
        changed = f"rows that are there keep theirs, and new ones get {rest}"
        notes.append(f"{names}: not in the frame, so {changed if asked.mode == 'upsert' else rest}")
    return Matched(fits=fits, keys=keys_of(asked, columns), notes=tuple(notes))


def keys_of(asked: WriteAsked, columns: Sequence[str]) -> tuple[str, ...]:
    """The keys of an upsert as columns are named. Raises UsageError for one that is none."""
    by_lower = {name.lower(): name for name in columns}
    found = tuple(by_lower.get(key.lower(), "") for key in asked.keys)
    if "" in found:
        raise UsageError(
            f"upsertKeys {list(asked.keys)}: the frame has no column "
            f"{listed([key for key in asked.keys if key.lower() not in by_lower])}. It has {listed(columns)}"
        )
    return found


def refuse_nested(asked: WriteAsked) -> None:
    """Raises UsageError for names that differ by case only, UnsupportedFeature for columns with parts."""
    names: dict[str, str] = {}
    for name in asked.schema.names:
        if other := names.get(name.lower()):
            raise UsageError(
                f"the frame has the columns {other} and {name}, which are one column of a table: rename one"
            )
        names[name.lower()] = name
    for field in asked.schema:
        if pat.is_nested(field.type) or pat.is_duration(field.type) or pat.is_interval(field.type):
            raise UnsupportedFeature(
                f"the column {field.name} is {field.type}, which no column of {asked.table.full} takes. "
                "Flatten it with relationalize or unnest, or make it text with to_json"
            )


def checked_keys(target: TargetTable, matched_: Matched, product: WrittenProduct) -> None:
    """Raises UsageError if the keys of an upsert tell no two rows of a table apart."""
    keys = frozenset(matched_.keys)
    if not keys or product.upsert == "merge":
        return
    if keys not in {frozenset(one) for one in target.unique}:
        others = listed([f"({', '.join(one)})" for one in target.unique]) if target.unique else "none"
        raise UsageError(
            f"upsertKeys ({', '.join(matched_.keys)}): the table {target.table.full} has no primary key or "
            f"unique index of exactly these columns; it has {others}. Make one: CREATE UNIQUE INDEX … ON "
            f"{target.table.full} ({', '.join(matched_.keys)})"
        )
    others_hit = [one for one in target.unique if frozenset(one) != keys and set(one) & set(matched_.columns)]
    if others_hit and product.upsert == "duplicate":
        raise UsageError(
            f"the table {target.table.full} is also unique by ({', '.join(others_hit[0])}), and MySQL would "
            "change the row that has that value, whatever its keys. Leave that column out of the frame, or "
            "name it in upsertKeys"
        )


def _spelled(data_type: Any, dialect: sa.Dialect) -> str:
    try:
        return str(data_type.compile(dialect=dialect)).lower()
    except sa.exc.CompileError:
        return type(data_type).__name__.lower()


_BEGINNINGS: Final = """
SELECT DISTINCT index_name FROM information_schema.statistics
WHERE table_schema = COALESCE(:place, DATABASE()) AND table_name = :name AND sub_part IS NOT NULL
"""


def _of_beginnings(connection: sa.Connection, table: DatabaseTable, product: str) -> frozenset[str]:
    """The indexes of MySQL that look at the beginnings of texts: they say nothing about whole ones."""
    if product != "mysql":
        return frozenset()
    names = {"place": table.schema or None, "name": table.name}
    return frozenset(connection.execute(sa.text(_BEGINNINGS), names).scalars())


def _is_partial(index: Mapping[str, Any]) -> bool:
    options = index.get("dialect_options") or {}
    return any(name.endswith("_where") and options[name] for name in options)


def _is_filled(column: Mapping[str, Any]) -> bool:
    return (
        column.get("default") is not None
        or column.get("autoincrement") is True
        or column.get("identity") is not None
        or column.get("computed") is not None
    )


def _is_made_up(column: Mapping[str, Any]) -> bool:
    identity = column.get("identity") or {}
    return column.get("computed") is not None or bool(identity.get("always"))


def _is_rowid(columns: Sequence[Mapping[str, Any]], primary: Sequence[str]) -> bool:
    """Whether SQLite fills in a primary key: one column of the type INTEGER."""
    types = {column["name"]: column["type"] for column in columns}
    return len(primary) == 1 and isinstance(types[primary[0]], sa.INTEGER)

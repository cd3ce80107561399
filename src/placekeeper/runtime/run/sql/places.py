"""Where partitions of a table are, and which of them a write replaces, however their values are spelled."""

from collections.abc import Collection, Mapping, Sequence

from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.catalog import TablePartition, TableRef
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.publication import Manifest, NewPartition, PartitionsAdded
from placekeeper.rules.catalog.partition_places import other_place
from placekeeper.rules.catalog.partition_values import NULL_VALUE
from placekeeper.rules.catalog.spellings import spelled_as, typed_value, typed_values
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.sql.names import Name
from placekeeper.runtime.run.sql.rows import struct_of

Types = Sequence[tuple[str, str]]
"""The partition keys of a table, by name and type."""


def cast_values(
    context: RunContext, table: str, keys: Types, said: Mapping[str, str | None]
) -> list[str | None]:
    """Values that a statement says for all keys, as rows get them: 05 of an int is 5.

    Raises what the engine raises for a text that is not of the type.
    """
    columns = [F.lit(said[key.name]).cast(key.dataType).cast("string") for key in struct_of(table, keys)]
    row = context.engine.session.range(1).select(*columns).collect()[0]
    return [None if value is None else str(value) for value in row]


def has_values(partition: Sequence[str], keys: Types, said: Mapping[str, str | None]) -> bool:
    """Whether a partition has the values that a statement says for some keys, as values of their types."""
    return all(
        typed_value(partition[place], type) == typed_value(said[key.lower()] or NULL_VALUE, type)
        for place, (key, type) in enumerate(keys)
        if key.lower() in said
    )


def spelled_otherwise(
    known: Sequence[TablePartition], written: Collection[tuple[str, ...]], keys: Types
) -> list[TablePartition]:
    """The partitions with values that are written, in another spelling: month=05 beside month=5."""
    types = [type for _, type in keys]
    wanted = spelled_as(list(written), types)
    return [one for one in known if one.values not in written and typed_values(one.values, types) in wanted]


def registered(context: RunContext, name: Name) -> Sequence[TablePartition]:
    """The partitions of a table."""
    return context.client.table(TableRef(database=name[0], name=name[1])).partitions or ()


def place_of(context: RunContext, partition: TablePartition) -> str:
    """The folder of a partition, with a slash at its end."""
    return f"{context.objects.literal(_location(partition)).rstrip('/')}/"


def added(effects: Manifest) -> list[NewPartition]:
    """The partitions that a write has filled."""
    return [one for effect in effects if isinstance(effect, PartitionsAdded) for one in effect.partitions]


def check_places(
    context: RunContext, name: Name, filled: Sequence[NewPartition], known: Sequence[TablePartition]
) -> None:
    """Refuse to fill or empty a partition that is registered elsewhere: its readers would not see it."""
    specs = {one.values: one.spec for one in known}
    for one in filled:
        place = other_place(specs.get(one.values) or {}, one.location, context.objects.literal)
        if place:
            raise UnsupportedFeature(
                f"the partition {list(one.values)} of {'.'.join(name)} is registered at {place}, "
                f"and rows would go to {one.location}, where no reader of the table looks. "
                "Register it there (UpdatePartition), or write the files with df.write. Nothing "
                "was written"
            )


def refuse_outside(context: RunContext, name: Name, root: str, known: Sequence[TablePartition]) -> None:
    """Refuse to replace partitions that are not in the table's folder: their rows would stay."""
    for one in known:
        if not place_of(context, one).startswith(root):
            raise UnsupportedFeature(
                f"{'.'.join(name)} is not overwritten: its partition {list(one.values)} is at "
                f"{_location(one)}, outside the table's folder. Take it out (ALTER TABLE … DROP PARTITION). "
                "Nothing was written"
            )


def _location(partition: TablePartition) -> str:
    return str((partition.spec.get("StorageDescriptor") or {}).get("Location") or "")

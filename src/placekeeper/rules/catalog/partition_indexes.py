"""Partition indexes of a table, as AWS limits them. Here they are kept and shown: searches need none."""

from collections.abc import Sequence
from typing import Final

from placekeeper.model.catalog import PartitionIndex
from placekeeper.model.errors import (
    AlreadyExistsException,
    InvalidInputException,
    ResourceNumberLimitExceededException,
)
from placekeeper.model.wording import listed
from placekeeper.rules.catalog.partition_values import base_type

MOST: Final = 3
"""How many indexes a table may have."""

TYPES: Final = ("string", "char", "varchar", "int", "bigint", "long", "tinyint", "smallint", "date")
"""The types of keys that an index may have."""


def with_index(
    known: Sequence[PartitionIndex], index: PartitionIndex, keys: Sequence[tuple[str, str]]
) -> tuple[PartitionIndex, ...]:
    """The indexes of a table with these partition keys (name and type), and one more.

    Raises AlreadyExistsException for a name that is taken, ResourceNumberLimitExceededException, and
    InvalidInputException for keys that cannot be indexed.
    """
    if any(each.name == index.name for each in known):
        raise AlreadyExistsException(f"Index with the given indexName : {index.name} already exists")
    if len(known) >= MOST:
        raise ResourceNumberLimitExceededException(
            f"The table has {MOST} partition indexes, which is the most. Delete one of them first."
        )
    check_keys(index, keys)
    return (*known, index)


def check_keys(index: PartitionIndex, keys: Sequence[tuple[str, str]]) -> None:
    """Raises InvalidInputException unless an index has different partition keys of types it may have."""
    types = {name.lower(): base_type(type) for name, type in keys}
    if not index.keys or len(set(index.keys)) < len(index.keys):
        raise InvalidInputException(f"The keys of the index {index.name} must be different partition keys.")
    absent = [name for name in index.keys if name not in types]
    if absent:
        raise InvalidInputException(
            f"The index {index.name} names {listed(absent)}, which is no partition key. "
            f"The partition keys are: {', '.join(types) or 'none'}."
        )
    other = [f"{name} ({types[name]})" for name in index.keys if types[name] not in TYPES]
    if other:
        raise InvalidInputException(
            f"The index {index.name} has a key of a type that cannot be indexed: {listed(other)}."
        )

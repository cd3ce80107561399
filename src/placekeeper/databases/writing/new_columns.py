"""The columns of a table that a write makes.

Source: docs/reference/database-writes.md#tables-that-are-made.
"""

from collections.abc import Sequence

from placekeeper.databases.writing.products import WrittenProduct, new_type
from placekeeper.databases.writing.target import keys_of, refuse_nested
from placekeeper.model.errors import UsageError
from placekeeper.model.wording import listed
from placekeeper.ports.databases import WriteAsked


def new_columns(product: WrittenProduct, asked: WriteAsked) -> tuple[tuple[str, str], ...]:
    """The columns of a table that is to be made, with their types. Raises UnsupportedFeature, UsageError."""
    refuse_nested(asked)
    keys = keys_of(asked, asked.schema.names)
    said = {name.lower(): sql_type for name, sql_type in asked.new.columns}
    if unknown := [name for name, _ in asked.new.columns if name.lower() not in _lower(asked.schema.names)]:
        raise UsageError(
            f"createTableColumnTypes names {listed(unknown)}, and the frame has {listed(asked.schema.names)}"
        )
    return tuple(
        (
            field.name,
            said.get(field.name.lower()) or new_type(product, field, is_key=field.name in keys),
        )
        for field in asked.schema
    )


def _lower(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)

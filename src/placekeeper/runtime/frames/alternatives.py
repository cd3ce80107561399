"""The alternatives of one choice: as columns, as a struct, or one of them alone."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.columns import Item, struct_item
from placekeeper.runtime.types.fields import CHOICE_METADATA


def alternatives(choice: Item) -> list[Item]:
    """The alternatives. Which fields their values lack is what the choice's hidden column says."""
    hidden = choice.hidden
    return [
        replace(
            child,
            missing=F.when(child.column.isNotNull(), hidden)
            if hidden is not None and pat.is_nested(child.field.type)
            else None,
        )
        for child in choice.children()
    ]


def alternative(choice: Item, name: str) -> Item:
    """The values of one type under the name of the choice; null where there is a value of another type."""
    found = next(child for child in choice.children() if child.name == name)
    return replace(found.renamed(choice.name), missing=choice.hidden)


def as_columns(choice: Item) -> list[Item]:
    """A column for each type, named `name_type`. A record that lacks the choice lacks all of them."""
    return [
        replace(child.renamed(f"{choice.name}_{child.name}"), missing=choice.hidden)
        for child in choice.children()
    ]


def as_struct(choice: Item) -> Item:
    """A struct with a field for each type."""
    return struct_item(choice.name, alternatives(choice), unless_null=choice)


def with_alternatives(choice: Item, made: Sequence[Item]) -> Item:
    """The choice with other alternatives of the same names."""
    rebuilt = struct_item(choice.name, made, unless_null=choice)
    hidden = choice.hidden
    for child in made:
        if hidden is not None and child.missing is not None:
            hidden = F.when(child.column.isNotNull(), child.missing).otherwise(hidden)
    field = pa.field(choice.name, rebuilt.field.type, metadata=CHOICE_METADATA)
    return replace(rebuilt, field=field, missing=hidden)

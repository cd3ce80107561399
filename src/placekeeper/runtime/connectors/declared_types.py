"""Where files that describe themselves differ from the columns of their catalog table.

Source: docs/reference/awsglue.md#columns-of-tables.
"""

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from placekeeper.model.wording import counted, listed
from placekeeper.rules.catalog.hive_types import (
    ArrayOf,
    HiveType,
    MapOf,
    Single,
    StructOf,
    hive_type,
    is_within,
)
from placekeeper.rules.catalog.partition_values import is_number, is_text
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.hive import catalog_type, is_type
from placekeeper.runtime.types.spark import spark_type
from placekeeper.runtime.types.type_names import named_type

_FILES_SAY: Final = "the files say the types, not the table"
_DIGITS: Final = re.compile(r"decimal\((\d+)")
_EXACT_DIGITS: Final = 15
"""How many digits of a decimal a double keeps."""
_MOST: Final = 5
"""How many columns a sentence names."""


def type_differences(
    declared: Columns, found: pa.Schema, *, by_sql: bool = False, lacks_types: bool = False
) -> list[str]:
    """Sentences about columns that have another type in the files than in the table, or are in none of them.

    A number of a narrower type is no difference. Nothing is said of files without records.
    To SQL, the table says the types: what does not fit is null. With `lacks_types`, the files' format has no
    dates, moments and decimals: then a text or a number is no other type to SQL.
    """
    if not found.names or not declared:
        return []
    there = {field.name.lower(): field for field in found}
    differing = [
        f"{name} is {type} in the table and {_shown(there[name.lower()])} in the files"
        for name, type in declared
        if name.lower() in there and not _is_alike(type, there[name.lower()], spelled=by_sql and lacks_types)
    ]
    absent = [name for name, _ in declared if name.lower() not in there]
    notes = []
    if differing:
        said = "values that do not fit the table's type are null" if by_sql else _FILES_SAY
        notes.append(f"{said}: {_first(differing)}")
    if absent:
        notes.append(
            f"no file that was read has {_first(absent)}: the table's "
            f"{'column is' if len(absent) == 1 else 'columns are'} {'null' if by_sql else 'not in the frame'}"
        )
    return notes


def untold_types(declared: Columns) -> pa.Schema:
    """The columns that records of JSON do not tell: those with a map or bytes in them."""
    return pa.schema(
        [
            pa.field(name, named_type(type))
            for name, type in declared
            if _is_untold(hive_type(type)) and is_type(type)
        ]
    )


def _is_untold(type: HiveType) -> bool:
    match type:
        case MapOf():
            return True
        case ArrayOf():
            return _is_untold(type.item)
        case StructOf():
            return any(_is_untold(inner) for _, inner in type.fields)
    return type.name == "binary"


def _is_alike(type: str, field: pa.Field, *, spelled: bool) -> bool:
    if is_choice(field):
        return False
    return _are_alike(hive_type(type), hive_type(catalog_type(spark_type(field.type))), spelled=spelled)


def _is_spelled(wanted: str, known: str) -> bool:
    """Whether JSON spells values of one type as another."""
    if wanted in ("date", "timestamp"):
        return is_text(known)
    digits = _DIGITS.match(wanted)
    return digits is not None and int(digits[1]) <= _EXACT_DIGITS and is_number(known)


def _are_alike(wanted: HiveType, known: HiveType, *, spelled: bool) -> bool:
    """Whether values of one type are those of another: names in any case, any texts, wider numbers."""
    match wanted, known:
        case (ArrayOf(), ArrayOf()):
            return _are_alike(wanted.item, known.item, spelled=spelled)
        case (MapOf(), MapOf()):
            return _are_alike(wanted.key, known.key, spelled=spelled) and _are_alike(
                wanted.value, known.value, spelled=spelled
            )
        case (StructOf(), StructOf()):
            there = {name.lower(): type for name, type in known.fields}
            return {name.lower() for name, _ in wanted.fields} == there.keys() and all(
                _are_alike(type, there[name.lower()], spelled=spelled) for name, type in wanted.fields
            )
        case (Single(), Single()):
            if spelled and _is_spelled(wanted.name, known.name):
                return True
            if is_text(wanted.name) or wanted == known:
                return known == wanted or is_text(known.name)
            return is_number(wanted.name) and is_number(known.name) and is_within(known.name, wanted.name)
    return False


def _shown(field: pa.Field) -> str:
    if is_choice(field):
        return f"a choice of {listed(child.name for child in field.type.fields)}"
    return catalog_type(spark_type(field.type))


def _first(said: Sequence[str]) -> str:
    more = len(said) - _MOST
    return ", ".join([*said[:_MOST], *([counted(more, "other")] if more > 0 else [])])

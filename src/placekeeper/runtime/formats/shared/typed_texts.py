"""Texts of CSV in the types that a catalog table declares. What does not parse stays a text: a choice."""

from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.rules.decimal_texts import decimals
from placekeeper.runtime.types.fields import choice_field, glue_name, is_choice
from placekeeper.runtime.types.nested import struct_of
from placekeeper.runtime.types.table import TIMESTAMP

_WHOLE: Final = "^[-0-9]+$"
_FLOATING: Final = r"^[-+.0-9a-zA-Z]+$"
_DECIMAL: Final = r"^[-+.0-9eE]+$"
_MOMENT: Final = r"^[-+.:0-9TZ ]+$"
_LEAST: Final = datetime(1, 1, 1, tzinfo=UTC)
_BOOLEAN: Final = r"^[A-Za-z01]+$"


def with_choice(field: pa.Field) -> pa.Field:
    """A declared field as a choice between its type and the texts that are none of it."""
    name = glue_name(field.type)
    return choice_field(field.name, [pa.field(name, field.type), pa.field("string", pa.string())])


def all_parse(texts: pa.Array, field: pa.Field) -> bool:
    """Whether each text is a value of the declared type, or empty."""
    if pat.is_string(field.type):
        return True
    given = _given(texts)
    return bool(_parsed(given, field.type).null_count == given.null_count)


def typed(texts: pa.Array, field: pa.Field) -> pa.Array:
    """Texts as values of a declared field, or of the choice that it became (`with_choice`).

    An empty text is null, unless the field is one of texts. So is one that does not parse, unless the field
    is a choice: then it is there as it stands.
    """
    if pat.is_string(field.type):
        return texts
    given = _given(texts)
    if not is_choice(field):
        return _parsed(given, field.type)
    kinds = {child.name: child.type for child in field.type.fields}
    values = _parsed(given, next(kind for name, kind in kinds.items() if name != "string"))
    rest = pc.if_else(pc.and_(pc.is_null(values), pc.is_valid(given)), texts, pa.scalar(None, pa.string()))
    columns = [rest if name == "string" else values for name in kinds]
    return struct_of(given, columns, field.type)


def _given(texts: pa.Array) -> pa.Array:
    """Texts without the blanks around them; null for empty ones."""
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _parsed(texts: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Values of a type; null for texts that are none."""
    try:
        return _cast(texts, data_type)
    except pa.ArrowInvalid:
        if pat.is_integer(data_type):  # Arrow takes a minus only
            texts = pc.replace_substring_regex(texts, r"^\+([0-9])", r"\1")
        may_be = pc.match_substring_regex(texts, _pattern(data_type))
        return _parts_parsed(pc.if_else(may_be, texts, pa.scalar(None, pa.string())), data_type)


def _parts_parsed(texts: pa.Array, data_type: pa.DataType) -> pa.Array:
    """The same by halves, down to the texts that do not parse: few are left behind the pattern."""
    try:
        return _cast(texts, data_type)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return pa.nulls(1, data_type)
        half = len(texts) // 2
        return pa.concat_arrays(
            [_parts_parsed(texts.slice(0, half), data_type), _parts_parsed(texts.slice(half), data_type)]
        )


def _cast(texts: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Raises ArrowInvalid where a text is not of the type."""
    if pat.is_integer(data_type) and _has_letter_x(texts):
        raise pa.ArrowInvalid("Arrow reads hexadecimal numbers, and Hive does not")
    if data_type == TIMESTAMP:
        values = pc.assume_timezone(texts.cast(pa.timestamp("us")), "UTC")
    elif pat.is_decimal(data_type):
        values = decimals(texts, data_type)
    else:
        values = texts.cast(data_type)
    if pat.is_temporal(data_type) and pc.any(pc.less(values, pa.scalar(_LEAST, values.type))).as_py():
        raise pa.ArrowInvalid("Arrow has years before 1, and Spark's rows do not")
    return values


def _has_letter_x(texts: pa.Array) -> bool:
    return any(pc.any(pc.match_substring(texts, letter)).as_py() for letter in "xX")


def _pattern(data_type: pa.DataType) -> str:
    """What every text of a type matches, and few others do."""
    if pat.is_integer(data_type):
        return _WHOLE
    if pat.is_floating(data_type):
        return _FLOATING
    if pat.is_decimal(data_type):
        return _DECIMAL
    return _BOOLEAN if pat.is_boolean(data_type) else _MOMENT

"""Whether values fit the columns of a table: what does not is named before the database sees it.

Databases would round, cut or pad some of these without a word. Source: docs/reference/database-writes.md.
"""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from msgspec import Struct

from placekeeper.databases.writing.calendar import refuse_other_years, time_text
from placekeeper.databases.writing.casts import Changed, cast_exactly, refuse_decimals, refuse_fractions
from placekeeper.databases.writing.rules import Rule, keep
from placekeeper.model.errors import ValueUnwritable

_SHOWN: Final = 60
_COLUMNS_SHOWN: Final = 4
_KEY: Final = {"placekeeper": "key"}


class Fit(Struct, frozen=True, kw_only=True):
    """What a column takes. `type` is the Arrow type of its values, None for whatever comes.

    `length` is the most characters, `required` says that null is refused. `digits` of a second are kept, and
    `scale` digits of a floating number behind its point. `rule` is what the column does beside its type.
    `any_year` says that dates before the year 1 and after 9999 are written: the database looks at them.
    People find a row by the columns that are `is_key`.
    """

    name: str
    sql_type: str
    type: pa.DataType | None = None
    length: int | None = None
    required: bool = False
    digits: int = 6
    scale: int | None = None
    rule: Rule | None = None
    any_year: bool = False
    is_key: bool = False


def fitted(batch: pa.RecordBatch, fits: Sequence[Fit], first_row: int) -> pa.RecordBatch:
    """The rows in the types of the table's columns. `first_row` counts the rows of the task before them.

    Raises ValueUnwritable, which names column, value and row.
    """
    columns = []
    batch = _named(batch.columns, fits)  # engines number their columns
    for position, fit in enumerate(fits):
        array = batch.column(position)
        if fit.required and array.null_count:
            row = pc.index(pc.is_null(array), True).as_py()
            raise unwritable(batch, row, first_row, f"the column {fit.name} takes no null")
        columns.append(_fitted(batch, position, fit, first_row))
    return _named(columns, fits)


def _named(columns: Sequence[pa.Array], fits: Sequence[Fit]) -> pa.RecordBatch:
    """Columns with the names of the table's; its keys are marked."""
    fields = [
        pa.field(fit.name, column.type, metadata=_KEY if fit.is_key else None)
        for fit, column in zip(fits, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def unwritable(batch: pa.RecordBatch, row: int, first_row: int, why: str) -> ValueUnwritable:
    """Says that a row cannot be written, and shows it by its keys and first columns."""
    places = sorted(range(batch.num_columns), key=lambda place: batch.schema.field(place).metadata is None)
    shown = [f"{batch.schema.names[n]}={_text(batch.column(n), row)}" for n in places[:_COLUMNS_SHOWN]]
    values, more = ", ".join(shown), ", …" if len(places) > len(shown) else ""
    return ValueUnwritable(
        f"row {first_row + row + 1:,} of its task ({values}{more}) cannot be written: {why}. Nothing of the "
        "write is visible. Mend the value, or change the column of the table"
    )


def untaken(
    batch: pa.RecordBatch, row: int, first_row: int, position: int, fit: Fit, why: str
) -> ValueUnwritable:
    """Says that a column does not take the value of a row."""
    value = _text(batch.column(position), row)
    said = f"the column {fit.name} ({fit.sql_type}) does not take {value} exactly{f': {why}' if why else ''}"
    return unwritable(batch, row, first_row, said)


def _fitted(batch: pa.RecordBatch, position: int, fit: Fit, first_row: int) -> pa.Array:
    array = batch.column(position)
    try:
        made = _converted(array, fit)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        row = _first(array, lambda part: _refuses(part, fit))
        why = str(error) if isinstance(error, Changed) else ""
        raise untaken(batch, row, first_row, position, fit, why) from error
    if fit.length is not None and pat.is_string(made.type):
        too_long = pc.greater(pc.utf8_length(made), fit.length)
        if pc.any(too_long).as_py():
            row = pc.index(pc.fill_null(too_long, False), True).as_py()
            raise unwritable(
                batch,
                row,
                first_row,
                f"the column {fit.name} takes {fit.length:,} characters, and {_text(array, row)} has "
                f"{pc.utf8_length(made)[row].as_py():,}",
            )
    return made


def _converted(array: pa.Array, fit: Fit) -> pa.Array:
    """Raises pa.ArrowInvalid or pa.ArrowNotImplementedError for a value that the column would change."""
    if fit.type is None:
        made = array
    elif fit.rule is not None and fit.rule.name == "year" and pat.is_date(array.type):
        made = _years(array)
    elif pat.is_timestamp(fit.type) and pat.is_string(array.type):
        made = cast_exactly(array, pa.timestamp("us", fit.type.tz))
    else:
        made = cast_exactly(array, fit.type)
    if not fit.any_year:
        refuse_other_years(made)
    if pat.is_temporal(made.type) and not pat.is_date(made.type):
        refuse_fractions(made, fit.digits)
    if fit.scale is not None and pat.is_floating(made.type):
        refuse_decimals(made, fit.scale)
    if fit.rule is not None:
        keep(made, fit.rule)
    return made


def _years(array: pa.Array) -> pa.Array:
    """A year is read as its first day."""
    if pc.any(pc.not_equal(pc.day_of_year(array), 1)).as_py():
        raise Changed("it is not the first day of a year")
    return pc.cast(pc.year(array), pa.int16())


def _refuses(part: pa.Array, fit: Fit) -> bool:
    try:
        _converted(part, fit)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return True
    return False


def _first(array: pa.Array, is_wrong: Any) -> int:
    """The first place at which an array is wrong, which it is."""
    begin, end = 0, len(array)
    while end - begin > 1:
        middle = (begin + end) // 2
        if is_wrong(array.slice(begin, middle - begin)):
            end = middle
        else:
            begin = middle
    return begin


def _text(array: pa.Array, row: int) -> str:
    value = array[row]
    said = "null" if not value.is_valid else repr(time_text(value) or str(value))
    return f"{said[:_SHOWN]}…" if len(said) > _SHOWN else said

"""Casts of whole columns of texts, in the tasks that read them: what is surely a value, and what is left.

Engines cast texts value by value, behind patterns (casts.py). Most texts are spelled in the plain way that
every engine reads alike. Arrow casts those at once. What is spelled in another way is left to the engine, so
that the answer is always the engine's.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.rules.decimal_texts import decimals
from placekeeper.runtime.types.table import LOCAL_TIMESTAMP, TIMESTAMP

_DIGITS: Final = b"0123456789"
_DIGITS_OF: Final = {pa.int8(): 2, pa.int16(): 4, pa.int32(): 9, pa.int64(): 18}
"""So many digits fit each whole type."""

_MOMENT_LENGTHS: Final = frozenset({10, 19, *range(21, 27), None})
"""Of dates, of moments, of moments with one to six digits behind the second, and of null."""
_ZONED_LENGTHS: Final = frozenset({20, *range(22, 28), None})
"""Of moments that end in Z."""
_YEAR_ONE: Final = -719_162
"""The first of January of the year 1, in days."""
_DAY_LENGTH: Final = 86_400_000_000
"""In microseconds."""

_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FLOATING: Final = r"^[-+]?[0-9]{1,25}(\.[0-9]{0,40})?([eE](-[0-9]{1,2}|\+?[0-9]))?$"


class TextCast(NamedTuple):
    """A cast of the column at a place to a type; the column holds texts.

    With `is_utc`, moments are those of UTC. Otherwise they have no zone, until an engine gives them its own.
    """

    place: int
    type: pa.DataType
    is_utc: bool

    @property
    def names(self) -> tuple[str, str]:
        """The columns that it makes in an engine: the values, and the texts that are left."""
        kind = str(self.type).translate(_PLAIN)
        return f"t{self.place}{kind}", f"r{self.place}{kind}"

    @property
    def made(self) -> pa.DataType:
        """The type of the values."""
        return LOCAL_TIMESTAMP if self.type == TIMESTAMP and not self.is_utc else self.type


_PLAIN: Final = str.maketrans(dict.fromkeys("()[], =", "_"))


def is_castable(data_type: pa.DataType) -> bool:
    """Whether texts are cast to a type here."""
    return bool(
        data_type in _DIGITS_OF
        or pat.is_float32(data_type)
        or pat.is_float64(data_type)
        or pat.is_decimal128(data_type)
        or pat.is_date32(data_type)
        or data_type == TIMESTAMP
    )


def with_casts(batch: pa.RecordBatch, places: Sequence[int], casts: Sequence[TextCast]) -> list[pa.Array]:
    """The two columns of each cast; `places` are those of the cast columns in the batch."""
    return [
        column
        for place, cast in zip(places, casts, strict=True)
        for column in sure_values(batch.column(place), cast.made)
    ]


def sure_values(texts: pa.Array, data_type: pa.DataType) -> tuple[pa.Array, pa.Array]:
    """The values of texts in a type, and the texts that may be values as well.

    A text is in one of the two at most. An empty text is in neither: it is no value.
    """
    nothing_left = pa.nulls(len(texts), pa.string())
    values = _all_cast(texts, data_type)
    if values is not None:
        return values, nothing_left
    given = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    values = _all_cast(given, data_type)
    if values is not None:
        return values, nothing_left
    is_sure = pc.fill_null(pc.match_substring_regex(given, _pattern(data_type)), False)
    sure = pc.if_else(is_sure, given, pa.scalar(None, pa.string()))
    values = _all_cast(sure, data_type)
    if values is None:  # such as a 30th of February
        return pa.nulls(len(texts), data_type), given
    return values, pc.if_else(is_sure, pa.scalar(None, pa.string()), given)


def _all_cast(texts: pa.Array, data_type: pa.DataType) -> pa.Array | None:
    """All texts as values; None unless each is null, or spelled in a way that is surely read alike."""
    spelled = _bytes_of(texts)
    is_moment = pat.is_timestamp(data_type)
    zoned = is_moment and data_type != LOCAL_TIMESTAMP and spelled.endswith(b"Z")
    if zoned:  # before a Z, Arrow takes no other spellings of these lengths
        if not pc.all(pc.ends_with(texts, "Z")).as_py():
            return None
    elif spelled.translate(None, _letters(data_type)):
        return None
    try:
        if pat.is_decimal(data_type):
            values = decimals(texts, data_type)
        else:
            values = texts.cast(LOCAL_TIMESTAMP if is_moment and not zoned else data_type)
    except pa.ArrowInvalid:
        return None
    if not _are_sure(texts, values, zoned):
        return None
    return values.view(data_type) if is_moment else values


def _are_sure(texts: pa.Array, values: pa.Array, zoned: bool) -> bool:
    """Whether days and moments are in the years that every engine has, moments spelled as usual, and numbers
    finite."""
    if pat.is_floating(values.type):
        return not pc.any(pc.is_inf(values)).as_py()
    if pat.is_date(values.type):
        return _is_least(values.view(pa.int32()), _YEAR_ONE)
    if pat.is_timestamp(values.type):
        lengths = pc.binary_length(texts)
        span = pc.min_max(lengths)
        few = pc.unique(lengths) if span["min"] != span["max"] else [span["min"]]
        known = _ZONED_LENGTHS if zoned else _MOMENT_LENGTHS
        return known.issuperset(length.as_py() for length in few) and _is_least(
            values.view(pa.int64()), _YEAR_ONE * _DAY_LENGTH
        )
    return True


def _is_least(numbers: pa.Array, bound: int) -> bool:
    least = pc.min(numbers).as_py()
    return least is None or least >= bound


def _letters(data_type: pa.DataType) -> bytes:
    """The characters of plain spellings."""
    if pat.is_date(data_type) or pat.is_integer(data_type):
        return _DIGITS + b"-"
    if pat.is_floating(data_type):
        return _DIGITS + b"-+.eE"
    if pat.is_timestamp(data_type):
        return _DIGITS + b"-: .T"
    return _DIGITS + b"-."


def _pattern(data_type: pa.DataType) -> str:
    """What matches plain spellings alone, each of which Arrow casts, if there is such a day."""
    if pat.is_integer(data_type):
        return f"^-?[0-9]{{1,{_DIGITS_OF[data_type]}}}$"
    if pat.is_floating(data_type):
        return _FLOATING
    if pat.is_decimal(data_type):
        whole, scale = data_type.precision - data_type.scale, data_type.scale
        fraction = rf"(\.[0-9]{{1,{scale}}})?" if scale > 0 else ""
        return f"^-?[0-9]{{1,{whole}}}{fraction}$" if whole > 0 and scale >= 0 else "^$"
    if pat.is_date(data_type):
        return f"^{_DAY}$"
    return rf"^{_DAY}([ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?)?$"


def _bytes_of(texts: pa.Array) -> bytes:
    """The bytes of all texts, one behind the other. Those under nulls may be among them."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return b""
    ends = memoryview(offsets).cast("i")
    return bytes(memoryview(data)[ends[texts.offset] : ends[texts.offset + len(texts)]])

"""Columns as texts of JSON, each column at once. Only what is rare is spelled value by value."""

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.formats.shared.text import (
    concatenated,
    java_double,
    respelled,
    text_column,
    with_point,
)
from placekeeper.runtime.types.nulls import unsliced

_TEXT: Final = pa.large_string()  # texts of a batch may be more than the 2 GB of a string column
_ESCAPED: Final = r'["\\\x00-\x1f]'
_PLAIN_FROM: Final = 1e-5
_PLAIN_BELOW: Final = 1e15


class KeyTwice(Exception):
    """Two keys of a map have one text."""

    def __init__(self, column: str, key: str) -> None:
        super().__init__(column, key)
        self.column, self.key = column, key


@dataclass(frozen=True)
class ColumnTexts:
    """How values become JSON. `dates` spells columns of dates and timestamps, by their name.

    `omits_nulls` says whether the fields of an object that are null are left out.
    """

    dates: Callable[[pa.Array, str], pa.Array] = text_column
    omits_nulls: bool = True

    def objects(self, batch: pa.RecordBatch) -> pa.Array:
        """The rows as objects of JSON. Raises KeyTwice."""
        return self._object(batch.schema.names, batch.columns, batch.num_rows)

    def of(self, array: pa.Array, name: str) -> pa.Array:
        """The values as JSON; null stays null. `name` is the column that errors name. Raises KeyTwice."""
        if pat.is_struct(array.type):
            texts = self._object([field.name for field in array.type.fields], array.flatten(), len(array))
            return _null_where_null(texts, array)
        if pat.is_map(array.type):
            whole = unsliced(array)
            texts = _joined("{", self._pairs(whole, name), whole.offsets, "}")
            return _null_where_null(texts, whole)
        if pat.is_list(array.type):
            whole = unsliced(array)
            values = pc.fill_null(self.of(whole.values, name), "null")
            return _null_where_null(_joined("[", values, whole.offsets, "]"), whole)
        bare = self._bare(array, name)
        if pat.is_floating(array.type):
            return pc.if_else(pc.is_finite(array), bare, concatenated('"', bare, '"'))
        if pat.is_integer(array.type) or pat.is_boolean(array.type) or pat.is_decimal(array.type):
            return bare
        return _quoted(bare)

    def _object(self, names: Sequence[str], columns: Sequence[pa.Array], rows: int) -> pa.Array:
        fields = []
        for name, column in zip(names, columns, strict=True):
            text = self.of(column, name)
            if not self.omits_nulls:
                text = pc.fill_null(text, "null")
            fields.append(concatenated(f",{_json_string(name)}:", text))
        if not fields:
            return pa.repeat(pa.scalar("{}", _TEXT), rows)
        empty = pa.scalar("", _TEXT)
        joined = pc.binary_join_element_wise(*fields, empty, null_handling="replace", null_replacement="")
        return concatenated(pc.binary_replace_slice(joined, 0, len(","), "{"), "}")

    def _pairs(self, maps: pa.Array, name: str) -> pa.Array:
        keys = self._bare(maps.keys, name)
        _refuse_twice(keys, maps, name)
        items = pc.fill_null(self.of(maps.items, name), "null")
        return concatenated(_quoted(keys), ":", items)

    def _bare(self, array: pa.Array, name: str) -> pa.Array:
        """What stands for single values, without the quotes around it."""
        if pat.is_binary(array.type):
            encoded = [None if one is None else base64.b64encode(one).decode() for one in array.to_pylist()]
            return pa.array(encoded, _TEXT)
        if pat.is_floating(array.type):
            return _numbers(array).cast(_TEXT)
        if pat.is_date(array.type) or pat.is_timestamp(array.type):
            return self.dates(array, name).cast(_TEXT)
        return text_column(array, name).cast(_TEXT)


def _numbers(array: pa.Array) -> pa.Array:
    """Floats as msgspec spells them; a name, such as `NaN`, where they are no numbers."""
    texts, sizes = array.cast(pa.string()), pc.abs(array.cast(pa.float64()))
    is_plain = pc.and_(pc.greater_equal(sizes, _PLAIN_FROM), pc.less(sizes, _PLAIN_BELOW))
    other = pc.invert(pc.or_(is_plain, pc.equal(sizes, 0.0)))
    return with_point(respelled(texts, other, array, _number))


def _number(value: float, digits: str) -> str:
    return msgspec.json.encode(float(digits)).decode() if math.isfinite(value) else java_double(value)


def _json_string(value: str) -> str:
    return msgspec.json.encode(value).decode()


def _quoted(texts: pa.Array) -> pa.Array:
    """Texts as strings of JSON."""
    quoted = concatenated('"', texts, '"')
    return respelled(
        quoted, pc.match_substring_regex(texts, _ESCAPED), texts, lambda text, _: _json_string(text)
    )


def _joined(begin: str, texts: pa.Array, offsets: pa.Array, end: str) -> pa.Array:
    lists = pa.ListArray.from_arrays(offsets, texts)
    return concatenated(begin, pc.binary_join(lists, pa.scalar(",", _TEXT)), end)


def _null_where_null(texts: pa.Array, array: pa.Array) -> pa.Array:
    return pc.if_else(array.is_valid(), texts, pa.scalar(None, _TEXT)) if array.null_count else texts


def _refuse_twice(keys: pa.Array, maps: pa.Array, name: str) -> None:
    """Raise KeyTwice for a key that one map has twice."""
    offsets = maps.offsets.to_numpy()
    owners = np.repeat(np.arange(len(maps)), np.diff(offsets))
    there = pa.table([owners, keys[offsets[0] : offsets[-1]]], ["map", "key"])
    if maps.null_count:
        there = there.filter(maps.is_valid().take(pa.array(owners)))
    counts = there.group_by(["map", "key"]).aggregate([([], "count_all")])
    twice = counts.filter(pc.greater(counts["count_all"], 1)).sort_by("map")
    if twice.num_rows:
        raise KeyTwice(name, twice["key"][0].as_py())

"""Columns as texts of JSON, each column at once. Only what is rare is spelled value by value."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.formats.shared.doubles import json_doubles, json_numbers, mended
from placekeeper.runtime.formats.shared.text import concatenated, respelled, text_column
from placekeeper.runtime.formats.shared.text_bytes import TextBytes
from placekeeper.runtime.types.nulls import unsliced

_TEXT: Final = pa.large_string()  # texts of a batch may be more than the 2 GB of a string column
_ESCAPED: Final = r'["\\\x00-\x1f]'


class KeyTwice(Exception):
    """Two keys of a map have one text."""

    def __init__(self, column: str, key: str) -> None:
        super().__init__(column, key)
        self.column, self.key = column, key


@dataclass(frozen=True)
class _Spelled:
    """Values as JSON, without the quote that stands before and behind each."""

    texts: pa.Array
    quote: str = ""

    def whole(self) -> pa.Array:
        return concatenated(self.quote, self.texts, self.quote) if self.quote else self.texts


@dataclass(frozen=True)
class ColumnTexts:
    """How values become JSON. `dates` spells columns of dates and timestamps, by their name.

    `omits_nulls` says whether the fields of an object that are null are left out.
    """

    dates: Callable[[pa.Array, str], pa.Array] = text_column
    omits_nulls: bool = True

    def objects(self, batch: pa.RecordBatch, end: str = "") -> pa.Array:
        """The rows as objects of JSON, each with `end` behind it. Raises KeyTwice."""
        return self._object(batch.schema.names, batch.columns, batch.num_rows, end)

    def of(self, array: pa.Array, name: str) -> pa.Array:
        """The values as JSON; null stays null. `name` is the column that errors name. Raises KeyTwice."""
        return self._spelled(array, name).whole()

    def _spelled(self, array: pa.Array, name: str) -> "_Spelled":
        if pat.is_struct(array.type):
            texts = self._object([field.name for field in array.type.fields], array.flatten(), len(array))
            return _Spelled(_null_where_null(texts, array))
        if pat.is_map(array.type):
            whole = unsliced(array)
            texts = _joined("{", self._pairs(whole, name), whole.offsets, "}")
            return _Spelled(_null_where_null(texts, whole))
        if pat.is_list(array.type):
            whole = unsliced(array)
            values = pc.fill_null(self.of(whole.values, name), "null")
            return _Spelled(_null_where_null(_joined("[", values, whole.offsets, "]"), whole))
        bare = self._bare(array, name)
        if pat.is_floating(array.type):
            names = pc.invert(pc.is_finite(array))
            return _Spelled(mended(bare, names, lambda named: concatenated('"', named, '"')))
        if pat.is_integer(array.type) or pat.is_boolean(array.type) or pat.is_decimal(array.type):
            return _Spelled(bare)
        return _Spelled(_escaped(bare), '"')

    def _object(
        self, names: Sequence[str], columns: Sequence[pa.Array], rows: int, end: str = ""
    ) -> pa.Array:
        """The objects are joined of constants and columns; a field that may be left out is one column."""
        if not names:
            return pa.repeat(pa.scalar("{}" + end, _TEXT), rows)
        parts: list[str | pa.Array] = []
        constant, begins = "", True
        for place, (name, column) in enumerate(zip(names, columns, strict=True)):
            field = f"{_json_string(name)}:"
            before = f"{constant},{field}" if place else "{" + field
            numbers = json_numbers(column, before)
            if numbers is not None:
                parts.append(numbers.cast(_TEXT))
                constant = ""
                continue
            spelled = self._spelled(column, name)
            if spelled.texts.null_count and self.omits_nulls:
                begins = begins and place > 0
                parts += [constant, concatenated(f",{field}{spelled.quote}", spelled.texts, spelled.quote)]
                constant = ""
                continue
            if spelled.texts.null_count:
                spelled = _Spelled(pc.fill_null(spelled.whole(), "null"))
            parts += [before + spelled.quote, spelled.texts]
            constant = spelled.quote
        if begins:
            return concatenated(*parts, constant + "}" + end, null="")
        fields = concatenated(*parts, constant, null="")  # each has a comma, as the first may be left out
        return concatenated(pc.binary_replace_slice(fields, 0, len(","), "{"), "}" + end)

    def _pairs(self, maps: pa.Array, name: str) -> pa.Array:
        keys = self._bare(maps.keys, name)
        _refuse_twice(keys, maps, name)
        items = pc.fill_null(self.of(maps.items, name), "null")
        return concatenated('"', _escaped(keys), '":', items)

    def _bare(self, array: pa.Array, name: str) -> pa.Array:
        """What stands for single values, without the quotes around it."""
        if pat.is_binary(array.type):
            encoded = [None if one is None else base64.b64encode(one).decode() for one in array.to_pylist()]
            return pa.array(encoded, _TEXT)
        if pat.is_floating(array.type):
            return json_doubles(array).cast(_TEXT)
        if pat.is_date(array.type) or pat.is_timestamp(array.type):
            return self.dates(array, name).cast(_TEXT)
        return text_column(array, name).cast(_TEXT)


def _json_string(value: str) -> str:
    return msgspec.json.encode(value).decode()


def _escaped(texts: pa.Array) -> pa.Array:
    """Texts as they are between the quotes of JSON."""
    looked = TextBytes(texts)
    if not (looked.holds('"\\') or looked.holds_below(ord(" "))):
        return texts
    escaped = pc.match_substring_regex(texts, _ESCAPED)
    return respelled(texts, escaped, texts, lambda text, _: _json_string(text)[1:-1])


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

"""Rows of Arrow as records of Python, column by column.

A choice is its value, a timestamp is naive UTC, a map is a dict.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.frames.records import DynamicRecord
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.missing_fields import ITSELF, NOTHING_MISSING, Missing, without_missing

Values = list[Any]
Decode = Callable[[pa.Array], Values]

_YEARS: Final = {  # Python's dates have no others
    "us": tuple(np.datetime64(moment, "us") for moment in (datetime.min, datetime.max)),
    "D": tuple(np.datetime64(day, "D") for day in (date.min, date.max)),
}


class RecordDecoder:
    """Makes records of batches of one schema. `missing` says where their hidden columns are."""

    def __init__(self, schema: pa.Schema, missing: Missing = NOTHING_MISSING) -> None:
        self.names = list(schema.names)
        self._decoders = [_decoder(field) for field in schema]
        self._nulls = sorted(missing.nulls)
        self._listed = sorted(missing.listed)

    def columns(self, batch: pa.RecordBatch | pa.Table) -> list[Values]:
        """The values of each field; a field that is missing is None here."""
        whole = batch.combine_chunks() if isinstance(batch, pa.Table) else batch
        return [
            values
            for place, decode in enumerate(self._decoders)
            for values in (_decoded(whole.column(place), decode),)
        ]

    def records(self, batch: pa.RecordBatch | pa.Table) -> Iterator[dict[str, Any]]:
        """The rows of a batch. A field that is null is there, as None; one that is missing is not there."""
        return self._made(dict, self.columns(batch), batch)

    def dynamic_records(self, columns: Sequence[Values], batch: pa.RecordBatch) -> Iterator[DynamicRecord]:
        """The rows as a script's functions get them: `columns` of a batch as records with attributes."""
        shown = [_dynamic(values) for values in columns]
        return self._made(DynamicRecord, shown, batch)

    def _made(
        self, make: Callable[..., Any], columns: Sequence[Values], batch: pa.RecordBatch | pa.Table
    ) -> Iterator[Any]:
        if not columns:
            return (make() for _ in range(batch.num_rows))
        names = self.names
        records = (make(zip(names, row)) for row in zip(*columns))  # noqa: B905 - as many, for each record
        return self._without_missing(records, batch)

    def _without_missing(self, records: Iterator[Any], batch: pa.RecordBatch | pa.Table) -> Iterator[Any]:
        null_names = [self.names[place] for place in self._nulls if batch.column(place).null_count]
        hidden = [batch.column(len(self.names) + index) for index in range(len(self._listed))]
        listed = [
            (self.names[place], column.to_pylist())
            for place, column in zip(self._listed, hidden, strict=True)
            if column.null_count < batch.num_rows
        ]
        if not (null_names or listed):
            return records
        return self._lacking(records, null_names, listed)

    def _lacking(
        self, records: Iterator[Any], null_names: list[str], listed: list[tuple[str, list[str | None]]]
    ) -> Iterator[Any]:
        for place, record in enumerate(records):
            for name in null_names:
                if record[name] is None:
                    del record[name]
            for name, column in listed:
                paths = column[place]
                if paths == ITSELF:
                    del record[name]
                elif paths is not None:
                    without_missing(record[name], paths)
            yield record


def _dynamic(values: Values) -> Values:
    """The same values; dicts among them have attributes."""
    if dict not in set(map(type, values)):
        return values
    return [DynamicRecord(value) if type(value) is dict else value for value in values]


def _decoded(column: pa.Array | pa.ChunkedArray, decode: Decode) -> Values:
    if isinstance(column, pa.ChunkedArray):
        return [value for chunk in column.chunks for value in decode(chunk)]
    return decode(column)


def _decoder(field: pa.Field) -> Decode:
    """The decoder of a column of `field`."""
    data_type = field.type
    if is_choice(field):
        return _Choice(data_type)
    if pat.is_struct(data_type):
        return _Struct(data_type)
    if pat.is_map(data_type):
        return _Map(data_type)
    if pat.is_list(data_type):
        return _List(data_type)
    if pat.is_timestamp(data_type):
        return _moments
    if pat.is_date32(data_type):
        return lambda array: _dated(array, "D")
    return _values


def _values(array: pa.Array) -> Values:
    values: Values = array.to_pylist()
    return values


def _moments(array: pa.Array) -> Values:
    if array.type.unit == "us":
        return _dated(array, "us")
    return [_naive(value) for value in array.to_pylist()]


def _dated(array: pa.Array, unit: str) -> Values:
    """Dates or moments of a column. Raises what Arrow raises for years that Python does not have."""
    moments = array.to_numpy(zero_copy_only=False)  # a null is not a time
    first, last = _YEARS[unit]
    if not (moments[(moments < first) | (moments > last)]).size:
        values: Values = moments.tolist()
        return values
    return [_naive(value) for value in array.to_pylist()]


def _naive(value: Any) -> Any:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return value
    return value.astimezone(UTC).replace(tzinfo=None)


class _Choice:
    """The alternative that is there."""

    def __init__(self, data_type: pa.DataType) -> None:
        self._children = [_decoder(child) for child in data_type.fields]

    def __call__(self, array: pa.Array) -> Values:
        columns = [decode(child) for decode, child in zip(self._children, array.flatten(), strict=True)]
        return [
            next((value for value in row if value is not None), None) for row in zip(*columns, strict=True)
        ]


class _Struct:
    """Dicts of the fields."""

    def __init__(self, data_type: pa.DataType) -> None:
        self._names = [child.name for child in data_type.fields]
        self._children = [_decoder(child) for child in data_type.fields]

    def __call__(self, array: pa.Array) -> Values:
        names = self._names
        if not names:
            return _values(array)
        columns = [decode(child) for decode, child in zip(self._children, array.flatten(), strict=True)]
        rows = zip(*columns, strict=True)
        if not array.null_count:
            return [dict(zip(names, row)) for row in rows]  # noqa: B905 - as many, for each record
        there = array.is_valid().to_pylist()
        return [
            dict(zip(names, row)) if is_there else None  # noqa: B905 - as many, for each record
            for is_there, row in zip(there, rows, strict=True)
        ]


class _List:
    """Lists of the elements."""

    def __init__(self, data_type: pa.DataType) -> None:
        self._element = _decoder(data_type.value_field)

    def __call__(self, array: pa.Array) -> Values:
        elements = iter(self._element(array.flatten()))  # without what lies below nulls
        return [
            None if length is None else list(islice(elements, length))
            for length in array.value_lengths().to_pylist()
        ]


class _Map:
    """Dicts of the entries."""

    def __init__(self, data_type: pa.DataType) -> None:
        self._item = _decoder(data_type.item_field)

    def __call__(self, array: pa.Array) -> Values:
        offsets = array.offsets.to_pylist()
        first, last = offsets[0], offsets[-1]
        keys = array.keys.slice(first, last - first).to_pylist()
        items = self._item(array.items.slice(first, last - first))
        there = array.is_valid().to_pylist()
        return [
            dict(zip(keys[begin - first : end - first], items[begin - first : end - first], strict=True))
            if is_there
            else None
            for is_there, begin, end in zip(there, offsets, offsets[1:], strict=False)
        ]

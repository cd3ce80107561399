"""Records as Python sees them: Arrow rows to dicts for a script's functions, and back."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.missing_fields import (
    ITSELF,
    NOTHING_MISSING,
    Missing,
    hidden_of,
    missing_paths,
    without_missing,
)
from placekeeper.runtime.types.nulls import null_below_null

Convert = Callable[[Any], Any]


class DynamicRecord(dict[str, Any]):
    """A record: a dict whose keys are attributes too; a missing one is a KeyError.

    Source: docs/reference/awsglue.md#missing-field.
    """

    def __getattr__(self, attr: str) -> Any:
        if attr.startswith("__"):  # what copy and pickle probe for
            raise AttributeError(attr)
        return self[attr]

    def __setattr__(self, attr: str, value: Any) -> None:
        self[attr] = value


def dynamic_record(values: dict[str, Any]) -> DynamicRecord:
    """A record with attribute access, also to the dicts right inside it."""
    return DynamicRecord(
        (name, DynamicRecord(value) if type(value) is dict else value) for name, value in values.items()
    )


def plain(value: Any) -> Any:
    """Dicts for records, all the way down."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


class RecordDecoder:
    """Arrow batches to dicts: a choice is its value, a timestamp is naive UTC, a map is a dict."""

    def __init__(self, schema: pa.Schema, missing: Missing = NOTHING_MISSING) -> None:
        self._names = list(schema.names)
        self._converts = [_decode(field) for field in schema]
        self._nulls = sorted(missing.nulls)
        self._listed = sorted(missing.listed)

    def records(self, batch: pa.RecordBatch | pa.Table) -> Iterator[dict[str, Any]]:
        """The rows of a batch. A field that is null is there, as None; one that is missing is not there."""
        names = self._names
        if not names:
            yield from ({} for _ in range(batch.num_rows))
            return
        columns = [
            values if convert is None else [None if value is None else convert(value) for value in values]
            for convert, values in zip(
                self._converts, (batch.column(place).to_pylist() for place in range(len(names))), strict=True
            )
        ]
        records = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        yield from self._without_missing(records, batch)

    def _without_missing(
        self, records: Iterator[dict[str, Any]], batch: pa.RecordBatch | pa.Table
    ) -> Iterator[dict[str, Any]]:
        null_names = [self._names[place] for place in self._nulls]
        listed_names = [self._names[place] for place in self._listed]
        hidden = [batch.column(len(self._names) + place).to_pylist() for place in range(len(self._listed))]
        for record, *listed in zip(records, *hidden, strict=True):
            for name in null_names:
                if record[name] is None:
                    del record[name]
            for name, paths in zip(listed_names, listed, strict=True):
                if paths == ITSELF:
                    del record[name]
                elif paths is not None:
                    without_missing(record[name], paths)
            yield record


def _decode(field: pa.Field) -> Convert | None:
    """The decoder of a value that is not None; None where no decoding is needed."""
    data_type = field.type
    if is_choice(field):
        children = [(child.name, _decode(child)) for child in data_type.fields]
        return lambda value: _chosen(value, children)
    if pat.is_timestamp(data_type):
        return _naive
    if pat.is_struct(data_type):
        return _decode_struct(data_type)
    if pat.is_map(data_type):
        return _decode_map(data_type)
    if pat.is_list(data_type):
        element = _decode(data_type.value_field)
        if element is None:
            return None
        return lambda value: [None if inner is None else element(inner) for inner in value]
    return None


def _chosen(value: dict[str, Any], children: list[tuple[str, Convert | None]]) -> Any:
    for name, convert in children:
        inner = value.get(name)
        if inner is not None:
            return inner if convert is None else convert(inner)
    return None


def _naive(value: datetime) -> datetime:
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _decode_struct(data_type: pa.DataType) -> Convert | None:
    converts = {child.name: convert for child in data_type.fields if (convert := _decode(child)) is not None}
    if not converts:
        return None
    return lambda value: {
        name: inner if inner is None or name not in converts else converts[name](inner)
        for name, inner in value.items()
    }


def _decode_map(data_type: pa.DataType) -> Convert:
    convert = _decode(data_type.item_field)
    return lambda value: {
        key: inner if inner is None or convert is None else convert(inner) for key, inner in value
    }


def encode(records: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Dicts to a batch of `schema`, which was gathered from them; what a dict lacks is null.

    Hidden columns of `schema` list what is missing. Raises ValueError, naming the field, for a value that no
    frame can hold.
    """
    arrays = []
    for field in schema:
        about = hidden_of(field)
        if about is not None:
            arrays.append(missing_paths(records, schema.field(about)))
            continue
        convert, name = _encode(field), field.name
        values = [record.get(name) for record in records]
        try:
            made = pa.array([None if v is None else convert(v) for v in values], field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
            raise ValueError(
                f"the field '{field.name}' that the function made cannot be kept: {error}"
            ) from None
        arrays.append(null_below_null(made))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def kind_of(value: Any) -> str:
    """Glue's name for the type of a Python value. Raises TypeError for a value that no field can hold."""
    for kind, types in _KINDS:
        if isinstance(value, types):
            return kind
    raise TypeError(f"a DynamicRecord cannot hold {value!r} of type {type(value).__name__}")


_KINDS: tuple[tuple[str, Any], ...] = (
    ("boolean", bool),
    ("long", int),
    ("double", float),
    ("string", str),
    ("binary", bytes | bytearray),
    ("timestamp", datetime),  # before date: a datetime is a date too
    ("date", date),
    ("decimal", Decimal),
    ("struct", dict),
    ("array", list | tuple | set | frozenset),
)
_HELD_BY = {
    "long": ("long", "int", "short", "byte", "decimal"),
    "double": ("double", "float"),
    "struct": ("struct", "map"),
}


def _encode(field: pa.Field) -> Convert:
    data_type = field.type
    if is_choice(field):
        children = {child.name: (child, _encode(child)) for child in data_type.fields}
        return lambda value: _in_choice(value, children)
    if pat.is_struct(data_type):
        children_of = [(child.name, _encode(child)) for child in data_type.fields]
        return lambda value: {
            name: None if value.get(name) is None else convert(value[name]) for name, convert in children_of
        }
    if pat.is_map(data_type):
        item = _encode(data_type.item_field)
        return lambda value: [(key, None if v is None else item(v)) for key, v in value.items()]
    if pat.is_list(data_type):
        element = _encode(data_type.value_field)
        return lambda value: [None if v is None else element(v) for v in value]
    return lambda value: value


def _in_choice(value: Any, children: dict[str, tuple[pa.Field, Convert]]) -> dict[str, Any]:
    kind = kind_of(value)
    for name in _HELD_BY.get(kind, (kind,)):
        if name in children:
            return {name: children[name][1](value)}
    raise TypeError(f"none of {', '.join(children)} holds {value!r}")

"""Records value by value: decoded, typed and encoded slowly. The reference of the way by columns."""

from datetime import UTC

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.frames.records import kind_of
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.missing_fields import (
    ITSELF,
    NOTHING_MISSING,
    batch_schema,
    hidden_of,
    missing_paths,
    without_missing,
)
from placekeeper.runtime.types.nulls import null_below_null
from placekeeper.runtime.types.occurrence import missing_of
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer


def packed(records, before):
    gatherer = SchemaGatherer(kind_of)
    gatherer.observe_records(records)
    found = gatherer.part(before)
    form = batch_schema(found.remove_metadata(), missing_of(found, [found]))
    return encode(list(records), form).replace_schema_metadata(found.metadata), found


def plain(value):
    """Dicts for records, all the way down."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


class RecordDecoder:
    """Arrow batches to dicts: a choice is its value, a timestamp is naive UTC, a map is a dict."""

    def __init__(self, schema, missing=NOTHING_MISSING):
        self._names = list(schema.names)
        self._converts = [_decode(field) for field in schema]
        self._nulls = sorted(missing.nulls)
        self._listed = sorted(missing.listed)

    def records(self, batch):
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

    def _without_missing(self, records, batch: pa.RecordBatch | pa.Table):
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


def _decode(field):
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


def _chosen(value, children):
    for name, convert in children:
        inner = value.get(name)
        if inner is not None:
            return inner if convert is None else convert(inner)
    return None


def _naive(value):
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _decode_struct(data_type):
    converts = {child.name: convert for child in data_type.fields if (convert := _decode(child)) is not None}
    if not converts:
        return None
    return lambda value: {
        name: inner if inner is None or name not in converts else converts[name](inner)
        for name, inner in value.items()
    }


def _decode_map(data_type):
    convert = _decode(data_type.item_field)
    return lambda value: {
        key: inner if inner is None or convert is None else convert(inner) for key, inner in value
    }


def encode(records, schema):
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


_HELD_BY = {
    "long": ("long", "int", "short", "byte", "decimal"),
    "double": ("double", "float"),
    "struct": ("struct", "map"),
}


def _encode(field):
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


def _in_choice(value, children):
    kind = kind_of(value)
    for name in _HELD_BY.get(kind, (kind,)):
        if name in children:
            return {name: children[name][1](value)}
    raise TypeError(f"none of {', '.join(children)} holds {value!r}")

"""Random Avro files against fastavro: unions of any types, logical types, and files that disagree."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import fastavro
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.avro.reader import AvroReader
from placekeeper.runtime.formats.avro.writer import AvroOutput
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.merging import merge_schemas

NAMES = st.sampled_from(["a", "b", "c", "_d1", "E"])
SINGLE = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Made:
    """Names of types, each once in a schema."""

    def __init__(self) -> None:
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"


def typed(draw: Any, made: Made, depth: int, *, in_union: bool = False) -> Any:
    kinds = [*SINGLE, "enum", "fixed"]
    if depth:
        kinds += ["array", "map", "record"] + ([] if in_union else ["union", "union"])
    kind = draw(st.sampled_from(kinds))
    if kind == "enum":
        return {"type": "enum", "name": made.name(), "symbols": ["X", "Y", "Z"]}
    if kind == "fixed":
        return {"type": "fixed", "name": made.name(), "size": 3}
    if kind == "array":
        return {"type": "array", "items": typed(draw, made, depth - 1)}
    if kind == "map":
        return {"type": "map", "values": typed(draw, made, depth - 1)}
    if kind == "record":
        return recorded(draw, made, depth - 1)
    if kind == "union":
        found = [typed(draw, made, depth - 1, in_union=True) for _ in range(draw(st.integers(1, 4)))]
        kept: dict[str, Any] = {}
        for one in found:
            own = one if isinstance(one, str) else one.get("name", one["type"])
            kept.setdefault(own, one)
        return list(kept.values())
    return kind


def recorded(draw: Any, made: Made, depth: int) -> Any:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    fields = [{"name": name, "type": typed(draw, made, depth)} for name in names]
    return {"type": "record", "name": made.name(), "fields": fields}


def valued(draw: Any, schema: Any) -> tuple[Any, Any]:
    """What fastavro is given to write, and what has to come out."""
    if isinstance(schema, list):
        branch = draw(st.sampled_from(schema))
        given, seen = valued(draw, branch)
        own = branch if isinstance(branch, str) else branch.get("name", branch["type"])
        return (None if branch == "null" else (own, given)), seen
    if isinstance(schema, dict):
        if schema["type"] == "record":
            pairs = {field["name"]: valued(draw, field["type"]) for field in schema["fields"]}
            return (
                {name: given for name, (given, _) in pairs.items()},
                {name: seen for name, (_, seen) in pairs.items() if seen is not None},
            )
        if schema["type"] == "array":
            items = [valued(draw, schema["items"]) for _ in range(draw(st.integers(0, 2)))]
            return [given for given, _ in items], [seen for _, seen in items]
        if schema["type"] == "map":
            keys = draw(st.lists(st.text(max_size=2), max_size=2, unique=True))
            pairs = {key: valued(draw, schema["values"]) for key in keys}
            return (
                {key: given for key, (given, _) in pairs.items()},
                [(key, seen) for key, (_, seen) in pairs.items()],
            )
        if schema["type"] == "enum":
            value: Any = draw(st.sampled_from(schema["symbols"]))
        else:
            value = draw(st.binary(min_size=3, max_size=3))
        return value, value
    value = draw(
        {
            "null": st.none(),
            "boolean": st.booleans(),
            "int": st.integers(-(2**31), 2**31 - 1),
            "long": st.integers(-(2**63), 2**63 - 1),
            "float": st.floats(width=32, allow_nan=False),
            "double": st.floats(allow_nan=False),
            "bytes": st.binary(max_size=3),
            "string": st.text(max_size=3),
        }[schema]
    )
    return value, value


@st.composite
def avro_files(draw: Any) -> tuple[bytes, list[Any]]:
    schema = recorded(draw, Made(), 3)
    rows = [valued(draw, schema) for _ in range(draw(st.integers(0, 5)))]
    codec = draw(st.sampled_from(["null", "deflate", "snappy", "zstandard"]))
    written = io.BytesIO()
    fastavro.writer(written, fastavro.parse_schema(schema), [given for given, _ in rows], codec=codec)
    return written.getvalue(), [seen for _, seen in rows]


def seen(value: Any, field: pa.Field) -> Any:
    """A value of a batch without choices, and without the nulls of fields."""
    if value is None:
        return None
    if is_choice(field):
        held = [(child, value[child.name]) for child in field.type.fields if value[child.name] is not None]
        assert len(held) == 1
        return seen(held[0][1], held[0][0])
    if pa.types.is_struct(field.type):
        found = {child.name: seen(value[child.name], child) for child in field.type.fields}
        return {name: one for name, one in found.items() if one is not None}
    if pa.types.is_map(field.type):
        return [(key, seen(item, field.type.item_field)) for key, item in value]
    if pa.types.is_list(field.type):
        return [seen(item, field.type.value_field) for item in value]
    return value


@given(files=st.lists(avro_files(), min_size=1, max_size=2))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_files_read_together_are_what_was_written(files: list[tuple[bytes, list[Any]]]) -> None:
    reader = AvroReader()
    contents = [content for content, _ in files]
    schema = merge_schemas([reader.schema(io.BytesIO(content), "f") for content in contents])

    for content, expected in files:
        batches = reader.read(io.BytesIO(content), "f", schema)
        rows = [row for batch in batches for row in batch.to_pylist(maps_as_pydicts=None)]
        found = [{f.name: one for f in schema if (one := seen(row[f.name], f)) is not None} for row in rows]
        assert found == expected


MOMENTS = st.integers(-62_135_596_800 * 10**6, 253_402_300_800 * 10**6 - 1)


@given(values=st.lists(st.none() | MOMENTS, max_size=5))
@settings(max_examples=50, deadline=None)
def test_every_moment_is_what_fastavro_reads(values: list[int | None]) -> None:
    class File:
        content = b""

        def write(self, data: bytes) -> int:
            self.content += data
            return len(data)

    file: Any = File()
    schema = pa.schema([("t", pa.timestamp("us", tz="UTC"))])
    batch = pa.record_batch([pa.array(values, pa.timestamp("us", tz="UTC"))], schema=schema)
    writer = AvroOutput(logical=True).writer(file, schema)
    writer.write(batch)
    writer.close()

    reference = [row["t"] for row in fastavro.reader(io.BytesIO(file.content))]  # type: ignore[index,call-overload]
    assert reference == [None if value is None else EPOCH + timedelta(microseconds=value) for value in values]
    reader = AvroReader(logical=True)
    back = list(reader.read(io.BytesIO(file.content), "f", schema))
    assert [value for part in back for value in part.column(0).cast(pa.int64()).to_pylist()] == values


@given(data=st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    try:
        AvroReader().schema(io.BytesIO(b"Obj\x01" + data), "f")
    except RecordUnreadable as error:
        assert str(error).startswith("f,")  # noqa: PT017 - any other error fails the test

"""Random JSON against Python's json as reference: the same records, or a refusal where the reference refuses.

Files are whole, broken on purpose and cut. They are read in blocks of a few bytes, so that every token comes
to lie over the end of a block. `PLACEKEEPER_FUZZ=100000` asks for a quarter of so many files in each test.
"""

import functools
import io
import json
import math
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.paths import parse_path, values_at
from placekeeper.runtime.formats.json.reader import JsonReader
from placekeeper.runtime.formats.json.values import Values, record_blocks
from placekeeper.runtime.types.fields import is_choice

FILES = settings(max_examples=int(os.environ.get("PLACEKEEPER_FUZZ", "0")) // 4 or 60)
PATH = "f.json"
BLOCKS = st.integers(1, 40) | st.just(1 << 20)


class Refused(Exception):
    """The reference does not take a file."""


def _no_constant(name: str) -> float:
    raise Refused(name)


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise Refused(text)
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A name that comes again takes the place of the first; what it replaces has to be text, too."""
    json.dumps(pairs, ensure_ascii=False).encode()
    return dict(pairs)


REFERENCE = json.JSONDecoder(parse_constant=_no_constant, parse_float=_number, object_pairs_hook=_object)


def reference_values(data: bytes) -> list[object]:
    """Every value of a file, by Python's json, which sees it whole. Raises Refused."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused from error
    values, at = [], 0
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
            continue
        try:
            value, at = REFERENCE.raw_decode(text, at)
            json.dumps(value, ensure_ascii=False).encode()  # half characters are no text
        except (ValueError, RecursionError) as error:
            raise Refused from error
        values.append(value)
    return values


def reference_records(data: bytes) -> list[dict[str, object]]:
    """The objects of a file, and those of its top-level arrays. Raises Refused."""
    found: list[object] = []
    for value in reference_values(data):
        found.extend(value if isinstance(value, list) else [value])
    records = [value for value in found if isinstance(value, dict)]
    if len(records) < len(found):
        raise Refused
    return records


def spelled(value: object) -> str:
    """A value as text that tells 1 from 1.0, 0.0 from -0.0, and one order of names from another."""
    return json.dumps(value)


WORDS = """
0 -0 -0.0 1E5 1e-7 1e400 -1e309 1e-400 1.7976931348623157e308 5e-324 0e999999 12345678901234567890.12
0.1000000000000000055511151231257827 9007199254740993 9223372036854775808 -9223372036854775809
18446744073709551616 123456789012345678901234567890123456789012345 01 1. .5 +1 1e 1e+ - 0x1 NaN -Infinity
Infinity 1_000 true false null nul True
"""
NUMBERS = st.sampled_from(WORDS.split()) | st.from_regex(
    r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
PIECES = st.sampled_from(
    ["a", "b", "é", "\U0001f600", " ", "\\n", "\\\\", '\\"', "\\/", "\\u0041", "\\u0000", "\\ud83d\\ude00"]
    * 3
    + ["\\ud800", "\\udc00", "\\uD83D", "\\u12", "\\x", "\t", "\n", "\x7f", "\u2028", "\ufeff", "\x00"]
)
STRINGS = st.lists(PIECES, max_size=4).map(lambda pieces: f'"{"".join(pieces)}"')
NAMES = st.sampled_from(['"a"', '"b"', '"A"', '""', '"a.b"']) | STRINGS
SPACE = st.sampled_from([""] * 6 + [" ", "\n", "\r\n", "\t", "  \n ", "\xa0"])


@st.composite
def objects(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    pairs = draw(st.lists(st.tuples(NAMES, SPACE, values), max_size=4))
    inside = f"{draw(SPACE)},{draw(SPACE)}".join(
        f"{name}{space}:{space}{value}" for name, space, value in pairs
    )
    return f"{{{draw(SPACE)}{inside}{draw(SPACE)}}}"


@st.composite
def arrays(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    inside = f"{draw(SPACE)},{draw(SPACE)}".join(draw(st.lists(values, max_size=4)))
    return f"[{draw(SPACE)}{inside}{draw(SPACE)}]"


SCALARS = NUMBERS | STRINGS
INNER = st.recursive(SCALARS, lambda inner: objects(inner) | arrays(inner), max_leaves=6)
RECORDS = objects(INNER)
DOCUMENTS = RECORDS | RECORDS | RECORDS | arrays(RECORDS) | INNER
BETWEEN = st.sampled_from(["\n"] * 6 + ["", " ", "\r\n", "\n\n", "\t", ",", "\x1e", "\r"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file of records, or of what is nearly that; one in three is damaged."""
    between = draw(BETWEEN)
    text = between.join(draw(st.lists(DOCUMENTS, max_size=5))) + draw(st.sampled_from(["", "\n", " \n\n"]))
    data = text.encode()
    if not data or draw(st.integers(0, 2)):
        return data
    at = draw(st.integers(0, len(data) - 1))
    damage = draw(st.sampled_from(["cut", "drop", "double", "byte"]))
    if damage == "cut":
        return data[:at]
    instead = {"drop": b"", "double": data[at : at + 1] * 2, "byte": draw(st.binary(min_size=1, max_size=2))}
    return data[:at] + instead[damage] + data[at + 1 :]


def refusal_or(read: Callable[[], list[str]]) -> list[str] | RecordUnreadable:
    try:
        return read()
    except RecordUnreadable as error:
        return error


def check(found: list[str] | RecordUnreadable, expected: list[str] | None) -> None:
    """`expected` is None where the reference refuses; then the refusal names file and place, in our words."""
    if not isinstance(found, RecordUnreadable):
        assert found == expected
        return
    assert expected is None, found
    assert found.path == PATH
    assert found.place.startswith(("line ", "its first bytes"))
    for raw in ("codec", "surrogates not allowed", "sys.set_int", "recursion"):
        assert raw not in str(found)


def records(data: bytes, block_bytes: int) -> list[str]:
    blocks = record_blocks(io.BytesIO(data), PATH, block_bytes=block_bytes)
    return [spelled(record) for block in blocks for record in block]


@FILES
@given(files(), BLOCKS)
def test_records_are_those_of_the_reference(data: bytes, block_bytes: int) -> None:
    try:
        expected = [spelled(record) for record in reference_records(data)]
    except Refused:
        expected = None
    found = refusal_or(lambda: records(data, block_bytes))
    check(found, expected)
    if isinstance(found, RecordUnreadable):  # where it is broken does not depend on blocks
        whole = refusal_or(lambda: records(data, 1 << 20))
        assert isinstance(whole, RecordUnreadable)
        assert found.place == whole.place


@FILES
@given(files(), BLOCKS)
def test_documents_are_those_of_the_reference(data: bytes, block_bytes: int) -> None:
    try:
        expected = [spelled(value) for value in reference_values(data)]
    except Refused:
        expected = None
    values = functools.partial(Values, io.BytesIO(data), PATH, block_bytes=block_bytes)
    check(refusal_or(lambda: [spelled(value) for value in values().documents()]), expected)


@FILES
@given(files(), BLOCKS, st.sampled_from(["$.a", "$.a[*]", "$[*]", "$.a[0].b", "$['a.b']", "$"]))
def test_a_path_leads_to_what_the_reference_has_there(data: bytes, block_bytes: int, path: str) -> None:
    steps = parse_path(path)
    try:
        expected = [found for value in reference_values(data) for found in values_at(value, steps)]
        is_readable = all(isinstance(found, dict) for found in expected)
    except Refused:
        is_readable = False
    reader = JsonReader(steps=steps, block_bytes=block_bytes)
    if not is_readable:
        with pytest.raises(RecordUnreadable):
            reader.schema(io.BytesIO(data), PATH)
        return
    schema = reader.schema(io.BytesIO(data), PATH)
    batches = list(reader.read(io.BytesIO(data), PATH, schema))
    if schema.names:
        assert sum(batch.num_rows for batch in batches) == len(expected)


def read(data: bytes, block_bytes: int) -> Iterator[dict[str, object]]:
    """The records of a file as rows of its schema, and these as JSON values without nulls."""
    reader = JsonReader(block_bytes=block_bytes)
    schema = reader.schema(io.BytesIO(data), PATH)
    for batch in reader.read(io.BytesIO(data), PATH, schema):
        for row in batch.to_pylist():
            yield {field.name: plain(row[field.name], field) for field in schema}


def plain(value: Any, field: pa.Field) -> object:
    """A value as read, its choices resolved, an integer as one."""
    if value is None:
        return None
    if is_choice(field):
        ((name, chosen),) = [(name, item) for name, item in value.items() if item is not None]
        return plain(chosen, field.type.field(name))
    if isinstance(value, dict):
        return {name: plain(item, field.type.field(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item, field.type.value_field) for item in value]
    return int(value) if isinstance(value, Decimal) else value


def as_read(value: object) -> object:
    """A value of the reference as it is read: an integer beyond 38 digits is text."""
    if isinstance(value, dict):
        return {name: as_read(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_read(item) for item in value]
    is_long = isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**38
    return str(value) if is_long else value


def kept(value: object) -> object:
    """Without what is null, and without the objects that are empty then."""
    if isinstance(value, dict):
        return {name: held for name, item in value.items() if (held := kept(item)) not in (None, {})}
    return [kept(item) for item in value] if isinstance(value, list) else value


@FILES
@given(files(), BLOCKS)
def test_values_are_read_as_they_are(data: bytes, block_bytes: int) -> None:
    try:
        expected = reference_records(data)
    except Refused:
        with pytest.raises(RecordUnreadable):
            list(read(data, block_bytes))
        return
    found = list(read(data, block_bytes))
    if any(expected):  # records without any field make no schema
        assert len(found) == len(expected)
        for row, record in zip(found, expected, strict=True):
            assert kept(row) == kept(as_read(record))


LEAVES: dict[str, st.SearchStrategy[object]] = {
    "string": st.text(max_size=3),
    "int": st.integers(-(2**31), 2**31 - 1) | st.integers(-9, 9),
    "long": st.integers(-(2**63), 2**63 - 1),
    "big": st.integers(-(10**45), 10**45),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "null": st.none(),
}
KINDS = st.recursive(
    st.sampled_from([*LEAVES, "string", "int", "double"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=1)
        | st.dictionaries(st.sampled_from(["x", "y", "z\n"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def value_of(draw: st.DrawFn, kind: Any) -> object:
    """A value of a kind; sometimes null, or of another kind."""
    odd = draw(st.integers(0, 40))
    if odd < 3:
        return draw(st.none() if odd else st.sampled_from([1, 1.0, "", True, [], {}, [{}], 2**31, 10**39]))
    if isinstance(kind, dict):
        return {name: value_of(draw, inner) for name, inner in kind.items() if draw(st.integers(0, 9))}
    if isinstance(kind, list):
        return [value_of(draw, kind[0]) for _ in range(draw(st.integers(0, 2)))]
    return draw(LEAVES[kind])


@st.composite
def alike(draw: st.DrawFn) -> bytes:
    """Lines of records that are nearly alike."""
    kinds = draw(st.dictionaries(st.sampled_from(["a", "b", "C", "", "a.b", 'q"']), KINDS, max_size=4))
    lines = []
    for _ in range(draw(st.integers(0, 12))):
        record = value_of(draw, kinds)
        lines.append(json.dumps(record, ensure_ascii=draw(st.booleans())) + "\n")
    return "".join(lines).encode(errors="replace")


@FILES
@given(alike(), st.integers(1, 200) | st.just(1 << 20))
def test_a_layout_changes_nothing(data: bytes, block_bytes: int) -> None:
    """The same schema, how often fields occur included, and the same values, as record by record."""
    found = []
    for layout_bytes in (1, 1 << 30):
        reader = JsonReader(block_bytes=block_bytes, layout_bytes=layout_bytes)
        try:
            schema = reader.schema(io.BytesIO(data), PATH)
            rows = [row for batch in reader.read(io.BytesIO(data), PATH, schema) for row in batch.to_pylist()]
            some = pa.schema(list(schema)[1:])
            fewer = [row for batch in reader.read(io.BytesIO(data), PATH, some) for row in batch.to_pylist()]
        except RecordUnreadable as error:
            found.append(repr(error))
        else:
            found.append(repr((schema.to_string(show_schema_metadata=True), schema.metadata, rows, fewer)))
    assert found[0] == found[1]

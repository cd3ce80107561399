"""JSON records are found in any framing, typed by what they hold, and read back as they were."""

import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.json.paths import parse_path, values_at
from placekeeper.runtime.formats.json.reader import JsonReader
from placekeeper.runtime.formats.json.values import record_blocks
from placekeeper.runtime.types.fields import is_choice

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3), max_size=6)


def records(data: bytes) -> list[dict[str, object]]:
    return [record for block in record_blocks(io.BytesIO(data), "f.json") for record in block]


@given(RECORDS, st.sampled_from(["lines", "array", "pretty", "concatenated", "pretty array"]))
def test_every_framing(expected, framing):
    text = {
        "lines": "\n".join(json.dumps(record) for record in expected),
        "array": json.dumps(expected),
        "pretty": "\n".join(json.dumps(record, indent=2) for record in expected),
        "concatenated": "".join(json.dumps(record, ensure_ascii=False) for record in expected),
        "pretty array": json.dumps(expected, indent=2),
    }[framing]
    assert records(text.encode()) == expected


def test_values_over_the_ends_of_blocks():
    expected = [{"n": number, "text": "ä" * 700_000} for number in range(5)]
    assert records(json.dumps(expected, ensure_ascii=False, indent=1).encode()) == expected
    assert records("\n".join(json.dumps(record) for record in expected).encode()) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a":1}\n{"a":', "line 2, column 6"),
        ('{"a":1}\n\n{"a" 1}\n{}', "line 3, column 6"),
        ('[{"a":1} {"a":2}]', "line 1, column 10"),
        ('{"a":1}\n7\n', "line 2"),
        ('{"a":NaN}', "line 1, column 6"),
        ('{"a":1}\n{"a":[1, -Infinity]}', "line 2, column 10"),
        ('{"a":"1e999",\n"b":1e999}', "line 2, column 5, in the record that begins in line 1"),
        ('{"a":' + "9" * 4301 + "}", "line 1, column 6"),
        ('{"a":"\\\\ud800", "b":"\\ud83d\\ude00\\ud800"}', "line 1, column 34"),
        ('{"a":1}\n{"\\udc00":1}', "line 2, column 3"),
        ('{"a":"\\ud800\\ud800\\udc00"}', "line 1, column 7"),
        # A line that was cut: what follows is not what is broken.
        ('{"a":1}\n{"a":2\n{"a":3}\n', "line 2, column 7"),
        ('{"a":1}\r\n{"a":2\r\n{"a":3}\r\n', "line 2, column 7"),
        ('{"a":1}\n{"a":2,\n{"a":3}\n', "line 2, column 8"),
        ('{"a":1}\n{\n{"a":3}\n', "line 2, column 2"),
        ('{"a":1}\n{"a":"x\n{"a":"y"}\n', "line 2, column 8"),
        ('{"a":1}\n{"a":2\n', "line 2, column 7"),
        ('{"a":1}\n{"a":\n', "line 2, column 6"),
        ('{"a":1}\n{"a":2,\n\n', "line 2, column 8"),
        ('{"a":1}\n{"a":\n{"a":3}\n{"a":4}\n', "line 3, column 8, in the record that begins in line 2"),
        # Nothing was cut: the line itself is broken.
        ('{"a":1}\n{"a":2}}\n{"a":3}\n', "line 2, column 8"),
        ('{"a":1}\n}\n{"a":3}\n', "line 2, column 1"),
        ('{"a":1}\n{"a":2} x\n{"a":3}\n', "line 2, column 9"),
        ('{"a":1,\noops:2}\n', "line 2, column 1, in the record that begins in line 1"),
        ('{\n "a": 1\n "b": 2\n}\n', "line 2, column 8, in the record that begins in line 1"),
        ('{\n "a": 1,\n "b": \n}\n', "line 3, column 6, in the record that begins in line 1"),
        ('[\n{"a":1},\n{"a":2}\n{"a":3}\n]', "line 3, column 8"),
        ('[\n{"a":1},\n{"a":2}\n', "line 3, column 8"),
        ('[\n{"a":1},\n', "line 2, column 9"),
        ('[\n{"a":1},\n\n]', "line 4, column 1"),
    ],
)
def test_what_is_broken_is_placed(text, place):
    with pytest.raises(RecordUnreadable) as caught:
        records(text.encode())
    assert (caught.value.path, caught.value.place) == ("f.json", place)


@pytest.mark.parametrize("lines", [0, 2, 200_000])
def test_what_is_broken_is_placed_behind_any_number_of_lines(lines):
    before = b'{"a":1}\n' * lines
    for broken, column in ((b'{"a":oops}', 6), (b'{"a":2', 7), (b'{"a":"\xc3\xa9\xff"}', 8), (b"7", None)):
        with pytest.raises(RecordUnreadable) as caught:
            records(before + broken + b'\n{"a":3}\n')
        assert caught.value.place == f"line {lines + 1}" + (f", column {column}" if column else "")


def test_a_place_behind_the_end_of_a_block():
    long = '{"a":"' + "x" * 1_500_000 + '"}'
    for text, place in ((long + "]", 1_500_009), (f"[{long}\n\n" + long, 1_500_010)):
        with pytest.raises(RecordUnreadable) as caught:
            records(text.encode())
        assert caught.value.place == f"line 1, column {place}"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_another_encoding_is_named(encoding, block_bytes):
    file = io.BytesIO('{"a":1}\n{"a":2}\n'.encode(encoding))
    with pytest.raises(RecordUnreadable, match="it is UTF-16 or UTF-32") as caught:
        list(record_blocks(file, "f.json", block_bytes=block_bytes))
    assert caught.value.place == "its first bytes"


def test_the_first_fault_of_a_file_is_told():
    with pytest.raises(RecordUnreadable, match="line 2, column 6"):
        records(b'{"a":1}\n{"a" 1}\n{"a":"what comes behind it: \xff"}\n')


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a":' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"a":' * 700 + "1" + "}" * 700,
    ],
)
@pytest.mark.parametrize("steps", [None, (), ("a",)])
def test_values_that_lie_too_deep(text, steps):
    with pytest.raises(RecordUnreadable, match="nested too deeply to be read here") as caught:
        JsonReader(steps=steps).schema(io.BytesIO(text.encode()), "f.json")
    assert caught.value.path == "f.json"


@pytest.mark.parametrize(
    ("text", "said"), [("null", "null"), ('"x"', '"x"'), ("[[1]]", "[1]"), ("1.50", "1.50")]
)
def test_what_is_no_record_is_shown_as_it_is_written(text, said):
    with pytest.raises(RecordUnreadable, match="a record is a JSON object") as caught:
        records(text.encode())
    assert str(caught.value).endswith(f"not {said}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-0", 0),
        ("-0.0", -0.0),
        ("1E5", 100_000.0),
        ("1e-400", 0.0),
        ("0.1000000000000000055511151231257827", 0.1),
        ("12345678901234567890.12", 12345678901234567890.12),
        ("9007199254740993", 9007199254740993),
        ("-9223372036854775809", -(2**63) - 1),
        ("9" * 38, 10**38 - 1),
        ("9" * 39, "9" * 39),
        ("9" * 4300, "9" * 4300),
    ],
)
@pytest.mark.parametrize("frame", ['{{"a":{0}}}\n', '{{"a":\n{0}}}'])
def test_numbers(text, value, frame):
    data = frame.format(text).encode()
    reader = JsonReader()
    schema = reader.schema(io.BytesIO(data), "f.json")
    ((found,),) = [batch["a"].to_pylist() for batch in reader.read(io.BytesIO(data), "f.json", schema)]
    assert found == value
    assert isinstance(found, str) == isinstance(value, str)
    assert math.copysign(1, float(found)) == math.copysign(1, float(value))


def test_of_two_fields_of_one_name_the_last_counts_in_the_place_of_the_first():
    for text in ('{"a":1,"b":2,"a":3}\n', '{"a":1,\n"b":2,"a":3}'):
        (record,) = records(text.encode())
        assert list(record.items()) == [("a", 3), ("b", 2)]


def test_bytes_that_are_no_utf8():
    with pytest.raises(RecordUnreadable, match="not UTF-8: invalid start byte"):
        records(b'{"a":"\xff"}')


def plain(value, field):
    """A value as read, its choices resolved."""
    if value is None:
        return None
    if is_choice(field):
        ((name, chosen),) = [(name, item) for name, item in value.items() if item is not None]
        return plain(chosen, field.type.field(name))
    if isinstance(value, dict):
        found = {name: plain(item, field.type.field(name)) for name, item in value.items()}
        return {name: item for name, item in found.items() if item is not None}
    if isinstance(value, list):
        return [plain(item, field.type.value_field) for item in value]
    return int(value) if type(value).__name__ == "Decimal" else value


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@given(RECORDS)
def test_what_is_read_is_what_was_written(expected):
    data = "\n".join(json.dumps(record) for record in expected).encode()
    reader = JsonReader()
    schema = reader.schema(io.BytesIO(data), "f.json")
    batches = list(reader.read(io.BytesIO(data), "f.json", schema))
    assert all(batch.schema.equals(schema, check_metadata=True) for batch in batches)
    found = [
        {name: item for name in schema.names if (item := plain(row[name], schema.field(name))) is not None}
        for batch in batches
        for row in batch.to_pylist()
    ]
    if schema.names:
        assert found == [without_nulls(record) for record in expected]


def test_json_paths():
    document = {"a": [{"b": [1, 2]}, {"b": [3]}, {}], "c d": 4}
    assert list(values_at(document, parse_path("$.a[*].b[*]"))) == [1, 2, 3]
    assert list(values_at(document, parse_path("$.a[1].b"))) == [3]
    assert list(values_at(document, parse_path("$['c d']"))) == [4]
    assert list(values_at([1, 2], parse_path("$[*]"))) == [1, 2]
    assert list(values_at(document, parse_path("$.nothing[*]"))) == []
    with pytest.raises(UnsupportedFeature, match="jsonPath"):
        parse_path("$..a")


def test_short_records_of_a_wide_file_do_not_fill_the_memory() -> None:
    reader = JsonReader(block_bytes=4096)
    wide = "{" + ",".join(f'"n{number}": {number}' for number in range(500)) + "}\n"
    data = (wide + "{}\n" * 5_000).encode()
    schema = reader.schema(io.BytesIO(data), "f.json")
    batches = list(reader.read(io.BytesIO(data), "f.json", schema))
    assert max(batch.num_rows * batch.num_columns for batch in batches) <= 4096
    assert sum(batch.num_rows for batch in batches) == 5_001

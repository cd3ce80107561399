"""What our CSV and JSON writers write, our readers read back, by the rules of
docs/reference/formats.md#writing."""

import datetime
import io
import json
import os
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from memory_staging import MemoryFile
from placekeeper.model.errors import UnsupportedFeature, ValueUnwritable
from placekeeper.runtime.formats.registry import FORMATS


def written(table: pa.Table, format_name: str, *, rows: int = 100, **options: object) -> bytes:
    """The bytes of a file, written in batches of `rows`."""
    output, file = FORMATS.output(format_name, options), MemoryFile()
    output.check_names(table.schema.names)
    writer = output.writer(file, table.schema)
    for batch in table.to_batches(max_chunksize=rows):
        writer.write(batch)
    writer.close()
    return file.data


def read(data: bytes, format_name: str, **options: object) -> pa.Table:
    reader = FORMATS.reader(format_name, options)
    schema = reader.schema(io.BytesIO(data), "file:///out/a")
    return pa.Table.from_batches(list(reader.read(io.BytesIO(data), "file:///out/a", schema)), schema)


def texts(*columns: list[str | None], names: str = "abcdefgh") -> pa.Table:
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.Table.from_arrays(arrays, list(names[: len(columns)]))


EXAMPLES = int(os.environ.get("PLACEKEEPER_HISTORIES", "60"))  # `make soak` sets more

TRICKY = st.sampled_from(
    ["", " ", "\ufeff", "\ufeffx", "null", "a b", " x", "x\t", "#x", "\\n", "\\", "n", "é", "𝄞", "\0"]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(",;|\t'\"\\\n\r- n0"), max_size=8)
NAME = TEXT.filter(lambda text: text and "\0" not in text)
VALUE = st.none() | TRICKY | TEXT
SEPARATORS = st.sampled_from([",", ";", "|", "\t", " ", "-", "\x01", "n"])


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """One to three columns of text, the first ones without a name that would be renamed."""
    width, length = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    columns = [draw(st.lists(VALUE, min_size=length, max_size=length)) for _ in range(width)]
    names = draw(st.lists(NAME, min_size=width, max_size=width, unique=True))
    return pa.Table.from_arrays([pa.array(column, pa.string()) for column in columns], names)


def as_read(table: pa.Table, *, header: bool) -> pa.Table:
    """By the rule: null comes back as the empty string; without a header names come back by position."""
    columns = [
        pa.array([value or "" for value in column.to_pylist()], pa.string()) for column in table.columns
    ]
    names = table.schema.names if header else [f"col{index}" for index in range(table.num_columns)]
    return pa.Table.from_arrays(columns, names)


@settings(max_examples=EXAMPLES)
@given(tables(), SEPARATORS, st.sampled_from(['"', "'"]), st.booleans(), st.integers(1, 5))
def test_quoted_csv_comes_back(table, separator, quote, header, rows):
    dialect = {"separator": separator, "quoteChar": quote}
    data = written(table, "csv", rows=rows, writeHeader=header, **dialect)
    assert read(data, "csv", withHeader=header, multiLine=True, **dialect) == as_read(table, header=header)


@settings(max_examples=EXAMPLES)
@given(tables(), SEPARATORS, st.booleans(), st.integers(1, 5))
def test_csv_without_quotes_comes_back_or_is_refused(table, separator, header, rows):
    dialect = {"separator": separator, "quoteChar": -1}
    cells = [value or "" for column in table.columns for value in column.to_pylist()]
    cells += table.schema.names if header else []
    assume("\0" not in "".join(cells))  # readers may take a file for UTF-16
    bad = any(char in cell for cell in cells for char in (separator, "\n", "\r"))
    bad = bad or (table.num_columns == 1 and "" in cells)
    first = table.schema.names[0] if header else ""
    bad = (
        bad or first.startswith("\ufeff") or (not header and any(cell.startswith("\ufeff") for cell in cells))
    )
    try:
        data = written(table, "csv", rows=rows, writeHeader=header, **dialect)
    except (ValueUnwritable, UnsupportedFeature):
        assert bad
    else:
        assert read(data, "csv", withHeader=header, **dialect) == as_read(table, header=header)


def reference(text: str, separator: str, quote: str | None, escape: str) -> list[list[str]]:
    """The rows of CSV with an escaper, character by character: AWS's rule and its well-known escapes."""
    rows: list[list[str]] = []
    row, cell, at, quoted = [], "", 0, False
    while at < len(text):
        char, after = text[at], text[at + 1 : at + 2]
        if char == escape:
            cell += {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}.get(after, after)
            at += 1
        elif char == quote:
            quoted = not quoted
        elif quoted or char not in (separator, "\n"):
            cell += char
        else:
            row, cell = [*row, cell], ""
            if char == "\n":
                rows, row = [*rows, row], []
        at += 1
    return rows


@settings(max_examples=EXAMPLES)
@given(tables(), st.sampled_from(",;|\t-"), st.sampled_from(['"', "'", None]), st.sampled_from("\\!"))
def test_csv_with_an_escaper_comes_back(table, separator, quote, escape):
    assume(quote or table.num_columns > 1)
    data = written(
        table, "csv", separator=separator, quoteChar=-1 if quote is None else quote, escaper=escape
    ).decode()
    expected = [[value or "" for value in row.values()] for row in table.to_pylist()]
    assert reference(data, separator, quote, escape) == [table.schema.names, *expected]
    assert not set("\r\0") & set(data)
    assert data.count("\n") == len(expected) + 1  # every row is a line: no reader has to ask for multiLine


@pytest.mark.parametrize("options", [{}, {"quoteChar": "'"}, {"escaper": "\\"}, {"separator": "|"}])
def test_a_row_of_one_empty_column_stays_a_row(options):
    data = written(texts(["x", None, "", "y"]), "csv", **options)
    assert read(data, "csv", withHeader=True, **options).to_pydict() == {"a": ["x", "", "", "y"]}


def test_null_is_nothing_and_empty_is_quoted():
    assert written(texts(["", None], [None, "1"]), "csv") == b'a,b\n"",\n,1\n'
    assert written(texts(['x"\\']), "csv", escaper="\\") == b'a\n"x\\"\\\\"\n'
    assert written(texts([None]), "csv") == b'a\n""\n'


@pytest.mark.parametrize(
    ("value", "options", "why"),
    [
        ("a\nb", {}, r"column a, row 3 of a file: 'a\\nb' cannot be written .* holds '\\n'"),
        ("a\rb", {}, r"column a, row 3 of a file: .* holds '\\r'"),
        ("a,b", {}, r"column a, row 3 of a file: .* holds ','"),
        (None, {}, r"column a, row 3 of a file: null .* blank line"),
        ("", {"escaper": "\\"}, r"column a, row 3 of a file: '' .* blank line"),
        ("\ufeffx", {"writeHeader": False}, r"column a, row 3 of a file: .* byte order mark"),
    ],
)
def test_what_csv_without_quotes_cannot_hold_is_refused_by_column_and_row(value, options, why):
    with pytest.raises(ValueUnwritable, match=why):
        written(texts(["x", "y", value]), "csv", rows=2, quoteChar=-1, **options)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"separator": '"'}, "quoteChar is '\"', which is the separator as well"),
        ({"separator": "\\", "escaper": "\\"}, "escaper is '.*', which is the separator as well"),
        ({"quoteChar": "\n"}, "quoteChar is '.n', which is the end of a line as well"),
        ({"separator": -1}, "separator cannot be switched off"),
        ({"separator": "n", "escaper": "\\"}, "separator is 'n', which means another character behind"),
        ({"compression": "lzo"}, "cannot be written with 'lzo'"),
    ],
)
def test_dialects_that_nobody_could_read_are_refused(options, why):
    with pytest.raises(UnsupportedFeature, match=why):
        FORMATS.output("csv", options)


def test_an_escaper_that_is_the_quote_doubles_it():
    assert written(texts(['a"b']), "csv", escaper='"') == b'a\n"a""b"\n'


@pytest.mark.parametrize("name", ["a|b", "a\nb", ""])
def test_a_name_that_the_dialect_cannot_hold_is_refused_before_anything_is_written(name):
    output = FORMATS.output("csv", {"separator": "|", "quoteChar": -1})
    with pytest.raises(
        UnsupportedFeature,
        match=f"The column name {name!r} cannot be written".replace("\\", ".").replace("|", "."),
    ):
        output.check_names([name])


NUMBERS = {
    pa.int64(): [2**63 - 1, -(2**63), 0, None],
    pa.int8(): [127, -128, 0, None],
    pa.float64(): [1e300, -1.5e-300, 0.1, -0.0],
    pa.float32(): [0.1, 3.4028235e38, 1e-45, None],
    pa.bool_(): [True, False, None, True],
    pa.decimal128(38, 10): [
        Decimal("1234567890123456789012345678.0123456789"),
        Decimal("-1E-10"),
        Decimal(0),
        None,
    ],
    pa.date32(): [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(1582, 10, 10), None],
    pa.timestamp("us", "UTC"): [
        datetime.datetime(1, 1, 1, tzinfo=datetime.UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
        datetime.datetime(1582, 10, 10, 1, 2, 3, tzinfo=datetime.UTC),
        None,
    ],
}


def spelled(value: object, data_type: pa.DataType) -> object:
    """A value of the text that CSV has for it."""
    text = str(value)
    if data_type == pa.date32():
        return datetime.date.fromisoformat(text)
    if data_type == pa.timestamp("us", "UTC"):
        return datetime.datetime.fromisoformat(text)
    if data_type == pa.bool_():
        return {"true": True, "false": False}[text]
    if pa.types.is_decimal(data_type):
        return Decimal(text)
    number = float(text) if pa.types.is_floating(data_type) else int(text)
    return pa.scalar(number, data_type).as_py()


@pytest.mark.parametrize("separator", [",", "-", ":", ".", "E", "1", "t"])
@pytest.mark.parametrize("data_type", NUMBERS, ids=str)
def test_numbers_and_dates_come_back_as_text_whatever_the_separator(data_type, separator):
    table = pa.table({"a": pa.array(NUMBERS[data_type], data_type), "b": ["x"] * 4})
    back = read(written(table, "csv", separator=separator), "csv", withHeader=True, separator=separator)
    found = [None if text == "" else spelled(text, data_type) for text in back.column("a").to_pylist()]
    assert list(map(str, found)) == list(map(str, table.column("a").to_pylist()))
    assert back.column("b").to_pylist() == ["x"] * 4


BEYOND = {
    "day": (pa.array([0, 2932897], pa.int32()).cast(pa.date32()), "row 2 of a file: the date 10000-01-01"),
    "first": (pa.array([-719163], pa.int32()).cast(pa.date32()), "row 1 of a file: the date 0000-12-31"),
    "time": (
        pa.array([0, 0, 2**63 - 1], pa.int64()).cast(pa.timestamp("us", "UTC")),
        "row 3 of a file: the timestamp 294247-01-10T04:00:54.775807",
    ),
}


@pytest.mark.parametrize("format_name", ["csv", "json"])
@pytest.mark.parametrize("case", BEYOND)
def test_what_is_beyond_the_calendar_is_refused_by_column_and_row(format_name, case):
    column, why = BEYOND[case]
    with pytest.raises(ValueUnwritable, match=f"column when, {why}"):
        written(pa.table({"when": column}), format_name)


def test_what_is_beyond_the_calendar_is_found_at_every_depth():
    days = pa.array([0, 2932897], pa.int32()).cast(pa.date32())
    for column in (
        pa.array([None, [days[0]], [days[0], days[1]]], pa.list_(pa.date32())),
        pa.StructArray.from_arrays([pa.array([None, days[0], days[1]])], ["x"]),
        pa.array([None, [("k", days[0])], [("k", days[1])]], pa.map_(pa.string(), pa.date32())),
    ):
        with pytest.raises(ValueUnwritable, match="column when, row 3 of a file"):
            written(pa.table({"when": column}), "json")


JSON_VALUES = st.recursive(
    st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=EXAMPLES)
@given(st.lists(st.dictionaries(TEXT, JSON_VALUES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_json_that_was_read_comes_back(records):
    source = "\n".join(json.dumps(record) for record in records).encode()
    once = read(source, "json")
    assume(not any(map(_has_choice, once.schema)))  # a choice is written as the struct that stands for it
    data = written(once, "json", rows=2)
    again = read(data, "json")
    assert [_without_nulls(row) for row in again.to_pylist()] == [
        _without_nulls(row) for row in once.to_pylist()
    ]


def _has_choice(field: pa.Field) -> bool:
    if field.metadata:
        return True
    inner = field.type.fields if pa.types.is_struct(field.type) else []
    inner = [field.type.value_field] if pa.types.is_list(field.type) else inner
    return any(map(_has_choice, inner))


def _without_nulls(value: object) -> object:
    """By the rule: fields that are null are left out."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def test_json_by_the_rule():
    table = pa.table(
        {
            "long": pa.array([2**63 - 1]),
            "whole": pa.array([Decimal(10**37)], pa.decimal128(38, 0)),
            "money": pa.array([Decimal("12.50")], pa.decimal128(10, 2)),
            "single": pa.array([0.1], pa.float32()),
            "endless": pa.array([float("-inf")]),
            "none": pa.array([float("nan")]),
            "raw": pa.array([b"\xff\x00"]),
            "day": pa.array([datetime.date(1, 1, 1)]),
            "list": pa.array([[]], pa.list_(pa.int32())),
            "nothing": pa.array([{}], pa.struct([])),
            "map": pa.array([[]], pa.map_(pa.string(), pa.int32())),
            "null": pa.nulls(1, pa.string()),
        }
    )
    assert read(written(table, "json"), "json").to_pylist() == [
        {
            "long": 2**63 - 1,
            "whole": Decimal(10**37),
            "money": 12.5,
            "single": 0.1,
            "endless": "-Infinity",
            "none": "NaN",
            "raw": "/wA=",
            "day": "0001-01-01",
            "list": [],
            "nothing": {},
            "map": {},
        }
    ]


def test_a_record_of_nulls_stays_a_record():
    assert written(texts(["x", None]), "json") == b'{"a":"x"}\n{}\n'
    assert read(b'{"a":"x"}\n{}\n', "json").to_pydict() == {"a": ["x", None]}


@pytest.mark.parametrize(
    ("key_type", "key", "text"),
    [
        (pa.decimal128(38, 2), Decimal("1.50"), "1.50"),
        (pa.bool_(), True, "true"),
        (pa.float32(), 0.1, "0.1"),
        (pa.int64(), -5, "-5"),
        (pa.date32(), datetime.date(2024, 5, 6), "2024-05-06"),
        (
            pa.timestamp("us", "UTC"),
            datetime.datetime(2024, 5, 6, tzinfo=datetime.UTC),
            "2024-05-06T00:00:00.000Z",
        ),
        (pa.binary(), b"ab", "YWI="),
        (pa.string(), 'a"b', 'a"b'),
    ],
)
def test_keys_of_maps_are_spelled_as_values_are(key_type, key, text):
    table = pa.table({"m": pa.array([[(key, 1)]], pa.map_(key_type, pa.int32()))})
    assert json.loads(written(table, "json")) == {"m": {text: 1}}


def test_two_keys_of_one_spelling_are_refused():
    pairs = [[("b", 1)], [("a", 1), ("a", 2)]]
    table = pa.table({"m": pa.array(pairs, pa.map_(pa.string(), pa.int32()))})
    with pytest.raises(ValueUnwritable, match="column m, row 2 of a file: two keys of a map are both 'a'"):
        written(table, "json")


def test_two_columns_of_one_name_are_no_json():
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    with pytest.raises(UnsupportedFeature, match=r"two columns of one name \(a\)"):
        written(table, "json")

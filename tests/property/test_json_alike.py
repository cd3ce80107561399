"""Lines of JSON that are mostly alike, and files of lines that are cut: they are read as any others."""

import io
import json
import os
from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.alike_lines import Skeleton
from placekeeper.runtime.formats.json.reader import JsonReader
from placekeeper.runtime.types.merging import merge_schemas
from placekeeper.runtime.types.occurrence import missing_of, occurrence_of

EXAMPLES = int(os.environ.get("PLACEKEEPER_FUZZ", "0")) // 4 or 150
PATH = "f.json"
WHOLE = ["0", "-1", "7", "2147483648", "-9223372036854775808"]
DOUBLES = ["0.5", "-1.25", "3.0", "0.1", "-0.0", "1e5", "1.5E-7", "5e-324", "123456789012.25", "1e-400"]
TEXTS = ['""', '"a"', '"é"', '"\U0001f600"', '"a,b: {}"', '"null"', '"1"', '" "', '"x\x7f"']
ESCAPED = [r'"\n"', r'"\""', r'"\\"', r'"\\\" \u00e9"', r'"\ud83d\ude00"', r'"\/"']
ODD = [
    *(
        "-0",
        "007",
        "0x1f",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e400",
        "-1e999",
        "inf",
        "nan",
        "1_0",
        "9223372036854775808",
    ),
    *(
        "tru",
        "True",
        "nul",
        "",
        " ",
        "1 ",
        " 1",
        "1,2",
        "1}",
        r'"\x"',
        r'"\ud800"',
        r'"\"',
        '"',
        '"a"b"',
        "'a'",
    ),
    *(
        "[]",
        "{}",
        "[1]",
        '{"z":1}',
        '"\t"',
        '"\x00"',
        '1, "a": 2',
        "12345678901234567890123456789012345678901",
    ),
]
KINDS = [
    st.sampled_from(WHOLE),
    st.sampled_from(DOUBLES),
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS + ESCAPED),
    st.sampled_from(["true", "false"]),
    st.just("null"),
    st.sampled_from([*WHOLE, "null"]),
    st.sampled_from([*DOUBLES, "null"]),
    st.sampled_from([*TEXTS, "null"]),
    st.sampled_from(WHOLE + DOUBLES),
]
NAMES = st.sampled_from(["a", "b", "A", "", "a.b", "é", "c", "longer than eight"])


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Lines of one skeleton; sometimes a value is odd, a line has another skeleton, or a byte is damaged."""
    comma, colon = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " :")]))
    names = draw(st.lists(NAMES, min_size=1, max_size=4))  # a name may come twice
    nested = draw(st.integers(0, len(names)))
    kinds = [draw(st.sampled_from(KINDS)) for _ in names]
    oddness = draw(st.sampled_from([0, 0, 0, 3]))
    made = []
    for _ in range(draw(st.integers(1, 25))):
        values = [
            draw(st.sampled_from(ODD)) if oddness and draw(st.integers(0, 99)) < oddness else draw(kind)
            for kind in kinds
        ]
        pairs = [
            f"{json.dumps(name, ensure_ascii=False)}{colon}{value}"
            for name, value in zip(names, values, strict=True)
        ]
        if nested < len(pairs):
            pairs = [*pairs[:nested], f'"s"{colon}{{{comma.join(pairs[nested:])}}}']
        if draw(st.integers(0, 19)) == 0:
            pairs = draw(st.permutations(pairs))[1:]
        made.append(f"{{{comma.join(pairs)}}}\n")
    data = "".join(made).encode()
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(data) - 1))
        data = (
            data[:at]
            + draw(st.sampled_from([b"", b"\n", b"\\", b'"', b"\xff", b"\0", b"{", b"0"]))
            + data[at + 1 :]
        )
    return data


def outcome(reader: JsonReader, data: bytes) -> str:
    """All that reading says."""
    given: list[pa.RecordBatch] = []
    giving = reader.giving(given.append)
    assert giving is not None
    try:
        schema = giving.schema(io.BytesIO(data), PATH)
        rows = rows_of(reader, data, schema)
        some = rows_of(reader, data, pa.schema(list(schema)[1:]))
    except RecordUnreadable as error:
        return repr(error)
    if None not in given:
        kept = reader.of_given(iter(given), PATH, schema)
        assert repr([row for batch in kept for row in batch.to_pylist()]) == repr(rows)
    return repr((schema.to_string(show_schema_metadata=True), rows, some))


def rows_of(reader: JsonReader, data: bytes, schema: pa.Schema) -> list[dict[str, object]]:
    batches = list(reader.read(io.BytesIO(data), PATH, schema))
    for batch in batches:
        batch.validate(full=True)
    return [row for batch in batches for row in batch.to_pylist()]


@settings(max_examples=EXAMPLES)
@given(lines(), st.integers(20, 300) | st.just(1 << 20))
def test_alike_lines_are_read_as_any_others(data: bytes, block_bytes: int) -> None:
    by_layout = JsonReader(block_bytes=block_bytes, layout_bytes=1)
    by_record = JsonReader(block_bytes=block_bytes, layout_bytes=1 << 30)
    assert outcome(by_layout, data) == outcome(by_record, data)


@settings(max_examples=EXAMPLES)
@given(lines(), st.sampled_from(["", "\n", '{"a":1}', '{"q":\n1}\n', "[{}]\n", "\ufeff{}"]), st.data())
def test_ranges_of_lines_are_the_whole_or_say_that_it_must_not_be_cut(
    data: bytes, end: str, draw: st.DataObject
) -> None:
    data += end.encode()
    reader = JsonReader(block_bytes=draw.draw(st.sampled_from([40, 200, 1 << 20])), layout_bytes=1)
    cuts = draw.draw(st.sets(st.integers(1, len(data) - 1), max_size=4)) if len(data) > 1 else set()
    if reader.why_whole(io.BytesIO(data), PATH, 0):
        return
    ranges = list(pairwise([0, *sorted(cuts), len(data)]))
    schemas = [reader.schema_range(io.BytesIO(data), PATH, *ends) for ends in ranges]
    if None in schemas:
        return
    whole = reader.schema(io.BytesIO(data), PATH)
    merged = merge_schemas(schemas)
    assert merged.equals(whole.remove_metadata())
    assert missing_of(merged, schemas) == missing_of(whole, [whole])
    assert occurrence_of(schemas) == occurrence_of([whole])
    rows = [
        row
        for ends in ranges
        for batch in reader.read_range(io.BytesIO(data), PATH, merged, *ends)
        for row in batch.to_pylist()
    ]
    assert repr(rows) == repr(rows_of(reader, data, merged))


def test_ranges_of_good_lines_may_be_cut() -> None:
    """Else the property above would hold for nothing."""
    data = b"".join(b'{"a": %d, "b": "\xc3\xa9"}\n' % number for number in range(50))
    reader = JsonReader(block_bytes=100, layout_bytes=1)
    assert reader.why_whole(io.BytesIO(data), PATH, 0) == ""
    for end in (data, data[:-1], data + b"\n \n"):
        for cut in range(1, len(data)):
            assert reader.schema_range(io.BytesIO(end), PATH, 0, cut) is not None
            assert reader.schema_range(io.BytesIO(end), PATH, cut, len(end)) is not None


def test_what_is_no_line_of_records_shows_in_its_range() -> None:
    good = b'{"a": 1}\n' * 10
    reader = JsonReader(block_bytes=64)
    for bad in (b'{"a":\n1}\n', b"[{},\n{}]\n", b"1\n", b"{oops\n", b"\xef\xbb\xbf{}\n"):
        data = good + bad + good
        cut = len(good) + 2  # the first line of what is bad ends a range
        ranges = ((0, cut), (cut, len(data)))
        assert None in [reader.schema_range(io.BytesIO(data), PATH, *ends) for ends in ranges]


def test_what_cannot_be_cut_says_why() -> None:
    data = b'{"a": 1}\n' * 10

    def why(reader: JsonReader, data: bytes = data, path: str = PATH) -> str:
        return reader.why_whole(io.BytesIO(data), path, 0)

    assert why(JsonReader()) == ""
    assert why(JsonReader(), b"\xef\xbb\xbf" + data) == ""
    assert "jsonPath" in why(JsonReader(steps=()))
    assert "declared" in why(JsonReader(declared=pa.schema([("a", pa.int32())])))
    assert "malformed" in why(JsonReader().keeping(print))
    assert "compressed" in why(JsonReader(), path="f.json.gz")
    assert "not JSON" in why(JsonReader(), b"\x1f\x8b\x08" + data)
    for other in (b'{\n"a": 1}\n', b'[{"a": 1},\n{"a": 2}]\n', b"{}", b"", b"\n"):
        assert "not records" in why(JsonReader(), other)


def test_most_lines_are_enough() -> None:
    line = b'{"a": 1, "s": {"b": "x"}}\n'
    skeleton = Skeleton.of(line)
    assert skeleton is not None
    found = skeleton.find(line + b'{"a": 20, "s": {"b": "\\""}}\n' + b'{"a": 3}\n' + line)
    assert found is not None
    assert found.alike.tolist() == [0, 1, 3]
    assert found.other_lines == b'{"a": 3}\n'
    assert found.tokens(("a",))[0].to_pylist() == ["1", "20", "1"]
    assert found.tokens(("s", "b"))[0].to_pylist() == ["x", '\\"', "x"]
    assert skeleton.find(line + b'{"a": 3}\n' * 2) is None


def test_lines_with_arrays_empty_objects_and_odd_names_have_no_skeleton() -> None:
    for line in (
        b'{"a": [1]}\n',
        b'{"a": 1, "b": {}}\n',
        b'{"\\u0061": 1}\n',
        b'{"a": 1, "a": 2}\n',
        b"{}\n",
    ):
        assert Skeleton.of(line) is None

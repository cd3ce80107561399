"""CSV has the rows that docs/reference/csv.md says, whatever the dialect."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.csv.blocks import BlockSizes, plain_first_row
from placekeeper.runtime.formats.csv.columns import row_of
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.reader import CsvReader
from placekeeper.runtime.formats.csv.structure import rows_of
from placekeeper.runtime.formats.shared.options import FormatOptions

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
LARGE = "x" * 5_000_000


def read(data: bytes, path: str = "f.csv", **options: object) -> tuple[list[str], list[list[str | None]]]:
    """The names of the columns, and the rows."""
    reader = CsvReader.of(FormatOptions({"withHeader": True, **options}))
    schema = reader.schema(io.BytesIO(data), path)
    batches = reader.read(io.BytesIO(data), path, schema)
    return schema.names, [list(row.values()) for batch in batches for row in batch.to_pylist()]


def refused(data: bytes, **options: object) -> str:
    with pytest.raises(RecordUnreadable) as raised:
        read(data, **options)
    return str(raised.value)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;|\t"))
def test_round_trip(rows: list[list[str]], separator: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
        [["a", "b", "c"], *rows]
    )
    assert read(text.getvalue().encode(), separator=separator, multiLine=True) == (["a", "b", "c"], rows)


def test_options_in_both_cases_and_types() -> None:
    options = {
        "WITHHEADER": "True",
        "multiline": "true",
        "quoteChar": "-1",
        "separator": "\\t",
        "escaper": None,
    }
    assert CsvReader.of(FormatOptions(options)) == CsvReader(
        Dialect(separator="\t", quote=None, multi_line=True), with_header=True
    )


@pytest.mark.parametrize("off", ["none", "None", "-1", -1, None, ""])
def test_off_has_several_names(off: object) -> None:
    dialect = CsvReader.of(FormatOptions({"escaper": off, "quoteChar": off})).dialect
    # None is an option that is not given.
    assert dialect == Dialect(quote='"' if off is None else None, escape=None)


@pytest.mark.parametrize(
    "options",
    [
        {"separator": "||"},
        {"withHeader": "maybe"},
        {"separator": "é"},
        {"separator": "none"},
        {"separator": ";", "quoteChar": ";"},
        {"separator": ";", "escaper": ";"},
        {"separator": "\n"},
        {"escaper": "\r"},
        {"quoteChar": "\n"},
        {"encoding": "no-such-encoding"},
        {"encoding": "rot13"},
        {"encoding": "utf-7"},
        {"encoding": "unicode_escape"},
        {"encoding": "a\0b"},
    ],
)
def test_options_that_cannot_be_followed(options: dict[str, object]) -> None:
    with pytest.raises(UnsupportedFeature, match="format option"):
        CsvReader.of(FormatOptions(options))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_the_last_line(end: str, last: bool) -> None:
    text = end.join(["a,b", "1,2", "", "3,"]) + (end if last else "")
    assert read(text.encode()) == (["a", "b"], [["1", "2"], ["3", ""]])


@pytest.mark.parametrize(
    "head", ["id,name", "id,name\n", "\n\nid,name\r\n", "id,name\r", '"id","name"', "id,name\n\n"]
)
@pytest.mark.parametrize("options", [{}, {"multiLine": True}, {"escaper": "\\"}])
def test_a_header_alone_has_columns_and_no_rows(head: str, options: dict[str, object]) -> None:
    for data in (head.encode(), b"\xef\xbb\xbf" + head.encode()):
        assert read(data, **options) == (["id", "name"], [])
        assert read(gzip.compress(data), path="f.csv.gz", **options) == (["id", "name"], [])
        assert read(data, withHeader=False, skipFirst=True, **options) == (["col0", "col1"], [])


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_file_without_a_row_has_no_columns(data: bytes) -> None:
    assert read(data) == ([], [])


def test_skip_first_leaves_out_one_row_below_the_header() -> None:
    assert read(b'a,b\n\n"x",y\n1,2\n', skipFirst=True) == (["a", "b"], [["1", "2"]])
    assert read(b"a,b\n1,2\n", withHeader=False, skipFirst=True) == (["col0", "col1"], [["1", "2"]])


def test_names_are_there_and_distinct() -> None:
    assert read(b"a,a,,b\n")[0] == ["a0", "a1", "col2", "b"]
    assert read(b"a,a,a1\n")[0] == ["a0", "a1_", "a1"]
    assert read(b",Sepal.Length\n1,2\n")[0] == ["col0", "Sepal.Length"]


def test_short_rows_keep_their_place() -> None:
    assert read(b"a,b,c\n1\n2,3\n4,5,6\n7\n")[1] == [
        ["1", None, None],
        ["2", "3", None],
        ["4", "5", "6"],
        ["7", None, None],
    ]


def test_empty_fields_are_empty_strings() -> None:
    assert read(b'a,b,c\n,"",x\n')[1] == [["", "", "x"]]
    assert read(b'a\n""\n\n')[1] == [[""]]


@pytest.mark.parametrize("options", [{}, {"multiLine": True}])
def test_an_unclosed_quote_fails_at_its_line(options: dict[str, object]) -> None:
    rows = [f"{n},name{n},note {n}" for n in range(1, 1001)]
    for broken in ('10,"name10,note 10', '10,name10,"note 10', '"10,name10,note 10'):
        rows[9] = broken
        said = refused(("id,name,note\n" + "\n".join(rows) + "\n").encode(), **options)
        assert "f.csv, line 11: a quote" in said
        assert "quoteChar: -1" in said


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (b'a,b\n1,"x"y\n', {}, "line 2: text follows a closing quote"),
        (b'a,b\n1,"x" \n', {}, "line 2: text follows a closing quote"),
        (b'a,b\n1,"x\n2,"y"\n', {"multiLine": True}, "line 3: text follows"),
        (b'a,b\n1,"x\n2,"y"\n', {"multiLine": True}, "The value begins on line 2."),
        (b'a,b\n1,"x\ny"\n', {}, 'line 2: a quote (") that is opened on this line is not closed on it'),
        (b'a,b\n1,"x\ry"\n', {}, "multiLine: True"),
        (b'"a\n",b\n1,2\n', {}, "line 1: a quote"),
        (b"a,b\r\n\r\n1,2\r\n1,2,3\r\n", {}, "line 4: the row has 3 fields, and the file's first row has 2"),
        (b"a,b\n1,2\\", {"escaper": "\\"}, "line 2: the escaper (\\) stands before the end"),
        (b"a,b\n1,2\\", {"escaper": "\\", "multiLine": True}, "line 2: the file ends after an escaper"),
        (b"a,b\n1,2\\\n3", {"escaper": "\\"}, "multiLine: True"),
        (b"a,b\n1,2\\\r\n3", {"escaper": "\\", "multiLine": True}, "line 2: the escaper (\\) stands before"),
        (b"a\n\xff\n", {}, "line 2: the byte 0xff, number 3 of the text, is not UTF-8"),
        (b"\xff\xfea\0\n\0", {}, "line 1: the byte 0xff, number 1 of the text, is not UTF-8"),
        (b"a\0\n\0b\0", {}, "line 1: every second byte is NUL"),
        (
            b"a\n\x81",
            {"encoding": "windows-1252"},
            "line 2: the byte 0x81, number 3 of the file, is not cp1252",
        ),
        (b"a\0\n\0", {"encoding": "UTF-16"}, "line 1: it has no byte order mark"),
        (b"a\0\n\0b", {"encoding": "UTF-16LE"}, "line 2: the byte 0x62, number 5 of the file"),
    ],
)
def test_what_breaks_the_grammar_is_named(data: bytes, options: dict[str, object], said: str) -> None:
    assert f"f.csv, {said}" in refused(data, **options) or said in refused(data, **options)


def test_a_line_is_named_in_any_block() -> None:
    data = b"a,b\n" + b"1,2\r\n\n" * 100_000 + b'3,"x'
    assert "f.csv, line 200002: " in refused(data)


@pytest.mark.parametrize("quoted", [True, False])
def test_a_field_may_be_large_wherever_it_is(quoted: bool) -> None:
    large = f'"{LARGE}"' if quoted else LARGE
    assert read(f"a,b\n1,{large}\n{large}\n2,y\n".encode())[1] == [["1", LARGE], [LARGE, None], ["2", "y"]]
    assert read(f"{large},b\n1,2\n".encode()) == ([LARGE, "b"], [["1", "2"]])
    assert read(f"{large},b\n".encode(), withHeader=False)[1] == [[LARGE, "b"]]


def test_a_row_may_have_many_fields() -> None:
    row = [str(n) for n in range(5_000)]
    assert read((",".join(row) + "\n").encode(), withHeader=False)[1] == [row]


def test_short_rows_of_a_wide_file_do_not_fill_the_memory() -> None:
    reader = CsvReader(with_header=True, limits=BlockSizes(block=4096, head=4096))
    data = (",".join(f"n{number}" for number in range(500)) + "\n" + 'x\n"y"""\n' * 5_000).encode()
    schema = reader.schema(io.BytesIO(data), "f.csv")
    batches = list(reader.read(io.BytesIO(data), "f.csv", schema))
    assert max(batch.num_rows * batch.num_columns for batch in batches) <= 4096
    rows = [row for batch in batches for row in batch.column(0).to_pylist()]
    assert rows == ["x", 'y"'] * 5_000
    assert sum(batch.column(499).null_count for batch in batches) == 10_000


def test_a_row_without_an_end_does_not_fill_the_memory() -> None:
    reader = CsvReader(Dialect(multi_line=True), limits=BlockSizes(block=16, head=16, row=1000))
    data = b'a,b\n1,2\n3,"x' + b"\ny" * 10_000
    schema = reader.schema(io.BytesIO(data), "f.csv")
    with pytest.raises(RecordUnreadable, match=r"f\.csv, line 3: .* goes on for more than 1000 bytes"):
        list(reader.read(io.BytesIO(data), "f.csv", schema))


def test_an_escaper_takes_the_meaning_from_what_follows() -> None:
    data = rb"""id,text
1,"line1\nline2"
2,tab\there
3,back\\slash
4,"say \"hi\""
5,\"a\,b\"
6,\r\0\x
7,"a""b\\"
8,\\
"""
    assert read(data, escaper="\\")[1] == [
        ["1", "line1\nline2"],
        ["2", "tab\there"],
        ["3", "back\\slash"],
        ["4", 'say "hi"'],
        ["5", '"a,b"'],
        ["6", "\r\0x"],
        ["7", 'a"b\\'],
        ["8", "\\"],
    ]
    assert read(b"a,b\n1,x\\\ny\n2\n", escaper="\\", multiLine=True)[1] == [["1", "x\ny"], ["2", None]]


def test_an_escaper_that_is_the_quote_means_doubled_quotes() -> None:
    data = b'id,name,city\n1,"Ann ""A"" Lee",Oslo\n2,"Bob",Rome\n4,"Dora, B.",Kyiv\n'
    assert read(data, escaper='"', quoteChar='"') == read(data)
    assert read(data)[1] == [["1", 'Ann "A" Lee', "Oslo"], ["2", "Bob", "Rome"], ["4", "Dora, B.", "Kyiv"]]


def test_without_quotes_they_are_plain_characters() -> None:
    assert read(b'a,b\n"1,"2"\n5" x,"\n', quoteChar=-1)[1] == [['"1', '"2"'], ['5" x', '"']]


def test_nul_is_a_character() -> None:
    assert read(b'a,b\nx\0y,"\0"\n')[1] == [["x\0y", "\0"]]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF8", "utf-8"),
        ("utf-8", "utf-8"),
        ("latin1", "latin-1"),
        ("ISO-8859-1", "latin-1"),
        ("ISO8859_1", "latin-1"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
        ("Cp1252", "cp1252"),
        ("UTF-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
        ("UTF-32", "utf-32"),
    ],
)
def test_encodings(name: str, codec: str) -> None:
    text = "ä,b\r\n1,é\n2,\xfc\n"
    rows = [["1", "é"], ["2", "ü"]]
    assert read(text.encode(codec), encoding=name) == (["ä", "b"], rows)
    assert read(gzip.compress(text.encode(codec)), path="f.csv.gz", encoding=name)[1] == rows


def test_encodings_of_many_bytes_at_the_borders_of_blocks() -> None:
    text = "名,b\n" + "日本語,😀\n" * 50
    for codec, name in (("gb18030", "GB18030"), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-16BE")):
        for block in (1, 2, 3, 5, 7):
            reader = CsvReader.of(FormatOptions({"withHeader": True, "encoding": name}))
            reader = CsvReader(
                reader.dialect, with_header=True, encoding=reader.encoding, limits=BlockSizes(block, block)
            )
            data = text.encode(codec)
            schema = reader.schema(io.BytesIO(data), "f.csv")
            rows = [
                row for batch in reader.read(io.BytesIO(data), "f.csv", schema) for row in batch.to_pylist()
            ]
            assert rows == [{"名": "日本語", "b": "😀"}] * 50


def test_a_mark_stays_out_of_explicit_utf_16() -> None:
    assert read("\ufeffa,b\n".encode("utf-16-le"), encoding="UTF-16LE")[0] == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b'5" pipe,6" pipe\n', ['5" pipe', '6" pipe']),
        (b'say ""hi"","say ""hi"""\n', ['say ""hi""', 'say "hi"']),
        (b' "x",y"z"\n', [' "x"', 'y"z"']),
        (b'a"b,"c,d"\n', ['a"b', "c,d"]),
    ],
)
def test_quotes_in_a_field_that_begins_with_none_are_plain(data: bytes, fields: list[str]) -> None:
    assert read(b"a,b\n" + data)[1] == [fields]
    assert read(b'a,b\n"q""q",r\n' + data)[1] == [['q"q', "r"], fields]


@given(st.text('ab,\n\r"\\\0é', max_size=12), st.sampled_from([None, "\\"]))
def test_a_plain_first_line_is_what_the_parser_makes_of_it(text: str, escape: str | None) -> None:
    dialect = Dialect(escape=escape, multi_line=True)
    plain = plain_first_row(text.encode(), dialect)
    if plain is not None:
        rows = rows_of(text.encode().removesuffix(b"\r") + b"\n", dialect, final=True)
        assert row_of(rows, 0, dialect) == plain

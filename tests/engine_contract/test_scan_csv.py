"""CSV is read alike on every engine."""

import bz2
import csv
import gzip
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.frames.mapping import apply_mapping, parse_mappings

pytestmark = pytest.mark.spark_tests(8)


def test_every_column_is_a_string_and_columns_are_united_by_name(files):
    files.put("a.csv", "id,name\n1,x\n2,\n")
    files.put("b.csv", "name,id,more\ny,3,true\n")
    frame = files.scan("csv", withHeader=True)
    assert frame.schema == pa.schema([(name, pa.string()) for name in ("id", "name", "more")])
    assert files.rows("csv", withHeader="true") == [
        {"id": "1", "name": "x", "more": None},
        {"id": "2", "name": "", "more": None},
        {"id": "3", "name": "y", "more": "true"},
    ]


def test_without_header_columns_are_numbered(files):
    files.put("a.csv", "1,x\n2,y\n")
    assert files.rows("csv") == [{"col0": "1", "col1": "x"}, {"col0": "2", "col1": "y"}]


def test_skip_first_drops_the_first_line(files):
    files.put("a.csv", "h,h2\n2,y\n")
    assert files.rows("csv", skipFirst=True) == [{"col0": "2", "col1": "y"}]


def test_separator_quote_escape_and_line_breaks(files):
    files.put("a.csv", "a|b\n'x|1'|'it''s'\n'two\nlines'|\\'\n")
    options = {"withHeader": True, "separator": "|", "quoteChar": "'", "escaper": "\\", "multiline": True}
    assert files.rows("csv", **options) == [{"a": "two\nlines", "b": "'"}, {"a": "x|1", "b": "it's"}]


def test_quote_char_off_keeps_quotes(files):
    files.put("a.csv", 'a,b\n"1,"2"\n')
    assert files.rows("csv", withHeader=True, quoteChar=-1) == [{"a": '"1', "b": '"2"'}]


def test_a_quoted_line_break_needs_multi_line(files):
    files.put("a.csv", 'a,b\n"one\ntwo",2\n')
    frame = files.scan("csv", withHeader=True)
    with pytest.raises(Exception, match="multiLine: True"):
        frame.dataframe.collect()


def test_short_rows_are_filled_with_null_and_long_rows_are_an_error(files):
    files.put("a.csv", "a,b\n1\n2,3\n")
    assert files.rows("csv", withHeader=True) == [{"a": "1", "b": None}, {"a": "2", "b": "3"}]
    files.put("a.csv", "a,b\n9\n2,3\n1\n")
    in_order = [tuple(row) for row in files.scan("csv", withHeader=True).dataframe.collect()]
    assert in_order == [("9", None), ("2", "3"), ("1", None)]
    files.put("a.csv", "a,b\n1,2,3\n")
    frame = files.scan("csv", withHeader=True)
    with pytest.raises(Exception, match=r"a\.csv.*line 2: the row has 3 fields"):
        frame.dataframe.collect()


def test_compressed_by_suffix_with_a_byte_order_mark(files):
    files.put("a.csv.gz", gzip.compress(b"\xef\xbb\xbfa,b\r\n1,2\r\n"))
    files.put("b.csv.bz2", bz2.compress(b"a,b\n3,4\n"))
    assert files.rows("csv", withHeader=True) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_compressed_by_option(files):
    files.put("a", gzip.compress(b"a\n1\n"))
    assert files.rows("csv", withHeader=True, compressionType="gzip") == [{"a": "1"}]


def test_names_that_repeat_and_blank_lines(files):
    files.put("a.csv", "\n\na,a,\n\n1,2,3\n\n")
    assert files.rows("csv", withHeader=True) == [{"a0": "1", "a1": "2", "col2": "3"}]


def test_empty_objects_add_nothing(files):
    files.put("a.csv", "")
    files.put("b.csv", "a,b\n")
    frame = files.scan("csv", withHeader=True)
    assert frame.schema.names == ["a", "b"]
    assert frame.dataframe.count() == 0


def test_many_objects_are_read_once_each(files):
    for number in range(25):
        files.put(f"{number:02}.csv", "n\n" + "".join(f"{number * 100 + row}\n" for row in range(100)))
    read = sorted(int(row["n"]) for row in files.rows("csv", withHeader=True))
    assert read == list(range(2500))


def test_a_format_that_is_not_read_is_one_sentence(files):
    files.put("a.ion", "x")
    with pytest.raises(UnsupportedFeature, match="'ion' is not read yet"):
        files.scan("ion")


def test_compressed_bytes_under_a_plain_name_are_said(files):
    files.put("a.csv", gzip.compress(b"a\n1\n"))
    with pytest.raises(RecordUnreadable, match="compressed by gzip, and its name does not say so"):
        files.scan("csv", withHeader=True)


def test_a_quote_that_nobody_closes_is_named_and_eats_no_rows(files):
    rows = [f"{number},name{number},note {number}" for number in range(1, 1001)]
    rows[9] = '10,"name10,note 10'
    files.put("a.csv", "id,name,note\n" + "\n".join(rows) + "\n")
    for multi_line in (False, True):
        frame = files.scan("csv", withHeader=True, multiLine=multi_line)
        with pytest.raises(Exception, match=r"a\.csv, line 11: a quote"):
            frame.dataframe.collect()


def test_a_header_alone_has_no_rows_with_and_without_its_line_end(files):
    files.put("1.csv", "id,name\n1,ann\n")
    files.put("2.csv", "id,name")
    files.put("3.csv.gz", gzip.compress(b'\xef\xbb\xbf"id","name"'))
    assert files.rows("csv", withHeader=True) == [{"id": "1", "name": "ann"}]


def test_large_fields_are_data_in_any_row(files):
    large = "x" * 5_000_000
    files.put("a.csv", f"id,doc,note\n1,{large}\n2,small,ok\n")
    assert files.rows("csv", withHeader=True) == [
        {"id": "1", "doc": large, "note": None},
        {"id": "2", "doc": "small", "note": "ok"},
    ]


def test_an_escaper_that_is_the_quote(files):
    files.put("a.csv", 'id,name\n1,"Ann ""A"" Lee"\n2,"Bob, B."\n')
    assert files.rows("csv", withHeader=True, quoteChar='"', escaper='"') == [
        {"id": "1", "name": 'Ann "A" Lee'},
        {"id": "2", "name": "Bob, B."},
    ]


def test_well_known_escapes(files):
    files.put("a.csv", 'id,text\n1,"line1\\nline2"\n2,tab\\there\n3,back\\\\slash\n4,"say \\"hi\\""\n')
    assert [row["text"] for row in files.rows("csv", withHeader=True, escaper="\\")] == [
        "line1\nline2",
        "tab\there",
        "back\\slash",
        'say "hi"',
    ]


def test_another_encoding_is_decoded_or_refused(files):
    files.put("a.csv", "a\né\n".encode("cp1252"))
    assert files.rows("csv", withHeader=True, encoding="windows-1252") == [{"a": "é"}]
    frame = files.scan("csv", withHeader=True)
    with pytest.raises(Exception, match=r"a\.csv, line 2: the byte 0xe9, .* format option encoding"):
        frame.dataframe.collect()
    with pytest.raises(UnsupportedFeature, match="JSON is read in UTF-8 only"):
        files.scan("json", encoding="windows-1252")


def test_rows_are_those_of_the_engines_own_reader_where_it_follows_the_grammar(files):
    """Spark's reader: an empty field is null there, and it reads more than the grammar allows."""
    if files.engine.name != "spark":
        pytest.skip("Sail's own reader takes broken quotes for data")
    random = Random(7)
    for number in range(5):
        values = ["", "a", "ä b", "x,y", 'say "hi"', "two\nlines", "'", "😀"]
        rows = [[random.choice(values) for _ in range(3)] + ["end"] for _ in range(300)]
        with (files.folder / f"{number}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([["a", "b", "c", "d"], *rows])
    theirs = files.engine.session.read.csv(
        str(files.folder), header=True, multiLine=True, escape='"', mode="FAILFAST"
    )
    expected = [{name: value or "" for name, value in row.asDict().items()} for row in theirs.collect()]
    assert files.rows("csv", withHeader=True, multiLine=True) == sorted(expected, key=repr)


def test_a_large_file_is_read_in_pieces(files, cut_bytes):
    """Each row once, in its order, and an error names its line."""
    count, width = cut_bytes // 122, 8
    digits = np.arange(count)[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10 + ord("0")
    rest = np.tile(np.frombuffer(b"," + b"x" * 116 + b"\n", np.uint8), (count, 1))
    rows = np.concatenate([digits.astype(np.uint8), rest], axis=1).tobytes()
    assert len(rows) > cut_bytes
    files.put("a.csv", b"n,x\n" + rows)
    assert "values may hold line ends" in files.scan("csv", withHeader=True, multiLine=True).way
    frame = files.scan("csv", withHeader=True)
    assert frame.way == ""
    mapped = apply_mapping(frame, parse_mappings([("n", "n", "long")]))[0].dataframe
    total = mapped.agg(F.count("*"), F.sum("n"), F.min("n"), F.max("n"), F.countDistinct("n")).collect()[0]
    assert tuple(total) == (count, count * (count - 1) // 2, 0, count - 1, count)
    files.put("a.csv", b"n,x\n" + rows + b'"x"y\n')
    with pytest.raises(Exception, match=f"line {count + 2:d}"):
        files.scan("csv", withHeader=True).dataframe.agg(F.count("*")).collect()

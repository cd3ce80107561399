"""CSV is read alike on every engine."""

import bz2
import gzip

import pyarrow as pa
import pytest

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature


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
    files.put("a.avro", "x")
    with pytest.raises(UnsupportedFeature, match="'avro' is not read yet"):
        files.scan("avro")


def test_compressed_bytes_under_a_plain_name_are_said(files):
    files.put("a.csv", gzip.compress(b"a\n1\n"))
    with pytest.raises(RecordUnreadable, match="compressed by gzip, and its name does not say so"):
        files.scan("csv", withHeader=True)

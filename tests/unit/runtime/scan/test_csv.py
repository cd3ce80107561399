"""CSV is read as it was written, whatever the dialect."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.scan.csv import CsvFormat
from placekeeper.runtime.scan.options import FormatOptions

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1, max_size=8)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;|\t"))
def test_round_trip(rows, separator):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
        [["a", "b", "c"], *rows]
    )
    reader = CsvFormat(separator=separator, with_header=True, multi_line=True)
    data = text.getvalue().encode()
    schema = reader.schema(io.BytesIO(data), "f.csv")
    found = [
        list(row.values())
        for batch in reader.read(io.BytesIO(data), "f.csv", schema)
        for row in batch.to_pylist()
    ]
    assert found == rows


def test_options_in_both_cases_and_types():
    options = {
        "WITHHEADER": "True",
        "multiline": "true",
        "quoteChar": "-1",
        "separator": "\\t",
        "escaper": None,
    }
    assert CsvFormat.of(FormatOptions(options)) == CsvFormat(
        separator="\t", quote=None, with_header=True, multi_line=True
    )


@pytest.mark.parametrize("options", [{"separator": "||"}, {"withHeader": "maybe"}, {"separator": "é"}])
def test_options_that_cannot_be_followed(options):
    with pytest.raises(UnsupportedFeature, match="format option"):
        CsvFormat.of(FormatOptions(options))


def test_bytes_that_are_no_utf8_name_the_file():
    data = b"a\n\xff\n"
    reader = CsvFormat(with_header=True)
    schema = reader.schema(io.BytesIO(b"a\n"), "f.csv")
    with pytest.raises(RecordUnreadable, match=r"f\.csv.*(?i:utf-?8)"):
        list(reader.read(io.BytesIO(data), "f.csv", schema))

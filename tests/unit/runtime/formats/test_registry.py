"""Options that would change the columns are refused, whichever way the data goes."""

import re
from collections.abc import Mapping

import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.notes import format_notes
from placekeeper.runtime.formats.registry import FORMATS


@pytest.mark.parametrize("format", ["csv", "parquet", "glueparquet"])
def test_an_option_that_would_change_the_columns_is_refused_unless_false(format: str) -> None:
    reason = "The format option withSchema is not supported: it would change the columns. Leave it out."
    with pytest.raises(UnsupportedFeature) as refusal:
        FORMATS.reader(format, {"withSchema": "name"})
    assert str(refusal.value) == reason
    assert FORMATS.reader(format, {"withSchema": False}) == FORMATS.reader(format, {})


@pytest.mark.parametrize(
    ("format", "options", "writing", "said"),
    [
        ("csv", {"WITHHEADER": "true", "separator": ";"}, True, ["WITHHEADER has no effect: .* reading"]),
        ("csv", {"writeHeader": False, "withHeader": True}, False, ["writeHeader has no effect: .* writing"]),
        ("json", {"jsonPath": "$[*]"}, True, ["jsonPath has no effect"]),
        ("parquet", {"attachFilename": "f"}, True, ["attachFilename has no effect"]),
        ("parquet", {"attachFilename": "f"}, False, []),
        ("avro", {"version": "1.8", "avroSchema": "{}"}, True, ["avroSchema has no effect"]),
    ],
)
def test_options_that_count_only_the_other_way_are_noted(
    format: str, options: Mapping[str, object], writing: bool, said: list[str]
) -> None:
    notes = format_notes(FORMATS.readable(format), options, writing=writing)
    assert len(notes) == len(said)
    assert all(re.search(pattern, note) for pattern, note in zip(said, notes, strict=True))


@pytest.mark.parametrize("name", ["compression", "compressionType", "COMPRESSIONTYPE"])
def test_compression_has_two_names_when_writing(name: str) -> None:
    assert FORMATS.output("csv", {name: "gzip"}).suffix == ".csv.gz"
    assert FORMATS.output("parquet", {name: "gzip"}).suffix == ".c000.gz.parquet"

"""Options of formats are accepted in every spelling, and honoured or named."""

import re
from collections.abc import Mapping

import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.formats.notes import format_notes
from placekeeper.runtime.formats.registry import FORMATS


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


SCHEMA = {
    "dataType": "struct",
    "fields": [{"name": "a", "properties": {}, "container": {"dataType": "int"}}],
}

HONOURED = [
    *(("csv", name, value) for name, value in (("separator", ";"), ("escaper", "\\"), ("quoteChar", "'"))),
    *(("csv", name, value) for name, value in (("quoteChar", -1), ("quoteChar", "-1"))),
    *(("csv", name, True) for name in ("multiLine", "withHeader", "skipFirst")),
    ("json", "jsonPath", "$.records[*]"),
    ("json", "withSchema", SCHEMA),
    ("avro", "version", "1.8"),
    ("xml", "encoding", "UTF-16"),
    *(
        ("xml", name, True)
        for name in ("excludeAttribute", "treatEmptyValuesAsNulls", "ignoreSurroundingSpaces")
    ),
    *(("xml", name, value) for name, value in (("attributePrefix", "@"), ("valueTag", "#"), ("rowTag", "b"))),
    ("xml", "withSchema", SCHEMA),
    ("grokLog", "logFormat", "%{INT:b}"),
    ("grokLog", "customPatterns", "WORD x"),
    ("grokLog", "MISSING", "?"),
    ("grokLog", "StrictMode", True),
]
"""Every option of reading that AWS documents: the format, the option, and a value that is not its default."""

REQUIRED: Mapping[str, Mapping[str, object]] = {"xml": {"rowTag": "a"}, "grokLog": {"logFormat": "%{WORD:a}"}}

HONOURED_IN_WRITING = [
    ("csv", "separator", ";"),
    ("csv", "quoteChar", -1),
    ("csv", "escaper", "\\"),
    ("csv", "writeHeader", False),
    ("avro", "version", "1.8"),
    *((format, "compression", "gzip") for format in ("csv", "json", "parquet", "glueparquet", "orc", "xml")),
    *(("xml", name, "b") for name in ("rowTag", "rootTag", "attributePrefix", "valueTag")),
    ("parquet", "compression", "uncompressed"),
]

WITHOUT_EFFECT = [
    *((format, "optimizePerformance", "true") for format in ("csv", "json")),
    ("csv", "strictCheckForQuoting", "false"),
    *(("parquet", name, "1024") for name in ("blockSize", "pageSize")),
    ("parquet", "useGlueParquetWriter", "true"),
    ("glueparquet", "blockSize", 134217728),
]

SPELLINGS = [str, str.lower, str.upper]


def spelled(value: object) -> list[object]:
    """A value as scripts may write it: a boolean in a string, too."""
    return [value, str(value).lower(), str(value)] if isinstance(value, bool) else [value]


@pytest.mark.parametrize(("format", "option", "value"), HONOURED)
def test_an_option_of_reading_is_honoured_in_every_spelling(format: str, option: str, value: object) -> None:
    required = dict(REQUIRED.get(format, {}))
    plain = FORMATS.reader(format, required)
    required.pop(option, None)
    wanted = FORMATS.reader(format, {**required, option: value})
    assert wanted != plain
    for spell in SPELLINGS:
        for said in spelled(value):
            options = {**required, spell(option): said}
            assert FORMATS.reader(spell(format), options) == wanted
            assert format_notes(FORMATS.readable(format), options) == []


@pytest.mark.parametrize(("format", "option", "value"), HONOURED_IN_WRITING)
def test_an_option_of_writing_is_honoured_in_every_spelling(format: str, option: str, value: object) -> None:
    wanted = FORMATS.output(format, {option: value})
    assert wanted != FORMATS.output(format, {})
    for spell in SPELLINGS:
        for said in spelled(value):
            assert FORMATS.output(spell(format), {spell(option): said}) == wanted
            assert format_notes(FORMATS.writable(format), {spell(option): said}, writing=True) == []


@pytest.mark.parametrize(("format", "option", "value"), WITHOUT_EFFECT)
@pytest.mark.parametrize("writing", [False, True])
def test_an_option_without_effect_is_named(format: str, option: str, value: object, writing: bool) -> None:
    row = FORMATS.writable(format)
    for spell in SPELLINGS:
        options = {spell(option): value}
        assert FORMATS.reader(format, options) == FORMATS.reader(format, {})
        assert FORMATS.output(format, options) == FORMATS.output(format, {})
        (note,) = format_notes(row, options, writing=writing)
        assert note.startswith(f"format option {spell(option)} has no effect: ")


def test_multi_line_json_takes_no_option() -> None:
    assert FORMATS.reader("json", {"multiLine": "true"}) == FORMATS.reader("json", {})
    assert format_notes(FORMATS.readable("json"), {"multiline": True}) == []


@pytest.mark.parametrize(
    ("format", "option", "meant"),
    [
        ("csv", "seperator", "separator"),
        ("xml", "rowtags", "rowTag"),
        ("xml", "attributePrefx", "attributePrefix"),
        ("grokLog", "customPattern", "customPatterns"),
        ("json", "withSchemas", "withSchema"),
        ("avro", "versoin", "version"),
        ("parquet", "attachFileName2", "attachFilename"),
    ],
)
def test_an_unknown_option_is_named_with_the_nearest(format: str, option: str, meant: str) -> None:
    note = f"unknown format option '{option}' was ignored; did you mean {meant}?"
    assert format_notes(FORMATS.readable(format), {option: "x"}) == [note]


@pytest.mark.parametrize("format", ["ion", "excel"])
def test_a_format_that_is_not_there_is_named(format: str) -> None:
    with pytest.raises(UnsupportedFeature, match=f"format '{format}' is not read yet: csv, json"):
        FORMATS.reader(format, {})
    with pytest.raises(UnsupportedFeature, match=f"format '{format}' is not written yet: csv, json"):
        FORMATS.output(format, {})


@pytest.mark.parametrize("format", ["parquet", "glueparquet"])
def test_a_codec_that_is_not_there_is_named(format: str) -> None:
    with pytest.raises(UnsupportedFeature, match="snappy, gzip, zstd or uncompressed here, not with 'lzo'"):
        FORMATS.output(format, {"compression": "lzo"})

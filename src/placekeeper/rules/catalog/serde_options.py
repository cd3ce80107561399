"""What the parameters of a table say of its files: format options, and sentences about what has no effect.

Source: docs/reference/awsglue.md#properties-of-tables.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.serdes import (
    AVRO_SERDE,
    GROK_SERDE,
    JSON_SERDE,
    LAZY_SIMPLE,
    ORC_SERDE,
    PARQUET_HIVE,
    XML_CLASSIFIED,
    SerDe,
)

Parameters = Mapping[str, str]

_HEADER: Final = "skip.header.line.count"
_FOOTER: Final = "skip.footer.line.count"
_LINE_END: Final = "line.delim"
_SAME_FORM: Final = "serialization.format"
_AVRO_SCHEMA: Final = "avro.schema.literal"
_XML_OPTIONS: Final = (
    *("rowTag", "attributePrefix", "valueTag", "encoding"),
    *("excludeAttribute", "treatEmptyValuesAsNulls", "ignoreSurroundingSpaces"),
)
_GROK_PATTERN: Final = ("input.format", "grokPattern")
_GROK_PATTERNS: Final = ("input.grokCustomPatterns", "grokCustomPatterns")
_BYTES: Final = 256


def format_options_of(serde: SerDe, parameters: Parameters, name: str) -> dict[str, str]:
    """The format options of the files of `name`, which is a table or a partition.

    Raises UnsupportedFeature for a header of several lines, for a footer and for unusual line ends.
    """
    if serde.separator is not None:
        return _of_csv(serde, parameters, name)
    own = _OWN_OPTIONS.get(serde)
    return {} if own is None else own(parameters)


def _compression(parameters: Parameters) -> dict[str, str]:
    """What compresses the files of a format of texts; none where the names of files say it."""
    said = (parameters.get("compressionType") or "").strip()
    return {"compressionType": said} if said.lower() not in ("", "none") else {}


def ineffective(serde: SerDe, of_library: Parameters, parameters: Parameters, name: str) -> Iterator[str]:
    """A sentence for each property without effect: those of the library, and some of the whole table."""
    for property in sorted(of_library):
        why = _why_ineffective(serde, property, of_library[property])
        if why:
            yield f"{name} has {property} '{of_library[property]}', which has no effect: {why}"
    if parameters.get("projection.enabled", "").strip().lower() == "true":
        yield (
            f"{name} has projection.enabled 'true', which has no effect: the partitions of the catalog are "
            "read, as on AWS. Register them (CreatePartition)"
        )


def _why_ineffective(serde: SerDe, property: str, value: str) -> str:
    reasons = _WITHOUT_EFFECT.get(serde, {})
    lowered = property.lower()
    if lowered.startswith("mapping."):
        return f"the field keeps its name: frame.rename_field('{value}', '{property[len('mapping.') :]}')"
    if serde is PARQUET_HIVE and lowered == "parquet.column.index.access" and value.lower() != "true":
        return ""
    return reasons.get(lowered, "")


def _of_csv(serde: SerDe, parameters: Parameters, name: str) -> dict[str, str]:
    header = parameters.get(_HEADER, "0").strip()
    if header not in ("0", "1"):
        raise UnsupportedFeature(f"{name} has {_HEADER} {header}: only 0 and 1 can be read")
    if parameters.get(_FOOTER, "0").strip() not in ("", "0"):
        raise UnsupportedFeature(f"{name} has {_FOOTER} {parameters[_FOOTER]}: only 0 can be read")
    if (parameters.get(_LINE_END) or "\n") not in ("\n", "\\n", "10"):
        raise UnsupportedFeature(
            f"{name} has {_LINE_END} {parameters[_LINE_END]!r}: only \\n, \\r\\n and \\r can be read"
        )
    said = {
        "separator": _separator(serde, parameters),
        "quoteChar": parameters.get("quoteChar"),
        "escaper": parameters.get("escapeChar") or parameters.get("escape.delim"),
        "encoding": parameters.get("serialization.encoding"),
        "skipFirst": "true" if header == "1" else None,
    }
    return {option: value for option, value in said.items() if value} | _compression(parameters)


def _separator(serde: SerDe, parameters: Parameters) -> str:
    """LazySimpleSerDe has a second name for its separator, and takes numbers for the codes of characters."""
    assert serde.separator is not None  # noqa: S101 - `format_options_of` has seen it
    key, default = serde.separator
    if serde is not LAZY_SIMPLE:
        return parameters.get(key) or default
    said = parameters.get(key) or parameters.get("delimiter") or parameters.get(_SAME_FORM) or default
    is_code = said.isascii() and said.isdigit() and int(said) < _BYTES
    return chr(int(said)) if is_code else said


def _of_json(parameters: Parameters) -> dict[str, str]:
    """A crawler's classifier says the path of the records; openx's library may bear malformed ones."""
    bears = (parameters.get("ignore.malformed.json") or "").strip().lower() == "true"
    more = {"isFailFast": "false"} if bears else {}
    return _said(parameters, "jsonPath") | more | _compression(parameters)


def _of_avro(parameters: Parameters) -> dict[str, str]:
    """Hive knows logical types of Avro, and a table may say to which schema files resolve."""
    literal = (parameters.get(_AVRO_SCHEMA) or "").strip()
    return {"version": "1.8"} | ({"avroSchema": literal} if literal not in ("", "none") else {})


def _of_grok(parameters: Parameters) -> dict[str, str]:
    """The pattern of a line, and the patterns that it names."""
    names = {"logFormat": _GROK_PATTERN, "customPatterns": _GROK_PATTERNS}
    found = {
        option: next((parameters[name] for name in known if parameters.get(name)), "")
        for option, known in names.items()
    }
    return {option: text for option, text in found.items() if text} | _compression(parameters)


def _of_xml(parameters: Parameters) -> dict[str, str]:
    """A table has them under the same names."""
    return _said(parameters, *_XML_OPTIONS) | _compression(parameters)


def _said(parameters: Parameters, *names: str) -> dict[str, str]:
    return {name: parameters[name] for name in names if parameters.get(name)}


_OWN_OPTIONS: Final[Mapping[SerDe, Callable[[Parameters], dict[str, str]]]] = MappingProxyType(
    {JSON_SERDE: _of_json, AVRO_SERDE: _of_avro, GROK_SERDE: _of_grok, XML_CLASSIFIED: _of_xml}
)
"""Libraries whose tables say format options that are no dialect of CSV."""

_BY_NAME: Final = "columns go by their names, not by position"
_WITHOUT_EFFECT: Final[Mapping[SerDe, Mapping[str, str]]] = MappingProxyType(
    {
        LAZY_SIMPLE: {
            "serialization.null.format": "an empty field is null, unless its column is a string",
            "serialization.last.column.takes.rest": "fields beyond the columns are dropped",
            "timestamp.formats": "times are read as 2026-01-31 10:00:00; others make the column a choice",
            "collection.delim": "columns of texts are single values",
            "colelction.delim": "columns of texts are single values",
            "mapkey.delim": "columns of texts are single values",
        },
        JSON_SERDE: {
            "case.insensitive": "fields have the names that the files give them, in their case",
            "dots.in.keys": "a dot in a name stays",
            "timestamp.formats": "the files say the types",
            "explicit.null": "it concerns writing",
            "strip.outer.array": "the records of an array are always records",
            "use.null.for.invalid.data": "a value of another type makes its field a choice",
        },
        PARQUET_HIVE: {"parquet.column.index.access": _BY_NAME},
        ORC_SERDE: {"orc.column.index.access": _BY_NAME, "orc.force.positional.evolution": _BY_NAME},
        AVRO_SERDE: {
            "avro.schema.url": "files are read by the schemas in them. Say avro.schema.literal, or the "
            "format option avroSchema",
        },
        GROK_SERDE: {"input.regex": "input.format says the pattern"},
    }
)
"""Properties of libraries, in lower case, that change nothing here, each with the reason."""

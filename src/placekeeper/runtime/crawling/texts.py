"""Classifiers of text files: JSON, XML, logs and CSV, built-in and custom."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from msgspec.structs import replace

from placekeeper.model.errors import RecordUnreadable
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.rules.crawling.csv_files import CsvOptions, recognised
from placekeeper.rules.crawling.cut_json import begins_records, whole_values
from placekeeper.rules.crawling.headers import HEADER
from placekeeper.rules.crawling.shapes import Form, Shape
from placekeeper.runtime.crawling.heads import Head
from placekeeper.runtime.crawling.hive_columns import hive_columns
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.registry import FORMATS

_TAG: Final = re.compile(r"<([A-Za-z_][\w.:-]*)[\s/>]")
_LOGS: Final = (("combinedapache", "%{COMBINEDAPACHELOG}"), ("apache", "%{COMMONAPACHELOG}"))
"""Classifications of the built-in classifiers of logs, and their patterns."""

_LONGEST_LINE: Final = 16 * 1024
"""How long lines of logs may be that the built-in classifiers know (our choice)."""


def json_shape(head: Head, path: str = "") -> Shape | None:
    """A text as JSON, with the records at a jsonPath; None if it is none."""
    if head.data.lstrip()[:1] not in (b"{", b"["):
        return None
    reader = FORMATS.reader("json", {"jsonPath": path} if path else {})
    try:
        columns, records = _read(reader, head)
    except RecordUnreadable:
        if head.is_all:
            raise
        head = _cut(head)
        columns, records = _read(reader, head)
    if not columns:
        return None
    details = (("jsonPath", path),) if path else ()
    form = Form(format="json", classification="json", compression=head.codec, details=details)
    return Shape(form=form, columns=columns, records=records * head.share)


def _cut(head: Head) -> Head:
    """The whole records of a head that ends amid a record: a long array, or records of several lines."""
    data = whole_values(head.data)
    return replace(head, data=data, share=head.share * len(head.data) / len(data))


def xml_shape(head: Head, file: BinaryIO, path: str, tag: str, classification: str) -> Shape | None:
    """A text as XML. Without a tag, rows are what the outermost element has first."""
    text = head.text
    if text is None or not text.lstrip().startswith("<"):
        return None
    if not tag:
        tags = _TAG.findall(text)
        if len(tags) < 2:
            return None
        tag = tags[1]
    file.seek(0)  # half a document is none
    columns = hive_columns(FORMATS.reader("xml", {"rowTag": tag}).schema(file, path))
    if not columns:
        return None
    form = Form(
        format="xml", classification=classification, compression=head.codec, details=(("rowTag", tag),)
    )
    count = len(re.findall(rf"<{re.escape(tag)}[\s/>]", text))
    return Shape(form=form, columns=columns, records=count * head.share)


def log_shape(head: Head, pattern: str, custom: str, classification: str) -> Shape | None:
    """A text as lines that a Grok pattern matches; None if there is one that it does not match."""
    options = {"logFormat": pattern} | ({"customPatterns": custom} if custom else {})
    columns, records = _read(FORMATS.reader("groklog", options), head)
    if not records:
        return None
    details = {"grokPattern": pattern} | ({"grokCustomPatterns": custom} if custom else {})
    form = Form(
        format="groklog",
        classification=classification,
        compression=head.codec,
        details=tuple(sorted(details.items())),
    )
    return Shape(form=form, columns=columns, records=records * head.share)


def csv_shape(head: Head, options: CsvOptions) -> Shape | None:
    """A text as CSV; None if it is none."""
    text = head.text
    found = None if text is None else recognised(text, options)
    if found is None:
        return None
    details = {
        "delimiter": found.delimiter,
        "quote": options.quote if options.quote != '"' or options.serde == "OpenCSVSerDe" else "",
        "serde": options.serde,
        HEADER: "true" if found.has_header else "",
    }
    form = Form(
        format="csv",
        classification="csv",
        compression=head.codec,
        details=tuple(sorted((name, value) for name, value in details.items() if value)),
    )
    rows = len(head.data.splitlines()) - found.has_header
    return Shape(
        form=form,
        columns=found.columns,
        records=max(rows, 0) * head.share,
        first=found.first if not options.names else (),
        below=found.below,
        is_quoted=found.is_quoted,
    )


def lone_row(head: Head) -> tuple[str, ...]:
    """The fields of a text that is one line, by commas: it may be the header of a file without rows."""
    text = head.text
    lines = [] if text is None else text.splitlines()
    return tuple(lines[0].split(",")) if len(lines) == 1 and "," in lines[0] else ()


def built_in_shapes(head: Head, file: BinaryIO, path: str, troubles: list[str]) -> Iterator[Shape | None]:
    """What each built-in classifier of texts says, in AWS's order. Why one could not say goes to troubles.

    Records of JSON that are broken are no other text: their lines could pass for rows of CSV.
    """
    yield _tried(troubles, "JSON", lambda: json_shape(head))
    if troubles and begins_records(head.data):
        return
    yield _tried(troubles, "XML", lambda: xml_shape(head, file, path, "", "xml"))
    # A pattern may take minutes for one long line. Logs have none.
    has_short_lines = max(map(len, head.data.splitlines()), default=0) <= _LONGEST_LINE
    for classification, pattern in _LOGS if has_short_lines else ():
        yield _tried([], "a log", lambda p=pattern, c=classification: log_shape(head, p, "", c))
    yield csv_shape(head, CsvOptions())


def custom_shape(kind: str, spec: Mapping[str, Any], head: Head, file: BinaryIO, path: str) -> Shape | None:
    """What a custom classifier says."""
    troubles: list[str] = []
    match kind:
        case "JsonClassifier":
            return _tried(troubles, "JSON", lambda: json_shape(head, spec["JsonPath"]))
        case "XMLClassifier":
            tag, name = spec.get("RowTag") or "", spec["Classification"]
            return _tried(troubles, "XML", lambda: xml_shape(head, file, path, tag, name))
        case "GrokClassifier":
            custom = spec.get("CustomPatterns") or ""
            name = spec["Classification"]
            return _tried(troubles, "a log", lambda: log_shape(head, spec["GrokPattern"], custom, name))
        case _:
            return csv_shape(head, csv_options(spec))


def csv_options(spec: Mapping[str, Any]) -> CsvOptions:
    """What a CSV classifier says."""
    has_types = spec.get("CustomDatatypeConfigured")
    return CsvOptions(
        delimiter=spec.get("Delimiter") or "",
        quote=spec.get("QuoteSymbol") or '"',
        header=spec.get("ContainsHeader") or "UNKNOWN",
        names=tuple(spec.get("Header") or ()),
        trims=not spec.get("DisableValueTrimming"),
        single=bool(spec.get("AllowSingleColumn")),
        types=tuple(spec.get("CustomDatatypes") or ()) if has_types else (),
        serde="OpenCSVSerDe" if spec.get("Serde") == "OpenCSVSerDe" else "",
    )


def _tried(troubles: list[str], what: str, look: Any) -> Shape | None:
    try:
        found: Shape | None = look()
    except RecordUnreadable as error:
        troubles.append(f"as {what}: {error}")
        return None
    return found


def _read(reader: Reader, head: Head) -> tuple[Columns, int]:
    """The columns of a head, and how many records it has."""
    schema = reader.schema(head.file, head.path)
    records = sum(batch.num_rows for batch in reader.read(head.file, head.path, schema))
    return hive_columns(schema), records

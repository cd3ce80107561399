"""The form of the files of a table that a script writes: its serialization library and its dialect."""

from collections.abc import Mapping
from typing import Any, Final

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.catalog.serdes import SerDe
from placekeeper.rules.catalog.table_files import TableFiles
from placekeeper.runtime.formats.format import Format
from placekeeper.runtime.formats.shared.options import FormatOptions

_AS_READ: Final = ("version", "rowTag", "attributePrefix", "valueTag")
"""Format options with which files that name their own columns are written as they are read."""


def serde_of(format: Format, options: Mapping[str, Any]) -> SerDe:
    """The library of a table that is made for files of a format, written with these format options.

    Where quotes are off it is one that knows no quotes. Raises UnsupportedFeature if no library reads them.
    """
    has_quotes = FormatOptions(options).character("quoteChar", '"') is not None
    found = [serde for serde in format.serdes if serde.library and (serde.quote is None or has_quotes)]
    if not found:
        raise UnsupportedFeature(
            f"no table is made of {format.name}, because the catalog has no serialization library for it. "
            "Write without enableUpdateCatalog, or another format"
        )
    return found[0]


def dialect_of(serde: SerDe, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The characters and the header of what is written with these format options; none for other formats."""
    if not serde.is_described:
        return {}
    given = FormatOptions(options)
    return {
        "separator": given.character("separator", ","),
        "quoteChar": given.character("quoteChar", '"'),
        "escaper": given.character("escaper", None),
        "writeHeader": given.flag("writeHeader", default=True),
    }


def write_options(described: TableFiles) -> dict[str, Any]:
    """The format options with which files are written as a table says that they are."""
    said = dict(described.format_options)
    compression = said.pop("compressionType", None)
    if not described.serde.is_described:
        kept: dict[str, Any] = {option: said[option] for option in _AS_READ if option in said}
        return kept if compression is None else {**kept, "compression": compression}
    has_header = said.pop("skipFirst", None) == "true"
    written = {**said, "writeHeader": has_header}
    return written if compression is None else {**written, "compression": compression}


def check_dialect(name: str, described: TableFiles, options: Mapping[str, Any]) -> None:
    """Raises UsageError where files would be written in another dialect than the table's."""
    wanted, found = (
        dialect_of(described.serde, write_options(described)),
        dialect_of(described.serde, options),
    )
    differing = [option for option in wanted if wanted[option] != found[option]]
    if differing:
        told = ", ".join(f"{option} {wanted[option]!r} and not {found[option]!r}" for option in differing)
        raise UsageError(
            f"the files of the table {name} have another dialect: {told}. Write with these format options. "
            "Nothing was written"
        )

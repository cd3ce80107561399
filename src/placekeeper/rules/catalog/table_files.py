"""The files of a catalog table: their location, serialization library and columns.

A table that no reader here can read is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from placekeeper.model.catalog import TablePartition, TableSnapshot, key_types
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.source import ObjectSource, Partition, Source, TableSource
from placekeeper.rules.catalog.serdes import AVRO_SERDE, GROK_SERDE, SERDES, XML_CLASSIFIED, SerDe
from placekeeper.rules.catalog.table_kinds import check_files

Columns = tuple[tuple[str, str], ...]
"""Names and Hive types of columns, in order."""

_OPTIONS: Final = ("exclusions", "recurse", "groupFiles", "groupSize", "boundedFiles", "boundedSize")
_HEADER: Final = "skip.header.line.count"
_LINE_END: Final = "line.delim"
_AVRO_SCHEMA: Final = "avro.schema.literal"
_GROK_FORMAT, _GROK_PATTERNS = "input.format", "input.grokCustomPatterns"
_XML_OPTIONS: Final = ("rowTag", "attributePrefix", "valueTag")


class TableFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a table, or of the chosen partitions. `columns` is empty if the files name their own
    columns."""

    location: str
    serde: SerDe
    format_options: dict[str, str]
    options: dict[str, str]
    columns: Columns
    keys: Columns
    partitions: tuple[TablePartition, ...] | None


def files_of(snapshot: TableSnapshot) -> TableFiles:
    """The files of a table. Raises UnsupportedFeature for a table without files, or with unreadable ones."""
    name = f"the table {snapshot.ref.database}.{snapshot.ref.name}"
    check_files(name, snapshot.spec)
    storage = snapshot.spec.get("StorageDescriptor") or {}
    library = _library(storage)
    location = storage.get("Location")
    parameters = _parameters(snapshot.spec)
    is_xml = not library and parameters.get("classification", "").strip().lower() == "xml"
    serde = XML_CLASSIFIED if is_xml else SERDES.get(library)
    if serde is None or not location:
        raise UnsupportedFeature(
            f"{name} cannot be read: its serialization library is {library or '(none)'}, its location "
            f"{location or '(none)'}. Only tables with {', '.join(SERDES)}, or classified as xml, and a "
            "location on S3 or a local disk can be read. Read other tables with their own client and "
            "DynamicFrame.fromDF"
        )
    dialect = _dialect(serde, parameters, name)
    for partition in snapshot.partitions or ():
        _refuse_another(partition, name, serde, parameters, dialect)
    columns = tuple((c["Name"], c.get("Type") or "string") for c in storage.get("Columns") or ())
    if serde.is_described and not columns:
        raise UnsupportedFeature(
            f"{name} has no columns, and CSV files do not name theirs: add Columns to the table (UpdateTable)"
        )
    return TableFiles(
        location=location,
        serde=serde,
        format_options=_OWN_OPTIONS[serde](parameters) if serde in _OWN_OPTIONS else dialect,
        options={option: parameters[option] for option in _OPTIONS if parameters.get(option)},
        columns=columns if serde.is_described else (),
        keys=tuple(key_types(snapshot.spec)),
        partitions=snapshot.partitions,
    )


def _refuse_another(
    partition: TablePartition,
    name: str,
    serde: SerDe,
    parameters: Mapping[str, str],
    dialect: Mapping[str, str],
) -> None:
    """Raises UnsupportedFeature for a partition whose files differ from what the table says.

    A partition's own settings override the table's.
    """
    values = list(partition.values)
    other = _library(partition.spec.get("StorageDescriptor") or {}) or serde.name
    if other != serde.name:
        raise UnsupportedFeature(
            f"{name} has the serialization library {serde.name}, and its partition {values} has {other}: "
            "make two tables of them"
        )
    if not dialect:
        return
    own = _dialect(serde, {**parameters, **_parameters(partition.spec)}, f"the partition {values} of {name}")
    if own != dialect:
        differing = sorted(
            option for option in own.keys() | dialect.keys() if own.get(option) != dialect.get(option)
        )
        raise UnsupportedFeature(
            f"the partition {values} of {name} differs from the table in {', '.join(differing)}: give both "
            "the same values (UpdatePartition), or make two tables of them"
        )


def column_names(partition: TablePartition) -> tuple[str, ...]:
    """The columns of a partition, in order and in lower case; empty if the table's columns apply."""
    columns = (partition.spec.get("StorageDescriptor") or {}).get("Columns") or ()
    return tuple(column["Name"].lower() for column in columns)


def of_table(source: Source, snapshot: TableSnapshot, normalise: Callable[[str], str]) -> TableSource:
    """The source of a table with its current locations and partitions, and the reading options of `source`.

    `normalise` makes URIs canonical.

    Raises UnsupportedFeature as `files_of` does, and for partitions that share files.
    """
    files = files_of(snapshot)
    partitions = tuple(
        Partition(path=path, created_ms=partition.created_ms)
        for path, partition in by_location(files.partitions or (), normalise)
    )
    paths = (
        tuple(p.path for p in partitions) if files.partitions is not None else (normalise(files.location),)
    )
    how = {name: getattr(source, name) for name in ObjectSource.__struct_fields__}
    return TableSource(**(how | {"paths": paths}), table=snapshot.ref, partitions=partitions)


def by_location(
    partitions: Sequence[TablePartition], normalise: Callable[[str], str]
) -> Sequence[tuple[str, TablePartition]]:
    """Partitions by the URI of their folder, sorted.

    Raises UnsupportedFeature for a partition without a location, and for one inside another: a file would
    belong to both.
    """
    located = sorted(((_folder(partition, normalise), partition) for partition in partitions), key=_first)
    for (outer, one), (inner, other) in pairwise(located):
        if inner.startswith(outer):
            raise UnsupportedFeature(
                f"two partitions share files: {list(one.values)} is at {outer}, {list(other.values)} at "
                f"{inner}. Give each partition its own folder (UpdatePartition)"
            )
    return located


def _first(pair: tuple[str, TablePartition]) -> str:
    return pair[0]


def _folder(partition: TablePartition, normalise: Callable[[str], str]) -> str:
    location = (partition.spec.get("StorageDescriptor") or {}).get("Location")
    if not location:
        raise UnsupportedFeature(
            f"the partition {list(partition.values)} has no StorageDescriptor.Location: set it to the "
            "folder of its files (UpdatePartition)"
        )
    return normalise(location.rstrip("/") + "/")


def _library(storage: Mapping[str, Any]) -> str:
    """The last part of the serialization library's name."""
    name = (storage.get("SerdeInfo") or {}).get("SerializationLibrary") or ""
    return str(name).rpartition(".")[2]


def _parameters(spec: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a table or a partition; those closer to the files win."""
    storage = spec.get("StorageDescriptor") or {}
    serde = (storage.get("SerdeInfo") or {}).get("Parameters") or {}
    return {**(spec.get("Parameters") or {}), **(storage.get("Parameters") or {}), **serde}


def _of_avro(parameters: Mapping[str, str]) -> dict[str, str]:
    """Format options of Avro: Hive knows logical types, and a table may say to which schema files resolve."""
    literal = (parameters.get(_AVRO_SCHEMA) or "").strip()
    return {"version": "1.8"} | ({"avroSchema": literal} if literal not in ("", "none") else {})


def _of_grok(parameters: Mapping[str, str]) -> dict[str, str]:
    """Format options of logs: the pattern of a line, and the patterns that it names."""
    said = {"logFormat": _GROK_FORMAT, "customPatterns": _GROK_PATTERNS}
    return {option: parameters[name] for option, name in said.items() if parameters.get(name)}


def _of_xml(parameters: Mapping[str, str]) -> dict[str, str]:
    """Format options of XML, which a table has under the same names."""
    return {option: parameters[option] for option in _XML_OPTIONS if parameters.get(option)}


_OWN_OPTIONS: Final = {AVRO_SERDE: _of_avro, GROK_SERDE: _of_grok, XML_CLASSIFIED: _of_xml}
"""Libraries whose tables say format options that are no dialect."""


def _dialect(serde: SerDe, parameters: Mapping[str, str], name: str) -> dict[str, str]:
    """Format options of CSV; empty for files that name their own columns.

    Raises UnsupportedFeature for a header of several lines and for unusual line ends.
    """
    if serde.separator is None:
        return {}
    header = parameters.get(_HEADER, "0")
    if header not in ("0", "1"):
        raise UnsupportedFeature(f"{name} has {_HEADER} {header}: only 0 and 1 can be read")
    if (parameters.get(_LINE_END) or "\n") not in ("\n", "\\n"):
        raise UnsupportedFeature(
            f"{name} has {_LINE_END} {parameters[_LINE_END]!r}: only \\n, \\r\\n and \\r can be read"
        )
    key, default = serde.separator
    said = {
        "separator": parameters.get(key) or default,
        "quoteChar": parameters.get("quoteChar"),
        "escaper": parameters.get("escapeChar") or parameters.get("escape.delim"),
        "encoding": parameters.get("serialization.encoding"),
        "compressionType": parameters.get("compressionType"),
        "skipFirst": "true" if header == "1" else None,
    }
    return {option: value for option, value in said.items() if value}

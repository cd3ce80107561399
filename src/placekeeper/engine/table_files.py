"""What a catalog table says of files: where they are, in which format, and of which columns.

Hive's serialization libraries are read as Glue's formats. What a table says that no reader here can do is
refused.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from placekeeper.model.bookmark import Partition, Source
from placekeeper.model.catalog import TablePartition, TableSnapshot, key_types
from placekeeper.model.errors import UnsupportedFeature

Columns = tuple[tuple[str, str], ...]
"""Names and types (Hive's), in their order."""

_FORMATS: Final = {
    "OpenCSVSerde": "csv",
    "LazySimpleSerDe": "csv",
    "JsonSerDe": "json",
    "ParquetHiveSerDe": "parquet",
}
_SEPARATORS: Final = {"OpenCSVSerde": ("separatorChar", ","), "LazySimpleSerDe": ("field.delim", "\x01")}
_OPTIONS: Final = ("exclusions", "recurse", "groupFiles", "groupSize", "boundedFiles", "boundedSize")
_HEADER: Final = "skip.header.line.count"


class TableFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a table, or of the partitions that are meant. `columns` are those of CSV, whose files do
    not say them; other formats describe themselves."""

    location: str
    format: str
    format_options: dict[str, str]
    options: dict[str, str]
    columns: Columns
    keys: Columns
    partitions: tuple[TablePartition, ...] | None


def files_of(snapshot: TableSnapshot) -> TableFiles:
    """Raises UnsupportedFeature for a table that is not made of files, or of files that are not read yet."""
    name = f"the table {snapshot.ref.database}.{snapshot.ref.name}"
    storage = snapshot.spec.get("StorageDescriptor") or {}
    library = _library(storage)
    location = storage.get("Location")
    if library not in _FORMATS or not location:
        raise UnsupportedFeature(
            f"{name} has the serialization library {library or '(none)'} and the location "
            f"{location or '(none)'}: read are {', '.join(_FORMATS)}, at a location on S3 or a local disk. "
            "Read other tables with their own client and wrap them by DynamicFrame.fromDF"
        )
    for partition in snapshot.partitions or ():
        other = _library(partition.spec.get("StorageDescriptor") or {})
        if other not in ("", library):
            raise UnsupportedFeature(
                f"{name} has the serialization library {library}, and its partition "
                f"{list(partition.values)} has {other}: read them as two tables"
            )
    parameters = _parameters(snapshot.spec, storage)
    described = _FORMATS[library] == "csv"
    columns = tuple((c["Name"], c.get("Type") or "string") for c in storage.get("Columns") or ())
    if described and not columns:
        raise UnsupportedFeature(f"{name} has no columns, and files of CSV do not say theirs: add Columns")
    return TableFiles(
        location=location,
        format=_FORMATS[library],
        format_options=_dialect(library, parameters, name) if described else {},
        options={option: parameters[option] for option in _OPTIONS if parameters.get(option)},
        columns=columns if described else (),
        keys=tuple(key_types(snapshot.spec)),
        partitions=snapshot.partitions,
    )


def of_table(source: Source, snapshot: TableSnapshot, normalise: Callable[[str], str]) -> Source:
    """A source with the locations and partitions that a table has now. `normalise` makes URIs canonical.

    Raises UnsupportedFeature as `files_of` does, and for partitions that share files.
    """
    files = files_of(snapshot)
    if files.partitions is None:
        return msgspec.structs.replace(source, table=snapshot.ref, paths=(normalise(files.location),))
    partitions = tuple(
        Partition(path=path, created_ms=partition.created_ms)
        for path, partition in by_location(files.partitions, normalise)
    )
    return msgspec.structs.replace(
        source, table=snapshot.ref, paths=tuple(p.path for p in partitions), partitions=partitions
    )


def by_location(
    partitions: Sequence[TablePartition], normalise: Callable[[str], str]
) -> Sequence[tuple[str, TablePartition]]:
    """Partitions by the URI of their folder, sorted.

    Raises UnsupportedFeature for one without a location, and for one that lies in another: a file would
    belong to two.
    """
    located = sorted(((_folder(partition, normalise), partition) for partition in partitions), key=_first)
    for (outer, _), (inner, partition) in pairwise(located):
        if inner.startswith(outer):
            raise UnsupportedFeature(
                f"the partition {list(partition.values)} at {inner} lies in that at {outer}: give each "
                "partition a folder of its own"
            )
    return located


def _first(pair: tuple[str, TablePartition]) -> str:
    return pair[0]


def _folder(partition: TablePartition, normalise: Callable[[str], str]) -> str:
    location = (partition.spec.get("StorageDescriptor") or {}).get("Location")
    if not location:
        raise UnsupportedFeature(
            f"the partition {list(partition.values)} has no StorageDescriptor.Location: say where its files "
            "are (UpdatePartition)"
        )
    return normalise(location.rstrip("/") + "/")


def _library(storage: Mapping[str, Any]) -> str:
    """The last part of the serialization library's name."""
    name = (storage.get("SerdeInfo") or {}).get("SerializationLibrary") or ""
    return str(name).rpartition(".")[2]


def _parameters(spec: Mapping[str, Any], storage: Mapping[str, Any]) -> dict[str, str]:
    serde = (storage.get("SerdeInfo") or {}).get("Parameters") or {}
    return {**(spec.get("Parameters") or {}), **(storage.get("Parameters") or {}), **serde}


def _dialect(library: str, parameters: Mapping[str, str], name: str) -> dict[str, str]:
    """Format options of CSV. Raises UnsupportedFeature for more than one line of header."""
    header = parameters.get(_HEADER, "0")
    if header not in ("0", "1"):
        raise UnsupportedFeature(f"{name} has {_HEADER} {header}: 0 and 1 are read")
    key, default = _SEPARATORS[library]
    said = {
        "separator": parameters.get(key) or default,
        "quoteChar": parameters.get("quoteChar"),
        "escaper": parameters.get("escapeChar") or parameters.get("escape.delim"),
        "compressionType": parameters.get("compressionType"),
        "skipFirst": "true" if header == "1" else None,
    }
    return {option: value for option, value in said.items() if value}

"""The files of a catalog table: their location, serialization library and columns.

A table that no reader here can read is refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from placekeeper.model.catalog import TablePartition, TableSnapshot, key_types
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.source import ObjectSource, Partition, Source, TableSource
from placekeeper.rules.catalog.serde_options import format_options_of, ineffective
from placekeeper.rules.catalog.serdes import AVRO_SERDE, CLASSIFIED, SERDES, XML_CLASSIFIED, SerDe
from placekeeper.rules.catalog.table_kinds import check_files
from placekeeper.rules.path_patterns import escaped

Columns = tuple[tuple[str, str], ...]
"""Names and Hive types of columns, in order."""

_OPTIONS: Final = ("exclusions", "recurse", "groupFiles", "groupSize", "boundedFiles", "boundedSize")
_CLASSIFICATION: Final = "classification"
_LINKS: Final = "SymlinkTextInputFormat"
_REGEX_SERDE: Final = "RegexSerDe"


class TableFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a table, or of the chosen partitions. `table` has its database. `columns` is empty
    if the files name their own columns; `declared` are always the table's. `notes` are sentences about
    properties without effect."""

    table: str
    location: str
    serde: SerDe
    format_options: dict[str, str]
    options: dict[str, str]
    columns: Columns
    keys: Columns
    partitions: tuple[TablePartition, ...] | None
    declared: Columns = ()
    notes: tuple[str, ...] = ()


def files_of(snapshot: TableSnapshot) -> TableFiles:
    """The files of a table. Raises UnsupportedFeature for a table without files, or with unreadable ones."""
    name = f"the table {snapshot.ref.database}.{snapshot.ref.name}"
    spec = snapshot.spec
    storage = spec.get("StorageDescriptor") or {}
    location = storage.get("Location")
    parameters = _parameters(spec)
    _refuse_other_than_files(name, spec)
    serde = _serde(spec)
    if serde is None or not location:
        raise UnsupportedFeature(_unreadable(name, _library(storage), parameters, location))
    options = format_options_of(serde, parameters, name)
    for partition in snapshot.partitions or ():
        _refuse_another(partition, name, serde, parameters, options)
    columns = tuple((c["Name"], c.get("Type") or "string") for c in storage.get("Columns") or ())
    if serde.is_described and not columns:
        raise UnsupportedFeature(
            f"{name} has no columns, and CSV files do not name theirs: add Columns to the table (UpdateTable)"
        )
    return TableFiles(
        table=f"{snapshot.ref.database}.{snapshot.ref.name}",
        location=location,
        serde=serde,
        format_options=options,
        options={option: parameters[option] for option in _OPTIONS if parameters.get(option)},
        columns=columns if serde.is_described else (),
        keys=tuple(key_types(spec)),
        partitions=snapshot.partitions,
        declared=columns,
        notes=(
            *_other_classification(serde, storage, parameters, name),
            *ineffective(serde, _of_library(storage), parameters, name),
        ),
    )


def _serde(spec: Mapping[str, Any]) -> SerDe | None:
    """The library of a table or a partition, else that of its classification; None where neither is known."""
    library = _library(spec.get("StorageDescriptor") or {})
    if library:
        return SERDES.get(library)
    parameters = _parameters(spec)
    found = CLASSIFIED.get(_classification(parameters))
    # A crawler's own classifier of XML may call it anything.
    return XML_CLASSIFIED if found is None and parameters.get("rowTag") else found


def _classification(parameters: Mapping[str, str]) -> str:
    return (parameters.get(_CLASSIFICATION) or "").strip().lower()


def _other_classification(
    serde: SerDe, storage: Mapping[str, Any], parameters: Mapping[str, str], name: str
) -> Iterator[str]:
    """A sentence where library and classification name two formats."""
    word = _classification(parameters)
    other = CLASSIFIED.get(word, serde)
    if _library(storage) and other is not serde and other.classification != serde.classification:
        yield f"{name} is classified as {word}, and is read by its serialization library {serde.name}"


def _refuse_other_than_files(name: str, spec: Mapping[str, Any]) -> None:
    """Raises UnsupportedFeature for a table whose location has other things than its records."""
    if spec.get("TableType") == "VIRTUAL_VIEW":
        raise UnsupportedFeature(f"{name} is a view, which has no files: read the tables that it is made of")
    check_files(name, spec)
    if _LINKS in str((spec.get("StorageDescriptor") or {}).get("InputFormat") or ""):
        raise UnsupportedFeature(
            f"{name} has the InputFormat {_LINKS}: its files are lists of other files, which are not "
            f"followed. Make a table of these, or read them with from_options"
        )


def _unreadable(name: str, library: str, parameters: Mapping[str, str], location: object) -> str:
    """Why a table is not read, and what can be done."""
    if library == _REGEX_SERDE:
        return (
            f"{name} cannot be read: its serialization library is {library}, whose input.regex is a pattern "
            "of Java. Say the same as a grok pattern: GrokSerDe and its input.format"
        )
    return (
        f"{name} cannot be read: its serialization library is {library or '(none)'}, its classification "
        f"{_classification(parameters) or '(none)'}, its location {location or '(none)'}. Only tables with "
        f"{', '.join(SERDES)}, or without a library and classified as {', '.join(CLASSIFIED)}, and a "
        "location on S3 or a local disk can be read. Read other tables with their own client and "
        "DynamicFrame.fromDF"
    )


def _refuse_another(
    partition: TablePartition,
    name: str,
    serde: SerDe,
    parameters: Mapping[str, str],
    options: Mapping[str, str],
) -> None:
    """Raises UnsupportedFeature for a partition whose files differ from what the table says.

    A partition's own settings override the table's.
    """
    values = list(partition.values)
    other = _library(partition.spec.get("StorageDescriptor") or {})
    word = _classification(_parameters(partition.spec))
    found = SERDES.get(other) if other else CLASSIFIED.get(word, serde)
    if found is None or (found is not serde and (other or found.classification != serde.classification)):
        raise UnsupportedFeature(
            f"{name} has the serialization library {serde.name}, and its partition {values} has "
            f"{other or word}: make two tables of them"
        )
    if not options or serde is AVRO_SERDE:  # a crawler notes the schema of each partition's files
        return
    own = format_options_of(
        serde, {**parameters, **_parameters(partition.spec)}, f"the partition {values} of {name}"
    )
    if own != options:
        differing = sorted(
            option for option in own.keys() | options.keys() if own.get(option) != options.get(option)
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

    `normalise` makes URIs canonical. Locations mean just themselves; the paths of the source are patterns.

    Raises UnsupportedFeature as `files_of` does, and for partitions that share files.
    """
    files = files_of(snapshot)
    partitions = tuple(
        Partition(path=path, created_ms=partition.created_ms)
        for path, partition in by_location(files.partitions or (), normalise)
    )
    places = (
        tuple(p.path for p in partitions) if files.partitions is not None else (normalise(files.location),)
    )
    paths = tuple(map(escaped, places))
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
    return {**(spec.get("Parameters") or {}), **(storage.get("Parameters") or {}), **_of_library(storage)}


def _of_library(storage: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of the serialization library."""
    return (storage.get("SerdeInfo") or {}).get("Parameters") or {}

"""A script's `connection_options`, as values."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from placekeeper.engine.reading_options import OPTIONS, positive, reading_policy, storage_classes
from placekeeper.model.bookmark import DEFAULT_MAX_BAND_MS, Source
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.policy import Policy
from placekeeper.ports.objects import Objects

FILE_CONNECTIONS = ("s3", "file")
_SELF_RECURSING = ("parquet", "orc")  # Spark's readers, which always recurse (bookmarks.md §4.3)
_GROUPING = ("groupFiles", "groupSize")
_GROUPED = ("csv", "json")  # of the formats that are read here, those that AWS groups
LIST_CONCURRENCY = "bookmarkListConcurrency"
EXCLUDE_CLASSES = "excludeStorageClasses"
_USED = {
    *("paths", "path", "recurse", "exclusions", "maxBand", "compressionType", LIST_CONCURRENCY),
    EXCLUDE_CLASSES,
    *_GROUPING,
    *OPTIONS,
}
_WITHOUT_EFFECT = {
    "useS3ListImplementation": "listings are always streamed here",
    "isFailFast": "a broken file fails the run, unless it is quarantined (--on-bad-file)",
}
_NOT_YET = {"catalogPartitionPredicate"}


def source_of(
    objects: Objects,
    connection_type: str,
    options: Mapping[str, Any],
    format: str | None,
    arguments: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Source, list[str]]:
    """The source that a script's read names, and sentences about options without effect here.

    `arguments` are the run's, on how sources are read. Raises UnsupportedFeature for a connection or option
    that is not there yet, UsageError for a read that names no path or no format, and for wrong values.
    """
    if connection_type in _SELF_RECURSING:  # the deprecated spelling: the connection type is the format
        connection_type, format = "s3", connection_type
    if connection_type not in FILE_CONNECTIONS:
        raise UnsupportedFeature(
            f"connection_type '{connection_type}' is not there yet: Placekeeper reads s3 and file. "
            "Read it in the script with its own client and wrap it by DynamicFrame.fromDF."
        )
    if not format:
        raise UsageError("create_dynamic_frame.from_options needs a format: csv, json or parquet")
    not_yet = sorted(_NOT_YET & options.keys())
    if not_yet:
        raise UnsupportedFeature(f"the connection option {', '.join(not_yet)} is not there yet; leave it out")
    source = Source(
        connection_type=connection_type,
        paths=tuple(sorted({objects.normalise(path) for path in _paths(options)})),
        format=format.lower(),
        recurse=format.lower() in _SELF_RECURSING or is_true(options.get("recurse", False)),
        exclusions=_texts(options, "exclusions", '["**.tmp"]'),
        excluded_classes=storage_classes(_texts(options, EXCLUDE_CLASSES, '["GLACIER", "DEEP_ARCHIVE"]')),
        max_band_ms=positive(options, "maxBand") or DEFAULT_MAX_BAND_MS,
        reading=reading_policy(options, arguments),
    )
    return source, _notes(options, source)


class Grouping(msgspec.Struct, frozen=True):
    """groupFiles "inPartition": a task reads files of one folder, up to `size` bytes if it is given."""

    size: int | None


def grouping_of(options: Mapping[str, Any], format: str) -> Grouping | None:
    """How the script wants files to be grouped into tasks; None where it does not say, or cannot.

    Raises UsageError for a groupFiles that is neither, and a groupSize that is no number.
    """
    wanted = str(options.get("groupFiles", "none"))
    if wanted not in ("none", "inPartition"):
        raise UsageError(f"groupFiles is none or inPartition, not '{wanted}'")
    size = positive(options, "groupSize")
    return Grouping(size) if wanted == "inPartition" and format in _GROUPED else None


def is_true(value: object) -> bool:
    """A boolean as scripts write it: true, "true", "True"."""
    return value is True or str(value).lower() == "true"


def _paths(options: Mapping[str, Any]) -> Sequence[str]:
    paths = options.get("paths", options.get("path"))
    if isinstance(paths, str):
        paths = [paths]
    if not paths:
        raise UsageError("create_dynamic_frame.from_options needs connection_options={'paths': [...]}")
    return [str(path) for path in paths]


def _texts(options: Mapping[str, Any], name: str, example: str) -> tuple[str, ...]:
    """A list of strings, which scripts write as a list or as JSON in a string."""
    value = options.get(name, ())
    if isinstance(value, str):
        try:
            return tuple(msgspec.json.decode(value, type=list[str])) if value else ()
        except (msgspec.DecodeError, msgspec.ValidationError):
            raise UsageError(
                f"{name} is a list, or a JSON list in a string, such as '{example}', not {value!r}"
            ) from None
    if isinstance(value, Sequence):
        return tuple(str(item) for item in value)
    raise UsageError(f"{name} is a list, or a JSON list in a string, such as '{example}', not {value!r}")


def _notes(options: Mapping[str, Any], source: Source) -> list[str]:
    reading, format = source.reading, source.format
    notes = [
        f"option {name} is without effect: {why}" for name, why in _WITHOUT_EFFECT.items() if name in options
    ]
    if options.get("groupFiles", "none") != "none" and format not in _GROUPED:
        notes.append(f"option groupFiles is without effect: files of the format {format} are never grouped")
    if "groupSize" in options and options.get("groupFiles") != "inPartition":
        notes.append("option groupSize is without effect: it counts with groupFiles 'inPartition'")
    if source.excluded_classes and not any(path.startswith("s3://") for path in source.paths):
        notes.append(f"option {EXCLUDE_CLASSES} is without effect: local files have no storage class")
    if reading.max_files_in_band is not None and reading.policy is Policy.EXACT:
        notes.append("option maxFilesInBand is without effect: the ledger remembers any number of files")
    unknown = sorted(set(options) - _USED - set(_WITHOUT_EFFECT) - _NOT_YET)
    return [*notes, *(f"unknown connection option '{name}' was ignored" for name in unknown)]

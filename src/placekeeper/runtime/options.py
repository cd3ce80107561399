"""A script's `connection_options`, as values."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from placekeeper.model.bookmark import DEFAULT_MAX_BAND_MS, Source
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.ports.objects import Objects

FILE_CONNECTIONS = ("s3", "file")
_SELF_RECURSING = ("parquet", "orc")  # Spark's readers, which always recurse (bookmarks.md §4.3)
_USED = {"paths", "path", "recurse", "exclusions", "maxBand", "compressionType"}
_WITHOUT_EFFECT = {
    "groupFiles": "files are cut into tasks by bytes here",
    "groupSize": "files are cut into tasks by bytes here",
    "useS3ListImplementation": "listings are always streamed here",
    "maxFilesInBand": "the ledger has no limit to what it remembers",
    "isFailFast": "a broken file always fails the run here",
}
_NOT_YET = {"boundedFiles", "boundedSize", "excludeStorageClasses", "catalogPartitionPredicate"}


def source_of(
    objects: Objects, connection_type: str, options: Mapping[str, Any], format: str | None
) -> tuple[Source, list[str]]:
    """The source that a script's read names, and sentences about options without effect here.

    Raises UnsupportedFeature for a connection or option that is not there yet, UsageError for a read that
    names no path or no format.
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
        exclusions=_globs(options.get("exclusions", ())),
        max_band_ms=int(options.get("maxBand", DEFAULT_MAX_BAND_MS)),
    )
    return source, _notes(options)


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


def _globs(exclusions: object) -> tuple[str, ...]:
    if isinstance(exclusions, str):
        try:
            return tuple(msgspec.json.decode(exclusions, type=list[str])) if exclusions else ()
        except (msgspec.DecodeError, msgspec.ValidationError):
            raise UsageError(
                f"exclusions is a JSON list of globs in a string, such as '[\"**.tmp\"]', not {exclusions!r}"
            ) from None
    if isinstance(exclusions, Sequence):
        return tuple(str(glob) for glob in exclusions)
    raise UsageError(f"exclusions is a JSON list of globs in a string, not {exclusions!r}")


def _notes(options: Mapping[str, Any]) -> list[str]:
    notes = [
        f"option {name} is without effect: {why}" for name, why in _WITHOUT_EFFECT.items() if name in options
    ]
    unknown = sorted(set(options) - _USED - set(_WITHOUT_EFFECT) - _NOT_YET)
    return [*notes, *(f"unknown connection option '{name}' was ignored" for name in unknown)]

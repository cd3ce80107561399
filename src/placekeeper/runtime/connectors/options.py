"""A script's `connection_options`, as values."""

import os
from collections.abc import Iterable, Mapping, Set
from types import MappingProxyType
from typing import Any, Final

import msgspec

from placekeeper.model.errors import UsageError
from placekeeper.model.policy import Policy
from placekeeper.model.source import DEFAULT_MAX_BAND_MS, FileSource, SourceOfObjects
from placekeeper.model.wording import meant, nearest
from placekeeper.ports.objects import Objects
from placekeeper.rules.globs import globs_pattern
from placekeeper.rules.path_patterns import expanded
from placekeeper.rules.selection.look_back import LOOK_BACK_ARGUMENTS
from placekeeper.rules.selection.reading_options import OPTIONS, positive, reading_policy, storage_classes
from placekeeper.runtime.formats.format import Format
from placekeeper.runtime.formats.notes import FAIL_FAST
from placekeeper.runtime.formats.registry import FORMATS, Formats
from placekeeper.runtime.scan.bins import Grouping

OF_FILES: Final = ("compressionType", "compression", "attachFilename", "attachTimestamp", FAIL_FAST)
"""Format options that scripts may also give as connection options."""
_GROUPING = ("groupFiles", "groupSize")
UPDATES_CATALOG = "enableUpdateCatalog"
LIST_CONCURRENCY = "bookmarkListConcurrency"
EXCLUDE_CLASSES = "excludeStorageClasses"
PARTITION_PREDICATE: Final = "catalogPartitionPredicate"
_PREDICATES: Final = ("push_down_predicate", PARTITION_PREDICATE)
_USED = {
    *(
        "paths",
        "path",
        "recurse",
        "exclusions",
        "maxBand",
        LIST_CONCURRENCY,
    ),
    EXCLUDE_CLASSES,
    PARTITION_PREDICATE,
    *OF_FILES,
    *_GROUPING,
    *OPTIONS,
}
_WITHOUT_EFFECT = {
    "useS3ListImplementation": "listings are always streamed here",
    "useSparkDataSource": "there is one reader, and it gives a DataFrame too",
    "useCatalogSchema": "the table says the columns where its files do not. Cast with apply_mapping, or "
    "resolveChoice(choice='match_catalog', …)",
    "mergeSchema": "the columns of all files that are read are merged in any case",
    **dict.fromkeys(LOOK_BACK_ARGUMENTS.values(), "it is about tables of databases, and these are files"),
}
_OF_TARGETS: Final = frozenset(
    {
        *("path", "partitionKeys", "compression", "compressionType", "enableUpdateCatalog", "updateBehavior"),
        *_GROUPING,
    }
)
_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no", "", "none"})


def source_of(
    objects: Objects,
    connection_type: str,
    options: Mapping[str, Any],
    format: str | None,
    arguments: Mapping[str, str] = MappingProxyType({}),
    formats: Formats = FORMATS,
    predicate: str = "",
) -> tuple[FileSource, list[str]]:
    """The source that a script's read names, and sentences about options without effect here.

    `arguments` are the run's, on how sources are read, `predicate` is push_down_predicate. Raises
    UnsupportedFeature for a format that is not read. Raises UsageError for a read that names no path or no
    format, for wrong values and for broken globs and wildcards.
    """
    options = {name: value for name, value in options.items() if value is not None}
    if formats.is_native(connection_type):  # the deprecated spelling: the connection type is the format
        connection_type, format = "s3", connection_type
    if not format:
        raise UsageError(f"create_dynamic_frame.from_options needs a format: {formats.listed('or')}")
    format = format_of(format, formats)
    row = formats.readable(format)
    exclusions = _texts(options, "exclusions", '["**.tmp"]')
    globs_pattern(exclusions)  # a broken one is refused before anything is listed
    recurses = flag_of(options, "recurse")
    said = (
        text_of("push_down_predicate", predicate),
        text_of(PARTITION_PREDICATE, options.get(PARTITION_PREDICATE)),
    )
    predicates = tuple(text for text in said if text.strip())
    paths = tuple(sorted({objects.pattern(path) for path in _paths(options)}))
    expanded(paths)  # a broken wildcard is refused before anything is listed
    source = FileSource(
        connection_type=connection_type,
        paths=paths,
        format=format,
        recurse=formats.is_native(format) or recurses or bool(predicates),
        exclusions=exclusions,
        excluded_classes=storage_classes(_texts(options, EXCLUDE_CLASSES, '["GLACIER", "DEEP_ARCHIVE"]')),
        max_band_ms=positive(options, "maxBand") or DEFAULT_MAX_BAND_MS,
        reading=reading_policy(options, arguments),
        predicates=predicates,
    )
    doubled = [path for path in _paths(options) if "//" in path.partition("://")[2].lstrip("/")]
    notes = [f"{path} has doubled slashes, which count as one, as in Hadoop" for path in doubled]
    return source, [*notes, *_notes(options, source, row)]


def grouping_of(options: Mapping[str, Any], format: Format) -> Grouping | None:
    """The grouping of files into tasks that the script asks for; None without one.

    Raises UsageError for another groupFiles than none or inPartition, and a groupSize that is not a number.
    """
    wanted = str(options.get("groupFiles") or "none")
    if wanted not in ("none", "inPartition"):
        raise UsageError(f"groupFiles is none or inPartition, not '{wanted}'")
    size = positive(options, "groupSize")
    return Grouping(size) if wanted == "inPartition" and format.is_grouped else None


def partition_keys(options: Mapping[str, Any]) -> list[str]:
    """The columns of a target's `partitionKeys`. Raises UsageError unless it is a list of strings."""
    value = options.get("partitionKeys")
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not _are_texts(value):
        raise UsageError(f"partitionKeys is a list of names of columns, such as ['year'], not {value!r}")
    return list(value)


def target_of(options: Mapping[str, Any], format: object, formats: Formats = FORMATS) -> tuple[str, str]:
    """The path and the format of a target.

    Raises UsageError where path or format is not given or is not a string.
    """
    path = options.get("path")
    if not path or not format:
        raise UsageError("write_dynamic_frame needs a format and connection_options={'path': …}")
    if not isinstance(path, str | os.PathLike):
        raise UsageError(f"path is a string, such as 's3://bucket/folder/', not {path!r}")
    return str(path), format_of(format, formats)


def lost_predicates(options: Mapping[str, Any]) -> list[str]:
    """A sentence for each option of a read that was meant for a predicate and is none: more is read."""
    own = "push_down_predicate is an argument of its own, no option: push_down_predicate=…"
    return [
        f"unknown connection option '{name}' was ignored, so more may be read than is meant; "
        + (own if found == _PREDICATES[0] else f"did you mean {found}?")
        for name, found in _lost_predicates(options)
    ]


def _lost_predicates(options: Iterable[str]) -> list[tuple[str, str]]:
    """Names of options that are unknown and nearest to a predicate's, and that name."""
    known = {*_USED, *_WITHOUT_EFFECT}
    near = [(name, nearest(name, {*known, *_PREDICATES})) for name in sorted(set(options) - known)]
    return [(name, found) for name, found in near if found in _PREDICATES]


def target_notes(options: Mapping[str, Any]) -> list[str]:
    """A sentence for each connection option of a target that there is not."""
    return _unknown(options, _OF_TARGETS)


def text_of(name: str, value: object) -> str:
    """An argument that is a string; "" for None. Raises UsageError for anything else."""
    if value is None or isinstance(value, str):
        return value or ""
    raise UsageError(f"{name} is a string, not {value!r}")


def format_of(format: object, formats: Formats) -> str:
    """The name of a format, in lower case. Raises UsageError unless it is a string."""
    if not isinstance(format, str):
        raise UsageError(
            f"format is the name of a format in a string: {formats.listed('or')}, not {format!r}"
        )
    return format.lower()


def flag_of(options: Mapping[str, Any], name: str) -> bool:
    """A boolean as scripts write it: True, "true", "True"; False where it is not given."""
    value = options.get(name, False)
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise UsageError(f"the connection option {name} is true or false, not {value!r}")
    return text in _TRUE


def _paths(options: Mapping[str, Any]) -> list[str]:
    paths = options.get("paths", options.get("path"))
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    if not paths:
        raise UsageError("create_dynamic_frame.from_options needs connection_options={'paths': [...]}")
    if not isinstance(paths, list | tuple | set | frozenset):
        raise UsageError(f"paths is a list of strings, such as ['s3://bucket/folder/'], not {paths!r}")
    wrong = [path for path in paths if not isinstance(path, str | os.PathLike)]
    if wrong:
        raise UsageError(
            f"paths is a list of strings, such as ['s3://bucket/folder/'], and {wrong[0]!r} is not a string"
        )
    return [str(path) for path in paths]


def _texts(options: Mapping[str, Any], name: str, example: str) -> tuple[str, ...]:
    """A list of strings, which scripts write as a list or as JSON in a string."""
    value = options.get(name, ())
    if isinstance(value, str):
        try:
            return tuple(msgspec.json.decode(value, type=list[str])) if value else ()
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError):
            raise _no_list(name, value, example) from None
    if isinstance(value, list | tuple | set | frozenset) and _are_texts(value):
        return tuple(value)
    raise _no_list(name, value, example)


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _no_list(name: str, value: object, example: str) -> UsageError:
    return UsageError(f"{name} is a list, or a JSON list in a string, such as '{example}', not {value!r}")


def _notes(options: Mapping[str, Any], source: SourceOfObjects, format: Format) -> list[str]:
    reading = source.reading
    notes = [
        f"option {name} has no effect: {why}" for name, why in _WITHOUT_EFFECT.items() if name in options
    ]
    if options.get("groupFiles", "none") != "none" and not format.is_grouped:
        notes.append(
            f"option groupFiles has no effect: files of the format {source.format} are never grouped"
        )
    if "groupSize" in options and options.get("groupFiles") != "inPartition":
        notes.append("option groupSize has no effect: it counts with groupFiles 'inPartition'")
    if source.excluded_classes and not any(path.startswith("s3://") for path in source.paths):
        notes.append(f"option {EXCLUDE_CLASSES} has no effect: local files have no storage class")
    if reading.max_files_in_band is not None and reading.policy is Policy.EXACT:
        notes.append("option maxFilesInBand has no effect: the ledger remembers any number of files")
    lost = {name for name, _ in _lost_predicates(options)}
    return [*notes, *_unknown(options.keys() - lost, _USED | set(_WITHOUT_EFFECT))]


def _unknown(options: Iterable[str], known: Set[str]) -> list[str]:
    return [
        f"unknown connection option '{name}' was ignored{meant(name, known)}"
        for name in sorted(set(options) - known)
    ]

"""Paths of `spark.read` as Sail reads the same files as Spark: its own wildcards mean others."""

import re
from collections.abc import Sequence
from typing import Final

from pyspark.errors import AnalysisException

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.objects import Objects
from placekeeper.rules.catalog.partition_values import inferred_type
from placekeeper.rules.path_patterns import escaped, expanded, is_pattern
from placekeeper.rules.read_places import Place, bracketed, has_wildcard, places
from placekeeper.runtime.engines.frame_files import FrameRead, LiteralPaths
from placekeeper.runtime.run.frame_targets import is_file_path

_FILE: Final = "file://"
_NOT_IN_PATTERN: Final = re.compile(r"[%&+,;=]")
_INSTEAD: Final = "Read with create_dynamic_frame, or run the job with --engine spark"
_IN_URL: Final = re.compile(r"[%#?]")


def literal_paths(objects: Objects, read: FrameRead) -> LiteralPaths:
    """The folders and files that Spark reads for the paths of a read, as paths for Sail.

    Raises AnalysisException where nothing is there or where partitions are below several places, as Spark
    does; UnsupportedFeature where Sail would read other rows; UsageError for a broken pattern; ListingFailed.
    """
    found: list[Place] = []
    others: list[str] = []
    for path in read.paths:
        if not is_file_path(path):
            others.append(path)  # the engine may know what it means
        elif one := _places(objects, path, read):
            found += one
        elif is_pattern(path) or not objects.normalise(path).startswith(_FILE):
            raise AnalysisException(message=f"[PATH_NOT_FOUND] Path does not exist: {path}.")
        else:
            others.append(path)
    _check_partitions(found, len(others), read)
    literal = [uri for place in found for uri in place.literal(is_recursive=read.is_recursive)]
    if read.is_recursive:
        literal = [*dict.fromkeys(literal)]
    is_empty = False
    if found and not literal and not others:
        if not read.has_columns:
            kind = read.format or "parquet"
            raise AnalysisException(
                message=f"[UNABLE_TO_INFER_SCHEMA] Unable to infer schema for {kind}: there is no file that "
                f"is not hidden in {read.paths[0]}. It must be specified manually."
            )
        literal, is_empty = [place.uri for place in found], True
    keys = () if read.is_recursive else _keys(objects, found)
    return LiteralPaths((*others, *map(_spelled, literal)), keys, is_empty)


def _keys(objects: Objects, found: Sequence[Place]) -> tuple[tuple[str, str], ...]:
    """The partition keys of the one place that has some. Raises UnsupportedFeature."""
    place = next((one for one in found if one.has_partitions), None)
    if place is None:
        return ()
    (whole,) = places([place.uri], _listed(objects, escaped(place.uri), recurse=True))
    values = whole.partition_values
    if len({key.lower() for key in values}) < len(values):
        raise _mixed(place, "has partition keys that differ only in case")
    return tuple((key, inferred_type(texts)) for key, texts in values.items())


def _spelled(uri: str) -> str:
    """Sail takes a local path as it is, and one of S3 as a URL. It is wrong about some signs in patterns."""
    if has_wildcard(uri) and (sign := _NOT_IN_PATTERN.search(uri)):
        raise UnsupportedFeature(
            f"spark.read of {uri} is not available on Sail: it reads no file of a name that has "
            f"a sign of patterns and {sign[0]}. {_INSTEAD}"
        )
    path = bracketed(uri.removeprefix(_FILE))
    return path if uri.startswith(_FILE) else _IN_URL.sub(lambda found: f"%{ord(found[0]):02X}", path)


def _places(objects: Objects, path: str, read: FrameRead) -> list[Place]:
    pattern = objects.pattern(path)
    scheme, separator, rest = pattern.partition("://")
    pattern = scheme + separator + (rest.rstrip("/") if rest.rstrip("/").count("/") else rest)
    meant = expanded([pattern], takes_hidden=True)
    found = places(meant, _listed(objects, pattern, recurse=read.is_recursive))
    if not read.is_recursive and any(place.has_other_folders for place in found):
        found = places(meant, _listed(objects, pattern, recurse=True))
    return found


def _listed(objects: Objects, pattern: str, *, recurse: bool) -> list[str]:
    return [
        path
        for batch in objects.listing([pattern], recurse=recurse, in_order=True, takes_hidden=True)
        for path in batch.column("path").to_pylist()
    ]


def _mixed(place: Place, what: str) -> UnsupportedFeature:
    return UnsupportedFeature(
        f"spark.read of {place.uri} is not available on Sail: it {what}, where Sail reads other rows than "
        "Spark. Name the folder right above the partitions, or run the job with --engine spark"
    )


def _check_partitions(found: Sequence[Place], others: int, read: FrameRead) -> None:
    if read.is_recursive:
        return
    for place in found:
        if place.hides_partitions or (place.has_partitions and place.has_other_folders):
            raise _mixed(place, "has partitions and other folders")
        if place.has_partitions and place.files:
            raise _mixed(place, "has partitions and files beside them")
        if place.has_partitions and has_wildcard(place.uri):
            raise UnsupportedFeature(
                f"spark.read of {place.uri} is not available on Sail: it takes the name for a "
                f"pattern. {_INSTEAD}"
            )
    partitioned = [place.uri for place in found if place.has_partitions]
    if partitioned and len(found) + others > 1:
        raise AnalysisException(
            message="[CONFLICTING_DIRECTORY_STRUCTURES] Conflicting directory structures detected: there are "
            f"partitions below {partitioned[0]}, and the read has other places too. Name the table's own "
            "folder and filter by its partitions, or read each folder and union the frames."
        )

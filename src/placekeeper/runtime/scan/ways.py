"""The way that a source is read: by the engine's own reader, or by the scan. Decided from values alone.

The engine's reader is faster, and it is not ours. It takes a path for a pattern, passes over what is hidden,
and knows other types. So it gets what was tried on every engine, and the scan reads the rest.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.policy import NativeReading
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.shared.footers import DescribesFooters, Footer

SAIL: Final = "sail"
_SPARK: Final = "spark"
_MOST_FOLDERS: Final = {SAIL: 200, _SPARK: 8}
"""Folders with columns of their own: each is a read of its own, and costs Spark a fifth of a second."""

MOST_OBJECTS: Final = 50_000
"""An engine keeps the list of them in each plan."""

_LOCAL, _S3 = "file://", "s3://"
_PLAIN: Final = frozenset(" -_.=,+@~#&;!()'%/")
"""Characters of local names, beside letters and digits, that every engine takes as they are."""

_PLAIN_KEY: Final = re.compile(r"s3://[a-z0-9.-]+(/[A-Za-z0-9_.=+,@-]+)+")
_STEPS: Final = frozenset({".", ".."})
_SIMPLE_KEYS: Final = frozenset(
    {pa.string(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.bool_(), pa.date32()}
)


class Way(NamedTuple):
    """How a source is read, and why, in a sentence without its end."""

    is_native: bool
    reason: str


NATIVE: Final = Way(True, "read by the engine's own reader: it reads these files value for value as the scan")


NOTHING: Final = Way(False, "nothing is read")
"""The way of a source of which nothing is chosen."""


def way_by_names(
    wanted: NativeReading,
    engine: str,
    reader: Reader,
    paths: Sequence[str],
    *,
    per_file: bool = False,
    shares_store: bool = True,
) -> Way:
    """The way as far as it is known before an object is opened.

    `per_file` says that records have columns about their file; `shares_store` that an engine's own client of
    S3 has our endpoint and credentials.
    """
    if wanted is NativeReading.NEVER:
        return _scanned("--native-reading never says so")
    if engine not in _MOST_FOLDERS:
        return _scanned(f"nothing is known of the reader of {engine}")
    if not isinstance(reader, DescribesFooters):
        return _scanned("files of this format have no description that says what an engine makes of them")
    if per_file:
        return _scanned("the records have columns with the name or the time of their file")
    if len(paths) > MOST_OBJECTS:
        return _scanned(f"there are more than {MOST_OBJECTS:,} objects, which an engine keeps in each plan")
    if engine == _SPARK and any(path.startswith(_S3) for path in paths):
        return _scanned("Spark has no file system for S3 of its own")
    if not shares_store and any(path.startswith(_S3) for path in paths):
        return _scanned(
            f"{engine} finds credentials for S3 by environment variables alone, and ours are others"
        )
    odd = next((path for path in paths if not is_plain(path)), None)
    if odd is not None:
        return _scanned(f"engines take the name of {odd} for something else, or pass over it")
    return NATIVE


def way_by_footers(engine: str, footers: Sequence[Footer], paths: Sequence[str]) -> Way:
    """The way, after the footers of all objects (or of the first ones) were seen, in the order of `paths`."""
    for footer, path in zip(footers, paths, strict=False):
        if footer.obstacle:
            return _scanned(f"{path}: {footer.obstacle}")
        if not footer.schema.names:
            return _scanned(f"{path} has no columns")
        if not footer.schema.equals(footers[0].schema):
            return _scanned(f"{path} has other columns or types than {paths[0]}")
        if engine == _SPARK and (name := _nested_text(footer.schema)):
            return _scanned(f"Spark does not look at the texts inside of the column {name}")
        if engine == SAIL and footer.has_checksums and path.startswith(_S3):
            return _scanned(f"the pages of {path} have checksums, at which Sail does not look")
    return NATIVE


def way_by_columns(engine: str, columns: pa.Schema, values: int) -> Way:
    """The way for records with columns that folders give, which have so many different `values`."""
    odd = [field for field in columns if field.type not in _SIMPLE_KEYS]
    if odd:
        return _scanned(f"the column {odd[0].name} of the folders has the type {odd[0].type}")
    most = _MOST_FOLDERS[engine]
    if columns.names and values > most:
        return _scanned(f"the folders have {values:,} different values, and more than {most} make plans slow")
    return NATIVE


def is_plain(path: str) -> bool:
    """Whether every engine takes an object's URI for that object and nothing else."""
    name = path.rpartition("/")[2]
    if not name or name[0] in "._" or name.endswith("._COPYING_"):
        return False
    if path.startswith(_S3):
        return bool(_PLAIN_KEY.fullmatch(path)) and _STEPS.isdisjoint(path.split("/"))
    rest = path.removeprefix(_LOCAL)
    return path.startswith(_LOCAL) and all(one.isalnum() or one in _PLAIN for one in rest)


def _scanned(reason: str) -> Way:
    return Way(False, f"read by the scan: {reason}")


def _nested_text(schema: pa.Schema) -> str:
    """The first column that has texts inside; "" if none has."""
    return next((field.name for field in schema if pat.is_nested(field.type) and _has_text(field.type)), "")


def _has_text(data_type: pa.DataType) -> bool:
    if pat.is_nested(data_type):
        return any(_has_text(inner) for inner in _inner(data_type))
    return bool(pat.is_string(data_type))


def _inner(data_type: pa.DataType) -> Iterable[pa.DataType]:
    return (data_type.field(index).type for index in range(data_type.num_fields))

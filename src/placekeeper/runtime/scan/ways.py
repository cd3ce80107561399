"""The way that a source is read, as far as footers and folders say it (see rules/selection/ways.py).

The engine's reader knows other types than ours. It gets those that were tried on every engine, and the scan
reads the rest.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.rules.selection.ways import NATIVE, S3, SAIL, SPARK, Way, scanned
from placekeeper.runtime.formats.shared.footers import Footer

_MOST_FOLDERS: Final = {SAIL: 200, SPARK: 8}
"""Folders with columns of their own: each is a read of its own, and costs Spark a fifth of a second."""

_SIMPLE_KEYS: Final = frozenset(
    {pa.string(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.bool_(), pa.date32()}
)


def way_by_footers(engine: str, footers: Sequence[Footer], paths: Sequence[str]) -> Way:
    """The way, after the footers of all objects (or of the first ones) were seen, in the order of `paths`."""
    for footer, path in zip(footers, paths, strict=False):
        if footer.obstacle:
            return scanned(f"{path}: {footer.obstacle}")
        if not footer.schema.names:
            return scanned(f"{path} has no columns")
        if not footer.schema.equals(footers[0].schema):
            return scanned(f"{path} has other columns or types than {paths[0]}")
        if engine == SPARK and (name := _nested_text(footer.schema)):
            return scanned(f"Spark does not look at the texts inside of the column {name}")
        if engine == SAIL and footer.has_checksums and path.startswith(S3):
            return scanned(f"the pages of {path} have checksums, at which Sail does not look")
    return NATIVE


def way_by_columns(engine: str, columns: pa.Schema, values: int) -> Way:
    """The way for records with columns that folders give, which have so many different `values`."""
    odd = [field for field in columns if field.type not in _SIMPLE_KEYS]
    if odd:
        return scanned(f"the column {odd[0].name} of the folders has the type {odd[0].type}")
    most = _MOST_FOLDERS[engine]
    if columns.names and values > most:
        return scanned(f"the folders have {values:,} different values, and more than {most} make plans slow")
    return NATIVE


def _nested_text(schema: pa.Schema) -> str:
    """The first column that has texts inside; "" if none has."""
    return next((field.name for field in schema if pat.is_nested(field.type) and _has_text(field.type)), "")


def _has_text(data_type: pa.DataType) -> bool:
    if pat.is_nested(data_type):
        return any(_has_text(inner) for inner in _inner(data_type))
    return bool(pat.is_string(data_type))


def _inner(data_type: pa.DataType) -> Iterable[pa.DataType]:
    return (data_type.field(index).type for index in range(data_type.num_fields))

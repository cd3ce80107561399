"""Which Parquet files the engines' own readers read value for value as ours does: a list of what was tried.

What is not on the list is read by the scan. Tests hold both to the same rows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as arrow_parquet
import pyarrow.types as pat

from placekeeper.runtime.types.decimals import DIGITS_MAX

_SINGLE: Final = frozenset(
    {
        *(pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64()),
        *(pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.date32()),
    }
)
_UNITS: Final = frozenset({"ms", "us"})
_SPARK_VERSION: Final = b"org.apache.spark.version"
_OLD_CALENDAR: Final = frozenset({b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96"})
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, from 1970-01-01
_DAY_MS: Final = 86_400_000


class Moment(NamedTuple):
    """A column of dates or timestamps, by its number; `is_inside` tells of one that is part of another."""

    number: int
    path: str
    least: int
    most: int
    is_inside: bool


@dataclass(frozen=True)
class Typed:
    """What a file says of its types, and what follows from it alone; `obstacle` is as of `obstacle_of`."""

    text: str
    schema: arrow_parquet.ParquetSchema
    said: Mapping[bytes, bytes] | None
    obstacle: str
    moments: Sequence[Moment]

    @classmethod
    def of(cls, parquet: arrow_parquet.ParquetFile) -> "Typed":
        """The types of a file."""
        schema, said = parquet.schema, parquet.metadata.metadata
        return cls(_text(schema), schema, said, _of_types(parquet), tuple(_moments(parquet)))

    def is_of(self, parquet: arrow_parquet.ParquetFile) -> bool:
        """Whether a file says the same. `equals` does not look at groups of columns, the text does."""
        schema = parquet.schema
        is_same = self.said == parquet.metadata.metadata and self.schema.equals(schema)
        return is_same and self.text == _text(schema)


def _text(schema: arrow_parquet.ParquetSchema) -> str:
    """The text of a schema; its first line names the object."""
    return str(schema).partition("\n")[2]


def obstacle_of(parquet: arrow_parquet.ParquetFile, typed: Typed) -> str:
    """A clause that says why engines may read other values, or none; "" where they read the same."""
    return typed.obstacle or _of_statistics(parquet, typed.moments)


def _of_types(parquet: arrow_parquet.ParquetFile) -> str:
    metadata, arrow = parquet.metadata, parquet.schema_arrow
    said = metadata.metadata or {}
    if not _OLD_CALENDAR.isdisjoint(said) or _is_old(said.get(_SPARK_VERSION)):
        return "an old Spark wrote it, whose dates go by another calendar"
    if _alike(arrow.names):
        return "it has columns whose names differ in case only, or have no name"
    leaves = [parquet.schema.column(number) for number in range(len(parquet.schema))]
    expected = [path for field in arrow for path in _paths(field)]
    for field in arrow:
        if why := _of_type(field.type):
            return f"the column {field.name} {why}"
    if len(expected) != len(leaves) or any(
        leaf.path not in paths for leaf, paths in zip(leaves, expected, strict=True)
    ):
        return "its lists or maps are laid out in an old way"
    for leaf in leaves:
        if why := _of_leaf(leaf, is_sparks=_SPARK_VERSION in said):
            return f"the column {leaf.path} {why}"
    return ""


def unbounded_columns(parquet: arrow_parquet.ParquetFile, typed: Typed) -> frozenset[str]:
    """The columns of moments, not nested, whose least and greatest are not in the footer."""
    return frozenset(
        moment.path
        for moment in typed.moments
        if any(_bounds(chunk) is None for chunk in _chunks(parquet, moment.number))
    )


def _is_old(version: bytes | None) -> bool:
    return version is not None and int(re.match(rb"\d*", version)[0] or 0) < 3  # type: ignore[index]


def _alike(names: Iterable[str]) -> bool:
    folded = [name.casefold() for name in names]
    return len(set(folded)) != len(folded) or not all(folded)


def _paths(field: pa.Field) -> Iterator[frozenset[str]]:
    """For each column of single values below a field, in order, the paths that a plain layout gives it."""
    for below in _below(field.type):
        yield frozenset(f"{field.name}{path}" for path in below)


def _below(data_type: pa.DataType) -> Iterator[frozenset[str]]:
    if pat.is_struct(data_type):
        for child in data_type.fields:
            for paths in _below(child.type):
                yield frozenset(f".{child.name}{path}" for path in paths)
    elif pat.is_map(data_type):
        for name, inner in (("key", data_type.key_type), ("value", data_type.item_type)):
            for paths in _below(inner):
                yield frozenset(f".key_value.{name}{path}" for path in paths)
    elif pat.is_list(data_type):
        for paths in _below(data_type.value_type):
            yield frozenset(f".list.{name}{path}" for name in ("element", "item") for path in paths)
    else:
        yield frozenset({""})


def _of_type(data_type: pa.DataType) -> str:
    if isinstance(data_type, pa.BaseExtensionType):
        return f"has the type {data_type}"
    if pat.is_struct(data_type):
        if not data_type.num_fields or _alike(child.name for child in data_type.fields):
            return "has a struct whose fields have no names, or names that differ in case only"
        return next((why for child in data_type.fields if (why := _of_type(child.type))), "")
    if pat.is_map(data_type):
        return _of_type(data_type.key_type) or _of_type(data_type.item_type)
    if pat.is_list(data_type):
        return _of_type(data_type.value_type)
    if data_type in _SINGLE:
        return ""
    if pat.is_timestamp(data_type) and data_type.unit in _UNITS:
        return ""
    if pat.is_decimal128(data_type) and 0 <= data_type.scale <= data_type.precision <= DIGITS_MAX:
        return ""
    return f"has the type {data_type}"


def _of_leaf(leaf: "arrow_parquet.ColumnSchema", *, is_sparks: bool) -> str:
    """What Parquet says of a column of single values that Arrow's type does not show."""
    logical = leaf.logical_type.type
    if leaf.physical_type == "INT96":
        nested = leaf.max_repetition_level or "." in leaf.path
        return "has INT96 timestamps that Spark did not write" if nested or not is_sparks else ""
    if leaf.physical_type == "FIXED_LEN_BYTE_ARRAY" and logical != "DECIMAL":
        return "has bytes of a fixed length"
    if leaf.converted_type == "INTERVAL" or logical not in _LOGICAL:
        return f"has the type {leaf.converted_type if logical == 'NONE' else logical}"
    return ""


_LOGICAL: Final = frozenset({"NONE", "STRING", "INT", "DECIMAL", "DATE", "TIMESTAMP", "LIST", "MAP"})


def _of_statistics(parquet: arrow_parquet.ParquetFile, moments: Sequence[Moment]) -> str:
    """Dates and timestamps must be in the years 1 to 9999: our reader refuses others, engines do not."""
    for moment in moments:
        for chunk in _chunks(parquet, moment.number):
            bounds = _bounds(chunk)
            if bounds is None:
                if moment.is_inside:
                    return f"the column {moment.path} has moments without statistics"
                continue
            if bounds and not (moment.least <= bounds[0] and bounds[1] <= moment.most):
                return f"the column {moment.path} has moments outside of the years 1 to 9999"
    return ""


def _moments(parquet: arrow_parquet.ParquetFile) -> Iterator[Moment]:
    schema, names = parquet.schema, parquet.schema_arrow.names
    for number in range(len(schema)):
        leaf = schema.column(number)
        if leaf.physical_type == "INT96" or leaf.logical_type.type in ("DATE", "TIMESTAMP"):
            is_inside = bool(leaf.max_repetition_level) or leaf.path not in names
            yield Moment(number, leaf.path, *_range(leaf), is_inside)


def _chunks(parquet: arrow_parquet.ParquetFile, number: int) -> Iterator["arrow_parquet.ColumnChunkMetaData"]:
    for group in range(parquet.metadata.num_row_groups):
        yield parquet.metadata.row_group(group).column(number)


def _bounds(chunk: "arrow_parquet.ColumnChunkMetaData") -> tuple[int, ...] | None:
    """The least and the greatest value, as numbers; () where all are null, None where nobody says."""
    statistics = chunk.statistics if chunk.is_stats_set else None
    if statistics is not None and statistics.has_null_count and statistics.null_count == chunk.num_values:
        return ()
    if chunk.num_values == 0:
        return ()
    if statistics is None or not statistics.has_min_max or chunk.physical_type == "INT96":
        return None
    return int(statistics.min_raw), int(statistics.max_raw)


def _range(leaf: "arrow_parquet.ColumnSchema") -> tuple[int, int]:
    if leaf.logical_type.type == "DATE":
        return _FIRST_DAY, _LAST_DAY
    unit = 1 if "milli" in str(leaf.logical_type).lower() else 1000
    return _FIRST_DAY * _DAY_MS * unit, (_LAST_DAY + 1) * _DAY_MS * unit - 1

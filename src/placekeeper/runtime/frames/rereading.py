"""Transforms directly behind a source: what they do not use is not read, and texts are cast while reading."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.frames.casts import cast_rule
from placekeeper.runtime.frames.columns import Item, items_of
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.text_casts import TextCast, is_castable
from placekeeper.runtime.types.spark import spark_type
from placekeeper.runtime.types.table import TIMESTAMP

_UTC: Final = ("UTC", "Etc/UTC", "Z")
"""Names of the zone that all moments of files have."""


class Want(NamedTuple):
    """The column at a place, as it is; with a type, only its texts cast to that."""

    place: int
    type: pa.DataType | None = None

    @classmethod
    def of(cls, place: int, field: pa.Field, wanted: object) -> "Want":
        """What a field is wanted for that is to be of a type; any other word leaves its type open."""
        is_cast = pat.is_string(field.type) and isinstance(wanted, pa.DataType) and is_castable(wanted)
        return cls(place, wanted if is_cast else None)


def reread(frame: Frame, wants: Sequence[Want]) -> tuple[Frame, list[Item]]:
    """The frame of the same records, and its columns; those that nobody wants are not there.

    A frame that is not just what a scan reads stays as it is.
    """
    reads, there = frame.reads, items_of(frame)
    if reads is None or not wants:
        return frame, there
    lack = frame.missing.nulls | frame.missing.listed  # what a record lacks is told from the column itself
    typed = {(want.place, want.type) for want in wants if want.type is not None}
    is_utc = any(data_type == TIMESTAMP for _, data_type in typed) and _zone(frame) in _UTC
    casts = sorted((TextCast(*cast, is_utc) for cast in typed), key=str)
    places = sorted({want.place for want in wants if want.type is None or want.place in lack})
    if not casts and len(places) == len(there):
        return frame, there
    rows = reads.read(places, casts)
    made: dict[int, dict[pa.DataType, Column]] = {}
    for cast in casts:
        made.setdefault(cast.place, {})[cast.type] = _cast(cast)
    items = [replace(item, casts=made.get(place)) for place, item in enumerate(there)]
    return replace(frame, rows=rows), items


def _zone(frame: Frame) -> str | None:
    return frame.rows.sparkSession.conf.get("spark.sql.session.timeZone")


def _cast(cast: TextCast) -> Column:
    """The values that reading made, and what the engine makes of the texts that were left to it."""
    values, rest = (F.col(name) for name in cast.names)
    rule = cast_rule(pa.string(), cast.type)
    assert rule is not None  # noqa: S101 - is_castable has only types with a rule
    if cast.made != cast.type:
        values = values.cast(spark_type(cast.type))
    return F.coalesce(values, rule(rest))

"""What a stream of rows is made of."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
import sqlalchemy as sa

from placekeeper.databases.columns import Column, Relation
from placekeeper.model.databases import Moment, Rows


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are read, with the statements that have each of them once, and columns as they are given.

    `is_apart` says that nobody needs the rows in order, nor of the moment of the session without a snapshot.
    `idle` are connections that earlier streams of the session have left for later ones.
    """

    dialect: Any
    relation: Relation
    rows: Rows
    statements: Sequence[sa.Select[Any]]
    columns: Sequence[Column]
    schema: pa.Schema
    moment: Moment
    is_apart: bool
    idle: list[Any]

"""Writes to databases without a run: what a sink does, in one process."""

import pickle
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import pyarrow as pa

from database_servers import Place
from placekeeper.databases.effects import RowsPublisher, login_of, writing_at
from placekeeper.model.databases import DatabaseTable
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.databases import WriteAsked
from placekeeper.rules.databases.new_tables import NewTable
from placekeeper.rules.databases.staging_names import staging_name

SCHEMAS = {"postgresql": "public", "redshift": "public"}


def no_fault(_name: str) -> None:
    """Go on."""


def staged(
    place: Place,
    rows: pa.Table | Sequence[pa.Table],
    table: str = "rows_of",
    *,
    run_id: str = "jr_0123456789abcdef",
    repeated: int = 0,
    **options: Any,
) -> RowsWritten:
    """Stage rows, those of each table by a task of its own; the first task is tried `repeated` times more."""
    tables = [rows] if isinstance(rows, pa.Table) else list(rows)
    effect_id = uuid4().hex
    writing = writing_at(place.login)
    asked = WriteAsked(
        table=DatabaseTable(schema=SCHEMAS.get(place.product, ""), name=table),
        schema=tables[0].schema,
        staging=staging_name(run_id, effect_id),
        mode=options.get("mode", "append"),
        keys=options.pop("keys", ()),
        rows_at_once=options.pop("rows_at_once", 1000),
        may_change=bool(options.get("preactions")),
        waiting=options.pop("waiting", ()),
        new=options.pop("new", NewTable()),
    )
    begun = writing.begin(asked)
    try:
        loader = pickle.loads(pickle.dumps(begun.loader))
        for _ in range(repeated):
            loader.load(tables[0].to_batches())
        loaded = [loader.load(one.to_batches()) for one in tables]
        attempts = tuple(one.attempt for one in loaded)
        begun.check(attempts)
    except Exception:
        begun.drop()
        raise
    return RowsWritten(
        id=effect_id,
        run_id=run_id,
        login=place.login,
        table=begun.table,
        staging=asked.staging,
        columns=begun.columns,
        keys=begun.keys,
        made=begun.made,
        anew=begun.anew,
        table_options=asked.new.options,
        attempts=attempts,
        rows=sum(one.rows for one in loaded),
        **options,
    )


def publisher(checkpoint: Callable[[str], None] = no_fault) -> RowsPublisher:
    """What publishes them."""
    return RowsPublisher(login_of, checkpoint)


def written(
    place: Place, rows: pa.Table | Sequence[pa.Table], table: str = "rows_of", **options: Any
) -> RowsWritten:
    """Stage rows and publish them."""
    effect = staged(place, rows, table, **options)
    publisher().publish(effect)
    return effect


def left_staged(place: Place) -> Sequence[str]:
    """The staging tables that are there."""
    return writing_at(place.login).staging_tables(SCHEMAS.get(place.product, ""))

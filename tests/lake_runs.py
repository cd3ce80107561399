"""Runs of scripts over lake tables of one state: statements in runs that commit, and what others commit."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake_tables import stores
from placekeeper.lake.formats import load
from placekeeper.model.publication import SnapshotAdded
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.patches import Patches
from scripts_in_process import Scripts, new_state, scripts


class LakeRuns:
    """Begins runs, and looks at the tables of their state."""

    def __init__(self, state: Any, engine: Engine, begin: Scripts, folder: Path) -> None:
        self._state = state
        self._engine = engine
        self._begin = begin
        self._number = 0
        self.folder = folder
        self.notes: list[str] = []

    @contextmanager
    def run(self, **arguments: str) -> Iterator[Any]:
        """A run that commits at its end: its Spark session."""
        engine: Any = self._engine
        with self._begin(**arguments) as (session, glue, job):
            patches, before = Patches(), engine._patches
            engine._patches = patches
            try:
                engine.pass_on(session, session.sql_tables)
                yield glue.spark_session
                job.commit()
                self.notes = list(session.summary().notes)
            except BaseException:
                session.fail()
                raise
            finally:
                patches.undo()
                engine._patches = before

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The sorted rows of a query, in a run of its own."""
        with self.run() as spark:
            return sorted(tuple(row) for row in spark.sql(query).collect())

    def do(self, *statements: str) -> None:
        """Statements in one run."""
        with self.run() as spark:
            for one in statements:
                spark.sql(one)

    def spec(self, database: str, table: str) -> dict[str, Any]:
        """The definition of a table."""
        found: dict[str, Any] = self._state.control.catalog.table(database, table).spec
        return found

    def opened(self, database: str, table: str) -> Any:
        """The table as it is now."""
        spec = self.spec(database, table)
        format = "iceberg" if "metadata_location" in spec["Parameters"] else "delta"
        return load(format, "a test").open(f"{database}.{table}", spec, stores({})[0])

    def append(self, database: str, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """What another writer commits meanwhile."""
        self._number += 1
        opened = self.opened(database, table)
        path = Path(opened.location.removeprefix("file://")) / f"others-{self._number}.parquet"
        pq.write_table(pa.table(dict(columns), opened.writing.schema), path)
        effect = SnapshotAdded(
            id=f"others-{self._number}",
            database=database,
            table=table,
            format="iceberg" if "metadata_location" in self.spec(database, table)["Parameters"] else "delta",
            table_id=opened.history.table_id,
            run_id="jr_others",
            files=(f"file://{path}",),
            at_once=True,
        )
        self._state.control.lake_changes.publish(effect)


@contextmanager
def lake_runs(engine: Engine, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[LakeRuns]:
    """Runs over a state with the database shop, whose tables are in the folder."""
    state = new_state(folder / "state")
    state.control.catalog.create_database({"Name": "shop", "LocationUri": f"file://{folder}/shop"})
    with scripts(state, engine, monkeypatch) as begin:
        yield LakeRuns(state, engine, begin, folder)
    state.close()

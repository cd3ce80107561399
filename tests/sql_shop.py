"""A database of the catalog, and runs of SQL statements that commit."""

from pathlib import Path
from typing import Any

from placekeeper.model.jobs import JobRunState
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.patches import Patches
from placekeeper.wiring.state import State
from scripts_in_process import Scripts


class Shop:
    """The database `shop`, and runs of statements."""

    def __init__(self, state: State, run: Scripts, engine: Engine, folder: Path) -> None:
        self.control = state.control
        self.catalog, self.partitions_api = state.control.catalog, state.control.partitions
        self.begin, self.engine, self.folder = run, engine, folder
        self.told: list[str] = []
        self.catalog.create_database({"Name": "shop", "LocationUri": f"file://{folder}/shop"})

    def run(self, *statements: Any, **arguments: str) -> list[str]:
        """One run of statements and functions of its session, which commits; its notes."""
        return self._run(statements, arguments, fails=False)

    def failed(self, *statements: Any) -> list[str]:
        """The same of a run that fails behind its statements."""
        return self._run(statements, {}, fails=True)

    def _run(self, statements: tuple[Any, ...], arguments: dict[str, str], *, fails: bool) -> list[str]:
        with self.begin(**arguments) as (session, glue, job):
            patches, before = Patches(), self.engine._patches  # type: ignore[attr-defined]
            self.engine._patches = patches  # type: ignore[attr-defined]
            try:
                self.engine.pass_on(session, session.sql_tables)
                for one in statements:
                    one(glue.spark_session) if callable(one) else glue.spark_session.sql(one)
                session.fail() if fails else job.commit()
            finally:
                patches.undo()
                self.engine._patches = before  # type: ignore[attr-defined]
        self.told = [sink.catalog for sink in session.summary().sinks]
        if fails:
            run = self.control.runs.find(session.run_id)
            assert self.control.lifecycle.move(run, JobRunState.FAILED)
        return list(session.summary().notes)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        self.run(lambda spark: found.extend(tuple(row) for row in spark.sql(sql).collect()))
        return sorted(found, key=repr)

    def tables(self) -> list[str]:
        """The names of the tables that the catalog has."""
        page = self.catalog.tables("shop", expression="", after=None, limit=1000)
        return [found.name for found in page.items]

    def spec(self, table: str) -> dict[str, Any]:
        return self.catalog.table("shop", table).spec

    def values(self, table: str) -> list[tuple[str, ...]]:
        page = self.partitions_api.page("shop", table, predicate="", segment=None, after=None, limit=1000)
        return sorted(found.values for found in page.items)

    def files(self, table: str = "") -> list[Path]:
        found = (path for path in (self.folder / "shop" / table).rglob("*") if path.is_file())
        return sorted(path for path in found if "_placekeeper" not in path.parts)

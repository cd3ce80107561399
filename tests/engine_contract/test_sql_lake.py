"""SQL over Iceberg tables of the catalog."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake_tables import made_table
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.patches import Patches
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from scripts_in_process import scripts

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyiceberg"),
    pytest.mark.spark_tests(1),
]


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Runs statements in one run that commits; the rows of the last one."""
    state = open_state(Settings(state=tmp_path / "state"), {})
    state.control.catalog.create_database({"Name": "lake"})
    spec = made_table(f"file://{tmp_path}/rows", pa.schema([("id", pa.int64()), ("name", pa.string())]), {})
    spec["StorageDescriptor"]["Columns"] = [
        {"Name": "id", "Type": "bigint"},
        {"Name": "name", "Type": "string"},
    ]
    state.control.catalog.create_table("lake", spec)
    with scripts(state, engine, monkeypatch) as begin:

        def statements(*texts: str) -> list[tuple[Any, ...]]:
            with begin() as (session, glue, job):
                patches, before = Patches(), engine._patches  # type: ignore[attr-defined]
                engine._patches = patches  # type: ignore[attr-defined]
                try:
                    engine.pass_on(session, session.sql_tables)
                    answers = [glue.spark_session.sql(text) for text in texts]
                    rows = sorted(tuple(row) for row in answers[-1].collect())
                    job.commit()
                finally:
                    patches.undo()
                    engine._patches = before  # type: ignore[attr-defined]
            return rows

        yield statements
    state.close()


def test_rows_are_added_read_and_replaced(run: Any) -> None:
    assert run("SELECT * FROM lake.rows") == []
    run("INSERT INTO lake.rows VALUES (1, 'a'), (2, 'b')")
    assert run("SELECT id, name FROM glue_catalog.lake.rows WHERE id > 1") == [(2, "b")]
    run("INSERT OVERWRITE lake.rows SELECT id * 10, name FROM lake.rows")
    assert run("SELECT * FROM lake.rows") == [(10, "a"), (20, "b")]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OVERWRITE lake.rows PARTITION (name = 'a') SELECT 1",
        "ALTER TABLE lake.rows ADD COLUMNS (x INT)",
        "MSCK REPAIR TABLE lake.rows",
    ],
)
def test_what_only_files_have_is_refused(run: Any, sql: str) -> None:
    with pytest.raises(UnsupportedFeature, match="is not there"):
        run(sql)


def test_an_iceberg_table_is_made(run: Any, tmp_path: Path) -> None:
    place = f"file://{tmp_path}/made"
    made = f"CREATE TABLE lake.made (id BIGINT, day DATE COMMENT 'd') USING iceberg LOCATION '{place}'"
    run(f"{made} COMMENT 'new' TBLPROPERTIES ('format-version' = '2')", "SELECT * FROM lake.made")
    run("INSERT INTO lake.made SELECT 7, DATE'2026-01-02'", "SELECT 1")
    assert [row[0] for row in run("SELECT id FROM lake.made")] == [7]
    with pytest.raises(UnsupportedFeature, match="open-table-format-input"):
        run("CREATE TABLE lake.other USING iceberg AS SELECT 1 AS id")

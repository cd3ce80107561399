"""SQL over Iceberg tables of the catalog."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.errors import AnalysisException

from lake_tables import made_table
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.patches import Patches
from scripts_in_process import new_state, scripts

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyiceberg"),
    pytest.mark.spark_tests(1),
]


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Runs statements in one run that commits; the rows of the last one."""
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]
    schema = pa.schema([("id", pa.int64()), ("name", pa.string())])
    yield from _statements(engine, monkeypatch, tmp_path, schema, columns)


@pytest.fixture
def stale(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The same over a table with other columns than the catalog says, and in another case."""
    schema = pa.schema([("Id", pa.int64()), ("Name", pa.list_(pa.int32())), ("At", pa.timestamp("us"))])
    columns = [{"Name": "col", "Type": "array<string>"}]
    yield from _statements(engine, monkeypatch, tmp_path, schema, columns)


def _statements(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    schema: pa.Schema,
    columns: list[dict[str, str]],
) -> Iterator[Any]:
    state = new_state(tmp_path / "state")
    state.control.catalog.create_database({"Name": "lake"})
    spec = made_table(f"file://{tmp_path}/rows", schema, {})
    spec["StorageDescriptor"]["Columns"] = columns
    state.control.catalog.create_table("lake", spec)
    with scripts(state, engine, monkeypatch) as begin:

        def statements(*texts: Any) -> list[tuple[Any, ...]]:
            with begin() as (session, glue, job):
                patches, before = Patches(), engine._patches  # type: ignore[attr-defined]
                engine._patches = patches  # type: ignore[attr-defined]
                try:
                    engine.pass_on(session, session.sql_tables)
                    answers = [
                        glue.spark_session.sql(one) if isinstance(one, str) else one(glue.spark_session)
                        for one in texts
                    ]
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


def test_the_columns_are_those_of_the_table_whatever_the_catalog_says(stale: Any) -> None:
    stale("INSERT INTO lake.rows SELECT 1, array(1, NULL), TIMESTAMP_NTZ'2024-01-05 01:02:03'")
    stale("INSERT INTO lake.rows (name, id) SELECT array(2), 2")
    stale("INSERT INTO lake.rows BY NAME SELECT array(3) AS NAME, 3 AS id, NULL AS At")
    rows = stale("SELECT * FROM lake.rows")
    assert [(row[0], list(row[1])) for row in rows] == [(1, [1, None]), (2, [2]), (3, [3])]
    with pytest.raises(AnalysisException, match="it has id, name, at"):
        stale("INSERT INTO lake.rows (col) SELECT 4")


def test_a_name_in_place_of_a_path(engine: Engine, run: Any) -> None:
    if engine.name != "sail":
        pytest.skip("Spark reads it by Iceberg's own jar")
    run("INSERT INTO lake.rows VALUES (1, 'a')")
    for name in ("lake.rows", "glue_catalog.lake.rows"):
        assert run(lambda spark, name=name: spark.read.format("iceberg").load(name)) == [(1, "a")]
        with pytest.raises(UnsupportedFeature, match="with snapshot-id is not available"):
            run(lambda spark, name=name: spark.read.format("iceberg").option("snapshot-id", 1).load(name))
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        run(lambda spark: spark.read.format("iceberg").load("lake.none"))


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

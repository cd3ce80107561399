"""MERGE INTO, UPDATE and DELETE FROM Iceberg and Delta tables of the catalog."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyspark.errors import AnalysisException

from lake_runs import LakeRuns, lake_runs
from placekeeper.model.errors import PublishFailed, StagedPathRead, UnsupportedFeature
from placekeeper.runtime.engines.base import Engine

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyiceberg"),
    pytest.mark.spark_tests(2),
]

Rows = list[tuple[Any, ...]]
FIRST = "(1, 'a', 1.5D), (2, 'b', 2.5D), (NULL, 'n', 3.5D)"


@pytest.fixture(params=["iceberg", "delta"])
def runs(
    request: pytest.FixtureRequest, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[LakeRuns]:
    with lake_runs(engine, monkeypatch, tmp_path) as made:
        if request.param == "iceberg":
            made.do("CREATE TABLE shop.t (id BIGINT, name STRING, x DOUBLE) USING iceberg")
        else:
            columns = pa.schema([("id", pa.int64()), ("name", pa.string()), ("x", pa.float64())])
            write_deltalake(str(tmp_path / "t"), columns.empty_table())
            made.do(f"CREATE TABLE shop.t USING delta LOCATION 'file://{tmp_path}/t'")
        made.do(f"INSERT INTO shop.t VALUES {FIRST}", "INSERT INTO shop.t VALUES (3, 'c', 4.5)")
        yield made


def rows(runs: LakeRuns) -> Rows:
    with runs.run() as spark:
        found = spark.sql("SELECT * FROM shop.t").collect()
    return sorted((tuple(row) for row in found), key=str)


def merged(runs: LakeRuns, source: str, *clauses: str, on: str = "t.id = s.id") -> Rows:
    """The rows after a MERGE of VALUES of (id, name, x)."""
    runs.do(
        f"MERGE INTO shop.t AS t USING (SELECT * FROM VALUES {source} AS v(id, name, x)) s ON {on} "
        + " ".join(clauses)
    )
    return rows(runs)


def test_rows_are_updated_deleted_and_inserted(runs: LakeRuns) -> None:
    found = merged(
        runs,
        "(1, 'A', 9D), (2, 'D', 9D), (3, 'keep', 9D), (4, 'd', 5D), (5, 'no', 6D), (NULL, 'null', 7D)",
        "WHEN MATCHED AND s.name = 'D' THEN DELETE",
        "WHEN MATCHED AND s.name <> 'keep' THEN UPDATE SET name = s.name, t.x = t.x + s.x",
        "WHEN NOT MATCHED AND name <> 'no' THEN INSERT (x, id) VALUES (s.x, id)",
    )
    kept = [(3, "c", 4.5), (None, "n", 3.5)]
    assert found == sorted([(1, "A", 10.5), (4, None, 5.0), (None, None, 7.0), *kept], key=str)


def test_stars_take_columns_by_their_names(runs: LakeRuns) -> None:
    with runs.run() as spark:
        spark.sql("SELECT 8D AS X, 'more' AS other, 2 AS Id, 'B' AS name").createOrReplaceTempView("v")
        spark.sql(
            "MERGE INTO glue_catalog.shop.t USING v ON shop.t.id = v.id WHEN MATCHED THEN UPDATE SET * "
            "WHEN NOT MATCHED THEN INSERT *"
        )
    assert (2, "B", 8.0) in rows(runs)
    assert len(rows(runs)) == 4
    with pytest.raises(AnalysisException, match=r"this has no x. It has id, name"):
        runs.do(
            "MERGE INTO shop.t USING (SELECT 1L AS id, 'a' AS name) v ON t.id = v.id "
            "WHEN MATCHED THEN UPDATE SET *"
        )


@pytest.mark.parametrize(
    "value", ["CASE WHEN id = 1 THEN 7 ELSE id END", "if(id = 1, 7, id)", "CASE id WHEN 1 THEN 7 ELSE id END"]
)
def test_numbers_of_two_types_in_one_value(runs: LakeRuns, value: str) -> None:
    runs.do(f"UPDATE shop.t SET id = {value}")
    assert sorted(row[0] for row in rows(runs) if row[0]) == [2, 3, 7]
    changed = merged(
        runs,
        "(7, 'q', 1D)",
        f"WHEN MATCHED THEN UPDATE SET t.id = {value.replace('id', 't.id').replace('1', '7')} + 1",
    )
    assert sorted(row[0] for row in changed if row[0]) == [2, 3, 8]


def test_rows_that_the_source_does_not_have(runs: LakeRuns) -> None:
    found = merged(
        runs,
        "(1, 'A', 9D), (7, 'g', 1D)",
        "WHEN NOT MATCHED BY SOURCE AND t.id = 2 THEN DELETE",
        "WHEN NOT MATCHED BY SOURCE THEN UPDATE SET name = concat(name, '!')",
        "WHEN NOT MATCHED BY TARGET THEN INSERT *",
    )
    assert found == sorted([(1, "a", 1.5), (3, "c!", 4.5), (7, "g", 1.0), (None, "n!", 3.5)], key=str)


def test_only_touched_files_are_written_anew(runs: LakeRuns) -> None:
    before = {file.path for file in _files(runs)}
    runs.do("UPDATE shop.t SET x = 0 WHERE id = 3")
    after = {file.path for file in _files(runs)}
    assert len(before & after) == len(before) - 1
    notes = runs.notes
    assert f"UPDATE shop.t: rows: 1 updated; 1 of {len(before)} data files written anew" in notes


def test_update_and_delete(runs: LakeRuns) -> None:
    runs.do("UPDATE shop.t AS u SET u.name = upper(u.name), x = id WHERE u.id >= 2")
    assert rows(runs) == sorted([(1, "a", 1.5), (2, "B", 2.0), (3, "C", 3.0), (None, "n", 3.5)], key=str)
    runs.do("DELETE FROM shop.t WHERE shop.t.id IN (1, 2)")
    assert rows(runs) == sorted([(3, "C", 3.0), (None, "n", 3.5)], key=str)
    runs.do("DELETE FROM shop.t WHERE id = 77")
    runs.do("UPDATE shop.t SET name = NULL")
    assert rows(runs) == sorted([(3, None, 3.0), (None, None, 3.5)], key=str)
    runs.do("DELETE FROM shop.t")
    assert rows(runs) == []
    assert merged(runs, "(1, 'A', 9D)", "WHEN NOT MATCHED THEN INSERT *") == [(1, "A", 9.0)]


def test_a_name_with_a_dot_behind_an_alias(runs: LakeRuns, tmp_path: Path) -> None:
    if _is_delta(runs):
        columns = pa.schema([("id", pa.int64()), ("a.b", pa.int64())])
        write_deltalake(str(tmp_path / "dots"), columns.empty_table())
        runs.do(f"CREATE TABLE shop.dots USING delta LOCATION 'file://{tmp_path}/dots'")
    else:
        runs.do("CREATE TABLE shop.dots (id BIGINT, `a.b` BIGINT) USING iceberg")
    runs.do("INSERT INTO shop.dots VALUES (1, 2), (2, NULL)")
    runs.do("UPDATE shop.dots AS o SET o.`a.b` = 3 WHERE o.id = 1")
    runs.do("UPDATE shop.dots AS o SET id = o.`a.b` + 4, `a.b` = o . `A.b` + 1 WHERE o.`a.b` IS NOT NULL")
    with runs.run() as spark:
        found = spark.sql("SELECT * FROM shop.dots").collect()
    assert sorted(map(tuple, found)) == [(2, None), (7, 4)]
    with pytest.raises(AnalysisException, match=r"no column o\.a\.c here\. Columns are a\.b, id"):
        runs.do("UPDATE shop.dots AS o SET id = o.`a.c`")


def test_a_row_with_several_matches(runs: LakeRuns) -> None:
    twice = "(1, 'A', 9D), (1, 'B', 9D)"
    with pytest.raises(AnalysisException, match="MERGE_CARDINALITY_VIOLATION"):
        merged(runs, twice, "WHEN MATCHED THEN UPDATE SET *")
    assert len(rows(runs)) == 4
    assert len(merged(runs, twice, "WHEN MATCHED THEN DELETE")) == 3
    assert len(merged(runs, "(9, 'A', 9D), (9, 'B', 9D)", "WHEN NOT MATCHED THEN INSERT *")) == 5


def test_matches_count_that_change_nothing(runs: LakeRuns) -> None:
    one = "WHEN MATCHED AND s.name = 'A' THEN UPDATE SET *"
    if runs.opened("shop", "t").layout.properties is not None and _is_delta(runs):
        assert (1, "A", 9.0) in merged(runs, "(1, 'A', 9D), (1, 'B', 9D)", one)
    else:
        with pytest.raises(AnalysisException, match="MERGE_CARDINALITY_VIOLATION"):
            merged(runs, "(1, 'A', 9D), (1, 'B', 9D)", one)


def test_a_commit_of_others_between_is_not_lost(runs: LakeRuns) -> None:
    def change() -> None:
        with runs.run() as spark:
            spark.sql("UPDATE shop.t SET name = 'late' WHERE id = 1")
            runs.append("shop", "t", {"id": [9], "name": ["other"], "x": [0.0]})

    with pytest.raises(PublishFailed, match=r"others have committed to the table shop\.t since"):
        change()
    assert (9, "other", 0.0) in rows(runs)
    assert (1, "a", 1.5) in rows(runs)
    runs.do("UPDATE shop.t SET name = 'late' WHERE id = 1")
    assert {(9, "other", 0.0), (1, "late", 1.5)} < set(rows(runs))


def test_a_table_with_output_of_this_run_is_not_changed(runs: LakeRuns) -> None:
    with pytest.raises(StagedPathRead, match=r"shop\.t"):
        runs.do("INSERT INTO shop.t VALUES (5, 'e', 1)", "DELETE FROM shop.t WHERE id = 5")
    with runs.run(**{"--output-visibility": "immediate"}) as spark:
        spark.sql("INSERT INTO shop.t VALUES (5, 'e', 1)")
        spark.sql("DELETE FROM shop.t WHERE id < 5")
        spark.sql("UPDATE shop.t SET x = 2 WHERE id = 5")
    assert rows(runs) == sorted([(5, "e", 2.0), (None, "n", 3.5)], key=str)
    runs.do("UPDATE shop.t SET x = 3 WHERE id = 5", "INSERT INTO shop.t VALUES (6, 'f', 1)")
    assert {(5, "e", 3.0), (6, "f", 1.0)} < set(rows(runs))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE shop.t SET id = 'x'", "CANNOT_SAFELY_CAST"),
        ("UPDATE shop.t SET nam = 'x'", "has no column nam"),
        ("UPDATE shop.t SET name = 'x', NAME = 'y'", "says the column NAME twice"),
        ("UPDATE shop.t SET name = nam", "^(?!.*UPDATE UPDATE).*Did you mean name"),
        ("UPDATE shop.t SET x = DEFAULT", "DEFAULT is not there as the value of x"),
        ("DELETE FROM shop.t WHERE id IN (SELECT id FROM shop.t)", "a query within an expression"),
        ("UPDATE shop.t SET x = max(x)", "functions over several rows"),
        ("MERGE INTO shop.t USING v ON id = id WHEN MATCHED THEN DELETE", "AMBIGUOUS_REFERENCE"),
        ("MERGE INTO shop.t USING v ON t.id = v.id WHEN NOT MATCHED THEN INSERT (id) VALUES (t.id)", "UNRES"),
        ("MERGE INTO shop.t USING v ON t.id = v.id WHEN MATCHED THEN DELETE WHEN MATCHED THEN DELETE", "NON"),
        ("MERGE INTO shop.t USING v ON t.id = v.id", "a clause WHEN … THEN … was expected"),
        ("MERGE INTO shop.t USING nowhere v ON t.id = v.id WHEN MATCHED THEN DELETE", "NOT_FOUND"),
        ("MERGE INTO shop.t USING v ON t.id = v.id WHEN MATCHED THEN UPDATE SET name = v.id.a", "."),
        ("MERGE INTO shop.no USING v ON no.id = v.id WHEN MATCHED THEN DELETE", "CREATE TABLE shop.no"),
        ("MERGE INTO v USING v AS w ON v.id = w.id WHEN MATCHED THEN DELETE", "."),
    ],
)
@pytest.mark.spark_cases(2)
def test_what_is_wrong_is_said_and_nothing_is_written(runs: LakeRuns, sql: str, said: str) -> None:
    def change() -> None:
        with runs.run() as spark:
            spark.sql("SELECT 1L AS id, 'z' AS name").createOrReplaceTempView("v")
            spark.sql(sql)

    before = rows(runs)
    with pytest.raises(Exception, match=said) as raised:
        change()
    assert isinstance(raised.value, UnsupportedFeature | AnalysisException), raised.value
    assert rows(runs) == before


def _files(runs: LakeRuns) -> Any:
    table = runs.opened("shop", "t")
    return table.files(table.history.current)


def _is_delta(runs: LakeRuns) -> bool:
    return "metadata_location" not in runs.spec("shop", "t")["Parameters"]


def test_values_of_other_types_stay_what_they_are(runs: LakeRuns) -> None:
    runs.do(
        "CREATE TABLE shop.w (id INT NOT NULL, At TIMESTAMP, day DATE, d DECIMAL(9, 2), "
        "s STRUCT<x: INT, y: ARRAY<STRING>>, m MAP<STRING, BIGINT>, b BINARY, ok BOOLEAN) USING iceberg "
        "PARTITIONED BY (days(At), truncate(2, id))",
        "INSERT INTO shop.w SELECT id, TIMESTAMP_NTZ'2026-01-02 03:04:05.000006', DATE'2026-01-02', 1.25, "
        "named_struct('x', 1, 'y', array('a', NULL)), map('k', 2), X'00FF', true FROM range(4)",
    )
    query = "SELECT id, CAST(at AS STRING), day, d, s, m, b, ok FROM shop.w"
    before = {row[0]: row[1:] for row in runs.rows(query)}
    with runs.run() as spark:
        spark.table("shop.w").where("id < 2").createOrReplaceTempView("v")
        spark.sql(
            "MERGE INTO shop.w USING (SELECT *, id + 10 AS other FROM v) v ON w.id = v.id "
            "WHEN MATCHED AND w.s.y[0] = 'a' AND v.id = 0 THEN UPDATE SET d = w.d + v.d, "
            "s = named_struct('x', 7, 'y', w.s.y), at = w.at + INTERVAL 1 DAY WHEN MATCHED THEN UPDATE SET *"
        )
    after = {row[0]: row[1:] for row in runs.rows(query)}
    assert {id: after[id] for id in (1, 2, 3)} == {id: before[id] for id in (1, 2, 3)}
    assert after[0][0] == "2026-01-03 03:04:05.000006"
    assert (str(after[0][2]), after[0][3].x, list(after[0][3].y)) == ("2.50", 7, ["a", None])
    assert after[0][4:] == before[0][4:]
    with pytest.raises(Exception, match="required, and 1 of its values are null"):
        runs.do("UPDATE shop.w SET id = NULL WHERE id = 3")

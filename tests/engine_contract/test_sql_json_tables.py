"""Tables of JSON that SQL writes and reads: what JSON has no type for, alike on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from placekeeper.runtime.engines.base import Engine
from scripts_in_process import new_state, scripts
from sql_shop import Shop

pytestmark = pytest.mark.spark_tests(3)


@pytest.fixture
def shop(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    state = new_state(tmp_path / "state")
    with scripts(state, engine, monkeypatch) as run:
        yield Shop(state, run, engine, tmp_path)
    state.close()


def test_bytes_and_maps_come_back(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE shop.t (id INT, b BINARY, m MAP<STRING, INT>, l ARRAY<BINARY>, "
        "s STRUCT<k: MAP<STRING, STRING>, n: INT>) USING json",
        "INSERT INTO shop.t SELECT 1, X'0102', map('a', 1, 'b', NULL), array(X'FF', NULL), "
        "named_struct('k', map('x y', 'z'), 'n', 5)",
        "INSERT INTO shop.t SELECT 2, NULL, NULL, NULL, NULL",
        "INSERT INTO shop.t SELECT 3, X'', map('c', 7), array(X'01'), NULL",
    )
    rows = shop.rows("SELECT id, hex(b), m, transform(l, x -> hex(x)), s.k, s.n FROM shop.t")
    assert rows == [
        (1, "0102", {"a": 1, "b": None}, ["FF", None], {"x y": "z"}, 5),
        (2, None, None, None, None, None),
        (3, "", {"c": 7}, ["01"], None, None),
    ]


def test_files_of_others_in_any_case(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.t (id INT, m MAP<INT, STRUCT<a: BINARY>>, d DATE) USING json")
    folder = shop.folder / "shop" / "t"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.json").write_text(
        '{"ID": 1, "M": {"5": {"A": "AQI="}}, "D": "2024-01-05"}\n'
        '{"ID": 2, "M": {"no": {"A": "AQI="}}}\n{"ID": 3, "M": [1]}\n{"ID": 4, "M": {"6": {"A": "!"}}}\n'
    )
    rows = shop.rows("SELECT id, map_keys(m), hex(m[5].a), string(d) FROM shop.t")
    assert rows == [
        (1, [5], "0102", "2024-01-05"),
        (2, None, None, None),
        (3, None, None, None),
        (4, [6], None, None),
    ]


def test_nothing_is_said_of_types_that_json_lacks(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE shop.t (d DATE, ts TIMESTAMP, n DECIMAL(10,2), b BINARY, s STRUCT<d: DATE>) USING json",
        "INSERT INTO shop.t SELECT DATE '2024-01-05', TIMESTAMP '2024-01-05 01:02:03', 1.50, X'01', "
        "named_struct('d', DATE '2024-01-06')",
    )
    notes = shop.run(lambda spark: spark.sql("SELECT * FROM shop.t").collect())
    assert not [note for note in notes if "do not fit" in note]
    shop.run("CREATE TABLE shop.p USING parquet AS SELECT '2024-01-05' AS d")
    spec = shop.spec("p")
    storage = {**spec["StorageDescriptor"], "Columns": [{"Name": "d", "Type": "date"}]}
    shop.catalog.update_table("shop", {**spec, "StorageDescriptor": storage}, version=None)
    notes = shop.run(lambda spark: spark.sql("SELECT * FROM shop.p").collect())
    assert any("are null: d is date in the table and string in the files" in note for note in notes)

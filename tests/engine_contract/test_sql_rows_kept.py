"""SQL neither loses nor doubles rows: drops, overwrites and inserts that could, alike on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException

from placekeeper.runtime.engines.base import Engine
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from scripts_in_process import scripts
from sql_shop import Shop

pytestmark = pytest.mark.spark_tests(6)

VIEW = {
    "Name": "seen",
    "TableType": "VIRTUAL_VIEW",
    "ViewOriginalText": "SELECT 1 AS id",
    "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "int"}]},
}


@pytest.fixture
def shop(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    state = open_state(Settings(state=tmp_path / "state"), {})
    with scripts(state, engine, monkeypatch) as run:
        yield Shop(state, run, engine, tmp_path)
    state.close()


@pytest.mark.parametrize("words", ["DROP VIEW", "DROP VIEW IF EXISTS"])
def test_drop_view_drops_no_table(shop: Shop, words: str) -> None:
    shop.run("CREATE TABLE shop.orders STORED AS PARQUET AS SELECT 1 AS id")
    with pytest.raises(AnalysisException, match=r"EXPECT_VIEW_NOT_TABLE.*shop\.orders is a table"):
        shop.run("USE shop", f"{words} orders")
    assert shop.rows("SELECT * FROM shop.orders") == [(1,)]


def test_drop_table_drops_no_view(shop: Shop) -> None:
    shop.catalog.create_table("shop", VIEW)
    with pytest.raises(AnalysisException, match=r"WRONG_COMMAND_FOR_OBJECT_TYPE.*DROP VIEW"):
        shop.run("DROP TABLE IF EXISTS shop.seen")
    assert shop.rows("SELECT * FROM shop.seen") == [(1,)]
    shop.run("DROP VIEW shop.seen", "DROP VIEW IF EXISTS shop.seen")
    assert shop.rows("SHOW TABLES IN shop") == []

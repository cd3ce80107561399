"""Values with line ends in tables of CSV: the write refuses what no reader of the table reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from placekeeper.runtime.engines.base import Engine
from scripts_in_process import new_state, scripts
from sql_shop import Shop

pytestmark = pytest.mark.spark_tests(2)


@pytest.fixture
def shop(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    state = new_state(tmp_path / "state")
    with scripts(state, engine, monkeypatch) as run:
        yield Shop(state, run, engine, tmp_path)
    state.close()


def test_a_line_end_is_refused_at_the_write(shop: Shop) -> None:
    shop.run("CREATE TABLE shop.t (id INT, note STRING) USING csv", "INSERT INTO shop.t VALUES (1, 'a')")
    for write in (
        "INSERT INTO shop.t SELECT 2, 'b' UNION ALL SELECT 3, 'c\\nd'",
        "CREATE TABLE shop.u USING csv AS SELECT 'c\\nd' AS note",
    ):
        with pytest.raises(
            Exception, match=r"column note, row \d+ of a file: 'c\\nd' cannot be written to a table"
        ):
            shop.run(write)
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a")]


def test_what_is_read_back_is_written(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE shop.e (id INT, note STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        "ESCAPED BY '\\\\' STORED AS TEXTFILE",
        "INSERT INTO shop.e VALUES (1, 'a\\nb')",
        "CREATE TABLE shop.t (id INT, note STRING) USING csv",
        "INSERT INTO shop.t VALUES (1, 'a b'), (2, 'say \"x\", y')",
    )
    assert shop.rows("SELECT * FROM shop.e") == [(1, "a\nb")]
    assert shop.rows("SELECT * FROM shop.t") == [(1, "a b"), (2, 'say "x", y')]

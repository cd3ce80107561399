"""An overwrite with other columns drops a table; one with more than columns, rows and indexes stays."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from database_servers import Place, mariadb_place, postgres_place, sqlite_place
from database_writes import left_staged, publisher, staged
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.databases.new_tables import NewTable

NEW = pa.table({"id": pa.array([7], pa.int64()), "note": ["b"]})
TABLE = "CREATE TABLE rows_of (id INT, old INT)"
INSERTED = "BEFORE INSERT ON rows_of FOR EACH ROW"
POSTGRES: dict[str, tuple[Sequence[str], str]] = {
    "a child": ((TABLE, "CREATE TABLE child () INHERITS (rows_of)"), "the table child inherits from it"),
    "a foreign table": (
        (
            "CREATE FOREIGN DATA WRAPPER none",
            "CREATE SERVER far FOREIGN DATA WRAPPER none",
            "CREATE FOREIGN TABLE rows_of (id INT, old INT) SERVER far",
        ),
        "it is a foreign table",
    ),
    "a parent": (
        ("CREATE TABLE above (id INT, old INT)", "CREATE TABLE rows_of () INHERITS (above)"),
        "it inherits from above",
    ),
    "a partition": (
        (
            "CREATE TABLE above (id INT, old INT) PARTITION BY LIST (id)",
            "CREATE TABLE rows_of PARTITION OF above DEFAULT",
        ),
        "it is a partition of above",
    ),
    "a policy": ((TABLE, "CREATE POLICY few ON rows_of USING (true)"), "it has the policy few"),
    "a publication": ((TABLE, "CREATE PUBLICATION news FOR TABLE rows_of"), "the publication news has it"),
    "a rule": (
        (TABLE, "CREATE RULE kept AS ON DELETE TO rows_of DO ALSO NOTHING"),
        "it has the rule kept",
    ),
    "a trigger": (
        (
            TABLE,
            "CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            f"CREATE TRIGGER seen {INSERTED} EXECUTE FUNCTION same()",
        ),
        "it has the trigger seen",
    ),
    "partitions": (("CREATE TABLE rows_of (id INT, old INT) PARTITION BY LIST (id)",), "it has partitions"),
    "row level security": (
        (TABLE, "ALTER TABLE rows_of ENABLE ROW LEVEL SECURITY"),
        "it has row level security",
    ),
}


def refused(place: Place, why: str) -> None:
    """The way out is named, and nothing has changed."""
    with pytest.raises(UnsupportedFeature, match=f"{why}.*truncate=true; or make the table yourself"):
        staged(place, NEW, mode="overwrite", new=NewTable(replaces=True))
    assert left_staged(place) == []


@pytest.mark.parametrize("case", sorted(POSTGRES))
def test_a_table_of_postgresql_that_is_more_stays(postgres: Any, case: str) -> None:
    place = postgres_place(postgres)
    statements, why = POSTGRES[case]
    place.run(*statements)
    refused(place, why)


def test_a_plain_table_with_a_foreign_key_of_its_own_is_made_anew(postgres: Any) -> None:
    """PostgreSQL's own triggers, of keys, are none of the user's."""
    place = postgres_place(postgres)
    place.run(
        "CREATE TABLE other (id INT PRIMARY KEY)",
        "CREATE TABLE rows_of (id INT REFERENCES other, old INT)",
        "CREATE INDEX found ON rows_of (old)",
    )
    publisher().publish(staged(place, NEW, mode="overwrite", new=NewTable(replaces=True)))
    assert place.fetch("SELECT id, note FROM rows_of") == [(7, "b")]


@pytest.mark.parametrize("product", ["mysql", "sqlite"])
def test_a_table_with_a_trigger_stays(request: pytest.FixtureRequest, tmp_path: Any, product: str) -> None:
    made: dict[str, Callable[[], Place]] = {
        "mysql": lambda: mariadb_place(request.getfixturevalue("mariadb")),
        "sqlite": lambda: sqlite_place(tmp_path),
    }
    place = made[product]()
    body = "SET NEW.old = 1" if product == "mysql" else "BEGIN SELECT 1; END"
    place.run(TABLE, f"CREATE TRIGGER seen {INSERTED} {body}")
    refused(place, "it has the trigger seen")

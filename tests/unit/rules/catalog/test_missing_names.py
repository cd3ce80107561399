"""A name that the catalog does not have: the error says what there is, what was meant, and what to type."""

import pytest

from placekeeper.rules.catalog.missing_names import missing_database, missing_table


@pytest.mark.parametrize(
    ("name", "names", "said"),
    [
        ("shop", (), "Database shop not found. The catalog has no database. To make it, type aws glue"),
        ("shop", ("town",), "Database shop not found. The catalog has the database town. To"),
        ("Shpo", ("shop", "town"), "has the databases shop and town; did you mean shop? To"),
        ("shop1", tuple(f"shop{n}0" for n in range(11)), "has 11 databases; did you mean shop10? To"),
    ],
)
def test_a_database(name: str, names: tuple[str, ...], said: str) -> None:
    message = missing_database(name, names).message
    assert said in message
    assert f"create-database --database-input Name={name.lower()} --endpoint-url" in message


def test_a_table() -> None:
    message = missing_table("Shop", "Sale", ["sales"]).message
    assert message.startswith(
        "Table sale not found. The database shop has the table sales; did you mean sales? To make it, write "
    )
    assert "aws glue create-table --database-name shop --table-input" in message

"""A table whose folder is several tables now."""

from typing import Any

from placekeeper.rules.crawling.splits import split_of


def table(location: str, classification: str) -> dict[str, Any]:
    return {
        "StorageDescriptor": {"Location": location},
        "Parameters": {"classification": classification},
    }


KNOWN = table("s3://b/events/", "json")


def test_nothing_else_in_the_folder_is_no_split() -> None:
    assert split_of(KNOWN, {"db.x": table("s3://b/events2/", "json")}) is None
    assert split_of(table("", "json"), {"db.x": table("s3://b/events2/", "json")}) is None


def test_a_table_stays_while_files_of_its_format_are_there() -> None:
    made = {"db.a": table("s3://b/events/a/", "json"), "db.b": table("s3://b/events/b/", "csv")}
    split = split_of(KNOWN, made)
    assert split is not None
    assert split.stays
    assert split.said == (
        "its folder s3://b/events/ holds other tables now: db.a (json), db.b (csv); they are not one table, "
        "because their formats differ (csv, json)"
    )


def test_a_table_of_another_format_is_gone() -> None:
    made = {f"db.t{n}": table(f"s3://b/events/t{n}/", "csv") for n in range(7)}
    split = split_of(KNOWN, made)
    assert split is not None
    assert not split.stays
    assert "db.t4 (csv), 2 more; they are not one table, because their schemas, forms" in split.said

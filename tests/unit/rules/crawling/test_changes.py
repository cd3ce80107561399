"""What a crawl changes of a table that is there."""

from typing import Any

from placekeeper.rules.crawling.changes import (
    DEPRECATED,
    changed_partition,
    changed_table,
    deprecated,
    differing_partitions,
    hashed_name,
    partition_of_table,
)
from placekeeper.rules.crawling.options import CrawlOptions

UPDATES = CrawlOptions()
LOGS = CrawlOptions(updates=False)
MERGES = CrawlOptions(merges=True)


def spec(*columns: str, size: int = 1, kind: str = "json", **more: Any) -> dict[str, Any]:
    parameters = {"classification": kind, "sizeKey": str(size), **more.pop("Parameters", {})}
    return {
        "StorageDescriptor": {
            "Columns": [dict(zip(("Name", "Type"), column.split(":"), strict=True)) for column in columns],
            "Location": "s3://b/t/",
            "Parameters": parameters,
            "SerdeInfo": {"Parameters": {"field.delim": ","}},
        },
        "PartitionKeys": [],
        "Parameters": parameters,
        **more,
    }


def known(*columns: str, **more: Any) -> dict[str, Any]:
    return {"Name": "t", **spec(*columns, **more)}


def columns_after(change: Any) -> list[str]:
    columns = change.spec["StorageDescriptor"]["Columns"]
    return [f"{column['Name']}:{column['Type']}" for column in columns]


def test_an_update_adds_columns_and_removes_missing_ones() -> None:
    change = changed_table(known("a:int", "b:int"), spec("a:string", "c:int"), UPDATES, now_ms=1)
    assert columns_after(change) == ["a:string", "c:int"]
    assert change.said == ("updated; new columns: c; missing columns: b; other types: a (int to string)",)


def test_parameters_that_differ_are_named() -> None:
    before = known("a:int", Parameters={"UPDATED_BY_CRAWLER": "a", "own": "1"})
    after = spec("a:int", Parameters={"UPDATED_BY_CRAWLER": "b"})
    change = changed_table(before, after, UPDATES, now_ms=1)
    assert change.said == ("updated; UPDATED_BY_CRAWLER from a to b; own from 1 to nothing",)
    after["StorageDescriptor"]["SerdeInfo"]["Parameters"] = {f"p{n}": "x" * 100 for n in range(9)}
    [said] = changed_table(before, after, UPDATES, now_ms=1).said
    assert said.endswith(" more")
    assert f"p1 from nothing to {'x' * 60}…" in said


def test_nothing_changes_where_nothing_differs() -> None:
    before = known("a:int")
    for options in (UPDATES, LOGS, MERGES):
        change = changed_table(before, spec("a:int"), options, now_ms=1)
        assert change.spec is before
        assert change.said == ()


def test_figures_change_without_a_word() -> None:
    change = changed_table(known("a:int"), spec("a:int", size=2), UPDATES, now_ms=1)
    assert (change.spec["Parameters"]["sizeKey"], change.said) == ("2", ())


def test_log_leaves_the_table_and_says_what_differs() -> None:
    before = known("a:int")
    change = changed_table(before, spec("b:int"), LOGS, now_ms=1)
    assert change.spec is before
    assert "stays as it is: LOG; new columns: b; missing columns: a" in change.said[0]


def test_merging_adds_columns_only() -> None:
    before = known("a:int", "b:int", Parameters={"mine": "1"})
    change = changed_table(before, spec("a:string", "c:int", Parameters={"x": "y"}), MERGES, now_ms=1)
    assert columns_after(change) == ["a:int", "b:int", "c:int"]
    assert change.spec["Parameters"] == {"classification": "json", "sizeKey": "1", "mine": "1", "x": "y"}
    assert change.said == ("new columns: c",)


def test_merging_leaves_files_that_are_read_by_places() -> None:
    before = known("a:int", "b:int", kind="csv")
    for found in (spec("a:int", "x:int", "b:int", kind="csv"), spec("b:int", "a:int", kind="csv")):
        change = changed_table(before, found, MERGES, now_ms=1)
        assert change.spec is before
        assert "The table has a, b; the files have" in change.said[0]
        assert changed_partition(before, found, MERGES) is before
    longer = changed_table(before, spec("a:int", "b:int", "c:int", kind="csv"), MERGES, now_ms=1)
    assert columns_after(longer) == ["a:int", "b:int", "c:int"]
    assert changed_table(before, spec("a:int", kind="csv"), MERGES, now_ms=1).spec is before
    keys = [{"Name": "day", "Type": "string"}]
    parted = known("a:int", "b:int", kind="csv", PartitionKeys=keys)
    middle = spec("a:int", "x:int", "b:int", kind="csv", PartitionKeys=keys)
    assert columns_after(changed_table(parted, middle, MERGES, now_ms=1)) == ["a:int", "b:int", "x:int"]
    inherits = CrawlOptions(merges=True, inherits=True)
    assert changed_table(parted, middle, inherits, now_ms=1).spec is parted


def test_merging_deprecates_a_table_of_another_form_once() -> None:
    found = spec("a:int", Parameters={"classification": "csv"})
    change = changed_table(known("a:int"), found, MERGES, now_ms=7)
    assert change.spec["Parameters"][DEPRECATED] == "7"
    assert columns_after(change) == ["a:int"]
    assert "classification 'json' to 'csv'" in change.said[0]
    assert changed_table(change.spec, found, MERGES, now_ms=8).spec is change.spec
    found_again = changed_table(change.spec, spec("a:int"), MERGES, now_ms=9)
    assert DEPRECATED not in found_again.spec["Parameters"]


def test_names_and_types_that_somebody_gave_to_keys_stay() -> None:
    before = known("a:int", PartitionKeys=[{"Name": "year", "Type": "int"}])
    found = spec("a:int", PartitionKeys=[{"Name": "partition_0", "Type": "string"}])
    assert changed_table(before, found, UPDATES, now_ms=1).spec is before
    other = spec("a:int", PartitionKeys=[{"Name": "month", "Type": "string"}])
    change = changed_table(before, other, UPDATES, now_ms=1)
    assert change.spec["PartitionKeys"] == other["PartitionKeys"]
    assert "partition keys: ['year'] to ['month']" in change.said[0]


def test_partitions() -> None:
    before, found = spec("a:int"), spec("b:int")
    assert changed_partition(before, found, UPDATES) is found
    assert changed_partition(before, found, LOGS) is before
    merged = changed_partition(before, found, MERGES)
    assert [column["Name"] for column in merged["StorageDescriptor"]["Columns"]] == ["a", "b"]
    assert changed_partition(before, dict(before), UPDATES) is before


def test_inherited_partitions_are_as_their_table() -> None:
    found = spec("b:int", size=5)
    found["StorageDescriptor"]["Location"] = "s3://b/t/d=1/"
    made = partition_of_table(known("a:int"), found, CrawlOptions(inherits=True))
    assert made["StorageDescriptor"]["Columns"] == [{"Name": "a", "Type": "int"}]
    assert made["StorageDescriptor"]["Location"] == "s3://b/t/d=1/"
    assert made["Parameters"] == {"classification": "json", "sizeKey": "5"}
    assert partition_of_table(known("a:int"), found, UPDATES) is found


def test_what_was_deprecated_keeps_its_time() -> None:
    once = deprecated(known("a:int"), 1)
    assert deprecated(once, 2) == once


def test_differing_partitions_are_named() -> None:
    table = (("a", "int"),)
    assert differing_partitions(table, [("p1", table), ("p2", ())]) == ()
    many = [(f"p{n}", (("b", "int"),)) for n in range(7)]
    assert differing_partitions(table, many) == (
        "the schema of partitions differs from that of the table: p0, p1, p2, p3 and p4, and 2 more",
    )


def test_a_hash_is_of_the_location() -> None:
    assert hashed_name("t", "s3://b/x") == hashed_name("t", "s3://b/x") != hashed_name("t", "s3://b/y")

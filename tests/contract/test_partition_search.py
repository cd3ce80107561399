"""Searching for partitions: SQL narrows, and the answer is that of the predicate alone; on every database."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from placekeeper.model.catalog import Database, KeyRange, Table, TablePartition
from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.narrowing import narrowing_of
from placekeeper.rules.catalog.partition_values import NULL_VALUE
from placekeeper.rules.catalog.predicates import predicate_of
from placekeeper.store.catalog_schema import catalog_partitions
from placekeeper.store.rows import partitions
from placekeeper.store.store import SqlStore

KEYS = [("region", "string"), ("year", "int"), ("at", "timestamp"), ("day", "date"), ("x", "double")]
TEXTS = [
    "",
    "0",
    "e",
    "eu",
    "eu-west",
    "EU",
    "é",
    "\U0010ffff",
    "a\0b",
    "a" * 60,
    "a" * 60 + "b",
    "%",
    "it's",
]
NUMBERS = ["2025", "2026", "02026", "+2026", "-1", "-20", "0", "1" * 25, " 7 ", "seven"]
MOMENTS = ["2026-01-01 00:00:00", "2026-01-01T00:00:00.000000001", "2026-01-01 05:00:00+05:00", "soon"]
DAYS = ["2026-1-2", "2026-01-02", "2026-02-01", "tomorrow"]
DOUBLES = ["1", "1.0", "3.14", "nan"]
NOW = datetime(2026, 11, 29, tzinfo=UTC)
PATTERNS = ["e%", "eu", "_u%", "%", "é%", "a" * 45 + "%"]
VALUES = [TEXTS, NUMBERS, MOMENTS, DAYS, DOUBLES]
TABLE = Table(
    database="d",
    name="t",
    spec={"PartitionKeys": [{"Name": name, "Type": type} for name, type in KEYS]},
    created_ms=1,
    modified_ms=1,
)
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    place = draw(st.integers(0, 4))
    name, known = KEYS[place][0], [*VALUES[place], NULL_VALUE]
    literal = st.sampled_from(known).map(quoted)
    if place in (1, 4):
        literal = st.one_of(literal, st.sampled_from(["2026", "-1", "7.0", "2025.5", "3.14", "2026L"]))
    kinds = ["compare", "mirrored", "in", "between", "null", "like", "or", "bounds", "listed", "keys"]
    other = draw(st.sampled_from([name for name, _ in KEYS]))
    match draw(st.sampled_from(kinds)):
        case "compare":
            return f"{name} {draw(st.sampled_from(['=', '<>', '<', '<=', '>', '>=']))} {draw(literal)}"
        case "mirrored":
            return f"{draw(literal)} {draw(st.sampled_from(['=', '<', '>=']))} {name}"
        case "in":
            items = draw(st.lists(literal, min_size=1, max_size=3))
            return f"{name} {draw(st.sampled_from(['', 'NOT ']))}IN ({', '.join(items)})"
        case "between":
            return f"{name} {draw(st.sampled_from(['', 'NOT ']))}BETWEEN {draw(literal)} AND {draw(literal)}"
        case "null":
            return f"{name} IS {draw(st.sampled_from(['', 'NOT ']))}NULL"
        case "bounds":
            negated = draw(st.sampled_from(["", "NOT "]))
            low, high = draw(st.permutations([name, draw(st.one_of(literal, st.just(other)))]))
            return f"{draw(literal)} {negated}BETWEEN {low} AND {high}"
        case "listed":
            return f"{draw(literal)} {draw(st.sampled_from(['', 'NOT ']))}IN ({name}, {other})"
        case "keys":
            return f"{name} {draw(st.sampled_from(['=', '<', '>=', '<>']))} {other}"
        case "like":
            return f"region LIKE {draw(st.sampled_from(PATTERNS).map(quoted))}"
        case _:
            return f"({name} = {draw(literal)} OR {name} = {draw(literal)})"


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both = st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map(lambda it: f"({''.join(it)})")
    return st.one_of(both, inner.map(lambda it: f"NOT ({it})"))


predicates = st.lists(st.recursive(comparisons(), joined, max_leaves=3), min_size=1, max_size=3).map(
    " AND ".join
)
rows = st.lists(
    st.tuples(*(st.sampled_from([*known, NULL_VALUE]) for known in VALUES)), unique=True, max_size=12
)


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    with store.write() as tx:
        tx.databases.insert(Database(name="d", spec={}, created_ms=1))
        tx.tables.insert(TABLE)
        for number in range(20):
            values = ("eu" if number % 2 else "us", str(2000 + number), MOMENTS[0], DAYS[1], "1")
            tx.partitions.insert(TABLE, TablePartition(values=values, spec={}, created_ms=3))
    return store


def found(store: SqlStore, predicate: str, table: Table = TABLE, *, now: datetime | None = None) -> list[str]:
    """The years of the partitions that a search finds."""
    where = predicate_of(predicate, table.partition_keys, now=now)
    with store.read() as tx:
        ranges = narrowing_of([predicate], table.partition_keys, now=now)
        page = tx.partitions.page(table, after=None, limit=100, where=where, ranges=ranges)
        every = tx.partitions.all(table, where=where, ranges=ranges)
    assert page.items == every
    return [partition.values[1] for partition in every]


def test_a_search_finds_what_the_predicate_says(store: SqlStore) -> None:
    with store.write() as tx:
        tx.databases.insert(Database(name="d", spec={}, created_ms=1))

    @SETTINGS
    @given(rows=rows, predicate=predicates, now=st.sampled_from([None, NOW]))
    @example(
        rows=[("0", "7", MOMENTS[0], DAYS[0], "1"), ("5", "5", MOMENTS[0], DAYS[0], "1")],
        predicate="'5' BETWEEN region AND year",
        now=None,
    )
    @example(
        rows=[("eu", "seven", MOMENTS[0], DAYS[0], "1")], predicate="year = 2026 AND region = 'us'", now=None
    )
    @example(
        rows=[("eu", "02026", MOMENTS[2], DAYS[0], "1")],
        predicate="year = 2026 AND at = '2026-01-01'",
        now=None,
    )
    def check(rows: Sequence[tuple[str, ...]], predicate: str, now: datetime | None) -> None:
        with store.write() as tx:
            tx.tables.delete("d", "t")
            tx.tables.insert(TABLE)
            tx.partitions.insert_all(
                TABLE, [TablePartition(values=values, spec={}, created_ms=1) for values in rows]
            )
        try:
            where = predicate_of(predicate, KEYS, now=now)
        except InvalidInputException:
            return  # such as an order with null
        try:
            expected = [values[1] for values in rows if where(values)]
        except InvalidInputException:
            with pytest.raises(InvalidInputException, match="cannot be read"):
                found(store, predicate, now=now)
        else:
            assert found(store, predicate, now=now) == expected

    check()


def test_pages_of_a_search_are_in_order_and_whole(filled: SqlStore) -> None:
    text = "region = 'eu' AND year >= 2004"
    ranges = narrowing_of([text], KEYS)
    assert [range.place for range in ranges] == [0, 1]
    assert list(_pages(filled, text, ranges, 3)) == [f"{year}" for year in range(2005, 2020, 2)]


def test_a_search_that_narrows_too_little_looks_at_all(
    filled: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "_MOST_NEAR", 3)
    text = "region = 'us' AND year < 2008"
    assert list(_pages(filled, text, narrowing_of([text], KEYS), 2)) == ["2000", "2002", "2004", "2006"]


def test_partitions_without_texts_are_found(filled: SqlStore) -> None:
    with filled._engine.begin() as connection:
        connection.execute(update(catalog_partitions).values(key1=None, key2=None, key3=None))
    assert found(filled, "year = 2003") == ["2003"]


def test_partitions_are_arranged_by_other_types(filled: SqlStore) -> None:
    keys = [{"Name": name, "Type": "string"} for name, _ in KEYS]
    changed = Table(database="d", name="t", spec={"PartitionKeys": keys}, created_ms=1, modified_ms=1)
    with filled.write() as tx:
        tx.partitions.arrange(changed)
    assert found(filled, "year > '2017'", changed) == ["2018", "2019"]
    assert found(filled, "year = '2017'", changed) == ["2017"]


def _pages(store: SqlStore, text: str, ranges: Sequence[KeyRange], limit: int) -> Iterator[str]:
    after, more = None, True
    while more:
        with store.read() as tx:
            page = tx.partitions.page(
                TABLE, after=after, limit=limit, where=predicate_of(text, KEYS), ranges=ranges
            )
        yield from (partition.values[1] for partition in page.items)
        after, more = page.items[-1].ordinal, page.more

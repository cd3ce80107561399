"""A joined table that a bookmark leaves empty is noted; sources that are not joined are not."""

import pytest

from placekeeper.model.jobs import SourceSummary
from placekeeper.runtime.run.dimension_tables import dimension_notes, has_join


@pytest.mark.parametrize(
    "script",
    [
        "Join.apply(orders, countries, 'c', 'c')",
        "both = orders.join(['c'], ['c'], countries)",
        "orders.toDF().join(countries.toDF(), 'c')",
        "orders.join(countries, on='c', how='left')",
        "orders.crossJoin(countries)",
        "Join()(orders, countries, 'c', 'c')",
        "query = 'select * from orders join countries'\nspark.sql(query)",
        "spark.sql('''select * from orders o\nleft join countries c on o.c = c.c''')",
    ],
)
def test_joins(script: str) -> None:
    assert has_join(script)


@pytest.mark.parametrize(
    "script",
    [
        "print(', '.join(names))",
        "separator.join(names)",
        "os.path.join(folder, 'a', 'b')",
        "thread.join()",
        "# orders.join(countries, 'c')",
        "'join us from here'",
        '"""select from orders join countries: what this script is about"""\nspark.sql("select 1")',
        "text = 'select it from orders and join it'",
        "not python at all (",
    ],
)
def test_no_joins(script: str) -> None:
    assert not has_join(script)


JOIN = "Join.apply(orders, countries, 'c', 'c')"


def source(context: str, **counts: int) -> SourceSummary:
    return SourceSummary(
        name=context or "s3://b/x/",
        context=context,
        counts=counts,
        objects_read=counts.get("new", 0),
        bytes_read=0,
        seconds=0.0,
    )


def test_a_tracked_source_without_news_beside_one_with_news_is_noted() -> None:
    [note] = dimension_notes([source("orders", new=2, done=5), source("countries", done=1)], JOIN)
    assert note.startswith("countries had nothing new while orders had")
    assert "leave out its transformation_ctx" in note


def test_what_an_import_from_aws_covers_counts_as_processed() -> None:
    assert dimension_notes([source("orders", new=2), source("countries", assumed=1)], JOIN)


@pytest.mark.parametrize(
    "sources",
    [
        [source("orders", new=2), source("", new=1)],  # read whole by every run
        [source("orders", new=2), source("countries", new=1)],
        [source("orders", done=2), source("countries", done=1)],  # a quiet day: nothing is written either
        [source("orders", new=2), source("countries")],  # nothing is there at all, which is said already
    ],
)
def test_nothing_to_note(sources: list[SourceSummary]) -> None:
    assert dimension_notes(sources, JOIN) == []


def test_sources_that_are_not_joined_are_not_noted() -> None:
    assert dimension_notes([source("orders", new=2), source("countries", done=1)], "orders.show()") == []

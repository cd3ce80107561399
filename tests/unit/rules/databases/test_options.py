"""What scripts write in options of databases."""

from typing import Any

import pytest

from placekeeper.model.databases import Partitioning
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.policy import Policy
from placekeeper.rules.databases.option_names import WITHOUT_EFFECT
from placekeeper.rules.databases.options import DatabaseOptions, database_options


def read(**options: Any) -> DatabaseOptions:
    return database_options(options, {})


@pytest.mark.parametrize(
    "keys", [["a", "B c"], ("a", "B c"), '["a", "B c"]', "a, B c", 'a, "B c"', "[]", "", None]
)
def test_keys_are_a_list_in_any_spelling(keys: object) -> None:
    expected = () if keys in ("[]", "", None) else ("a", "B c")
    assert read(dbtable="t", jobBookmarkKeys=keys).keys == expected


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"jobBookmarkKeys": 7}, "jobBookmarkKeys is a list of names of columns"),
        ({"jobBookmarkKeys": '["a"'}, "jobBookmarkKeys is a list of names of columns"),
        ({"jobBookmarkKeys": ["a", "A"]}, "jobBookmarkKeys names A twice"),
        ({"jobBookmarkKeysSortOrder": "up"}, "jobBookmarkKeysSortOrder is asc or desc, not 'up'"),
        ({"query": "select 1", "sampleQuery": "select 2"}, "query and sampleQuery cannot be used together"),
        ({"hashfield": "a", "hashexpression": "b"}, "name one of them"),
        ({"partitionColumn": "a"}, "needs lowerBound, upperBound and numPartitions"),
        ({"hashfield": "a", "hashpartitions": "0"}, "hashpartitions must be a whole number above 0"),
        ({"dbtable": "a", "dbTable": "b"}, "the option dbtable is given twice, once as 'dbTable'"),
        ({"user": 7}, "the connection option user is a string, not int"),
        ({"enablePartitioningForSampleQuery": "maybe", "sampleQuery": "select 1"}, "is true or false"),
    ],
)
def test_a_wrong_value_is_told(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        database_options(options, {})


def test_the_order_has_two_spellings() -> None:
    assert read(jobBookmarkKeysSortOrder="DESC").descending
    assert read(jobBookmarksKeysSortOrder="desc").descending
    assert not read(jobBookmarkKeysSortOrder="asc").descending


def test_options_do_not_mind_case_and_have_other_names() -> None:
    said = read(dbTable="t", UserName="u", secretid="s", sfSchema="S", sslmode="require")
    assert said.dbtable == "t"
    assert said.login == {"user": "u", "secretId": "s"}
    assert said.parameters == {"sslmode": "require", "schema": "S"}
    assert said.notes == ()


def test_a_table_is_cut_by_field_or_expression_into_seven_parts() -> None:
    assert read(dbtable="t").partitioning is None
    assert read(hashfield="a").partitioning == Partitioning(column="a", parts=7)
    assert read(hashexpression="id % 5", hashpartitions="5").partitioning == Partitioning(
        expression="id % 5", parts=5
    )
    said = read(partitionColumn="a", lowerBound=1, upperBound="9", numPartitions=3)
    assert said.partitioning == Partitioning(column="a", parts=3, lower="1", upper="9")


def test_a_query_has_no_bookmark_and_no_keys() -> None:
    said = read(query="select * from t;", jobBookmarkKeys="id")
    assert said.query == "select * from t"
    assert [note.partition(":")[0] for note in said.notes] == [
        "no bookmark follows a query, as on AWS",
        "jobBookmarkKeys has no effect",
    ]
    assert read(dbtable="(select 1 as x) as t").query == "select 1 as x"


def test_a_query_counts_more_than_a_table_and_that_is_told() -> None:
    said = read(query="select 1 as x", dbtable="t")
    assert (said.query, said.dbtable) == ("select 1 as x", "")
    assert said.notes[0] == "dbtable has no effect: the rows are those of query"
    assert not any("dbtable" in note for note in read(sampleQuery="select 1 as x", dbtable="t").notes)


def test_a_sample_query_is_cut_only_if_the_script_says_so() -> None:
    options = {"dbtable": "t", "sampleQuery": "select * from t where x > 1 and", "hashfield": "id"}
    whole = database_options({**options, "sampleQuery": "select * from t", "sampleSize": 5}, {})
    assert (whole.query, whole.partitioning, whole.most_rows) == ("select * from t", None, None)
    assert any("sampleSize has no effect" in note for note in whole.notes)
    cut = database_options({**options, "enablePartitioningForSampleQuery": True, "sampleSize": 5}, {})
    assert (cut.query, cut.most_rows) == ("select * from t where x > 1", 5)
    assert cut.partitioning == Partitioning(column="id")


@pytest.mark.parametrize("name", sorted(WITHOUT_EFFECT))
def test_what_has_no_effect_says_why(name: str) -> None:
    assert read(**{name: "x"}).notes == (f"option {name} has no effect: {WITHOUT_EFFECT[name]}",)
    assert database_options({name: "x"}, {}, own={name}).notes == ()


def test_unknown_options_are_noted_with_what_was_meant() -> None:
    notes = read(dbtabel="t", zzz="x", boundedFiles="7").notes
    assert notes == (
        "unknown connection option 'dbtabel' was ignored; did you mean dbtable?",
        "unknown connection option 'zzz' was ignored",
        "option boundedFiles has no effect: it is about files, and a database has rows",
    )


def test_what_would_change_the_rows_is_refused() -> None:
    with pytest.raises(
        UnsupportedFeature, match="filterPredicate is not there for databases: write the whole"
    ):
        read(filterPredicate="a > 1")


def test_the_policy_is_that_of_the_source_else_of_the_run() -> None:
    assert database_options({}, {"--bookmark-policy": "window"}).reading.policy is Policy.WINDOW
    own = database_options({"bookmarkPolicy": "exact"}, {"--bookmark-policy": "window"})
    assert own.reading.policy is Policy.EXACT

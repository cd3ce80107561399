"""The bookmark keys of a table: named ones, and the primary key."""

import pytest

from placekeeper.model.databases import BookmarkKeys, DatabaseTable, TableColumn, TableShape
from placekeeper.model.errors import NoBookmarkKey, UsageError
from placekeeper.model.policy import Policy
from placekeeper.rules.databases.bookmark_keys import (
    candidates,
    changed_keys,
    chosen_keys,
    must_rise,
    no_gaps_needed,
)


def shape(primary_key: tuple[str, ...] = ("id",), unique: tuple[tuple[str, ...], ...] = ()) -> TableShape:
    return TableShape(
        table=DatabaseTable("public", "orders"),
        columns=(
            TableColumn(name="id", sql_type="bigint", key_type="int", nullable=False),
            TableColumn(name="Updated_At", sql_type="timestamptz", key_type="timestamptz"),
            TableColumn(name="code", sql_type="text", key_type="text", nullable=False),
            TableColumn(name="Code", sql_type="text", key_type="text"),
            TableColumn(name="data", sql_type="jsonb", key_type=None),
        ),
        primary_key=primary_key,
        unique=unique,
        indexed=("Updated_At",),
    )


def test_the_primary_key_is_the_default() -> None:
    assert chosen_keys(shape()) == BookmarkKeys(columns=("id",), unique=True, row=("id",))
    both = chosen_keys(shape(("id", "code")), descending=True)
    assert both == BookmarkKeys(columns=("id", "code"), descending=True, unique=True, row=("id", "code"))


def test_named_keys_are_found_as_spelled_and_then_without_regard_to_case() -> None:
    assert chosen_keys(shape(), ["updated_at"]).columns == ("Updated_At",)
    assert chosen_keys(shape(), ["Code"]).columns == ("Code",)
    with pytest.raises(UsageError, match="CODE may be code and Code"):
        chosen_keys(shape(), ["CODE"])
    with pytest.raises(UsageError, match=r"no column 'update_at'; did you mean Updated_At\?"):
        chosen_keys(shape(), ["update_at"])


def test_keys_are_unique_if_they_have_all_columns_of_a_unique_constraint() -> None:
    assert not chosen_keys(shape(), ["code"]).unique
    assert chosen_keys(shape(unique=(("code",),)), ["code"]).unique
    assert not chosen_keys(shape(unique=(("code", "id"),)), ["code"]).unique
    assert chosen_keys(shape(), ["Updated_At", "id"]).unique


def test_a_column_twice_or_without_an_order_is_refused() -> None:
    with pytest.raises(UsageError, match=r"names Updated_At of public\.orders twice"):
        chosen_keys(shape(), ["updated_at", "UPDATED_AT"])
    with pytest.raises(UsageError, match=r"data of public\.orders has the type jsonb"):
        chosen_keys(shape(), ["data"])


def test_a_table_without_a_primary_key_names_candidates_with_an_index_first() -> None:
    assert candidates(shape()) == ["Updated_At", "id", "code", "Code"]
    with pytest.raises(NoBookmarkKey, match=r"no primary key .*: Updated_At, id, code, Code"):
        chosen_keys(shape(()))
    with pytest.raises(NoBookmarkKey, match="has the column data of the type jsonb"):
        chosen_keys(shape(("id", "data")))


@pytest.mark.parametrize("key", [("id", "code"), ("code",)])
def test_by_the_window_the_default_is_one_number(key: tuple[str, ...]) -> None:
    assert chosen_keys(shape(), policy=Policy.WINDOW).columns == ("id",)
    with pytest.raises(NoBookmarkKey, match=r"only if it is one number.*jobBookmarkKeys"):
        chosen_keys(shape(key), policy=Policy.WINDOW)
    assert chosen_keys(shape(key), key, policy=Policy.WINDOW).columns == key


def test_aws_wants_no_gaps() -> None:
    keys = chosen_keys(shape())
    no_gaps_needed(shape(), keys, first=3, last=5, rows=3)
    no_gaps_needed(shape(), keys, first=5, last=3, rows=3)
    with pytest.raises(NoBookmarkKey, match=r"has gaps \(2 rows from 3 to 5\).*jobBookmarkKeys"):
        no_gaps_needed(shape(), keys, first=3, last=5, rows=2)


def test_keys_that_are_gone_are_told() -> None:
    assert changed_keys(shape(), BookmarkKeys(columns=("id",))) == ""
    assert changed_keys(shape(), BookmarkKeys(columns=("id", "x"))) == "the column x is gone"
    assert "data has the type jsonb now" in changed_keys(shape(), BookmarkKeys(columns=("data",)))


@pytest.mark.parametrize("key", [("code",), ("code", "id")])
def test_a_primary_key_without_an_order_of_time_is_no_default(key: tuple[str, ...]) -> None:
    with pytest.raises(NoBookmarkKey, match=r"begins with the column code of the type text.*Updated_At, id"):
        chosen_keys(shape(key))
    named = chosen_keys(shape(key), key)
    assert named.columns == key
    assert "code has the type text. Its values must only rise" in must_rise(shape(key), named)
    assert must_rise(shape(), chosen_keys(shape())) == ""

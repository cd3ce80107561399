"""Options and names as scripts give them to awsglue."""

import uuid

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.runtime.run.script_options import frame_name, options_of, table_name_of


@pytest.mark.parametrize("value", ["x", ["x"], 5, {5: 1}, {None: 1}])
def test_options_are_a_dict_of_names(value: object) -> None:
    with pytest.raises(UsageError, match="connection_options is a dict whose keys are names of options"):
        options_of("connection_options", value)


def test_no_options() -> None:
    assert options_of("format_options", None) == {}


def test_a_table_has_a_database_under_its_new_or_its_old_name() -> None:
    assert table_name_of("db", "t", {}) == ("db", "t")
    assert table_name_of(None, "t", {"name_space": "db"}) == ("db", "t")


@pytest.mark.parametrize(
    ("database", "table", "more", "said"),
    [
        ("db", "t", {"name_space": "db"}, "both specified, choose one"),
        (None, "t", {}, "name_space or database is missing"),
        ("db", None, {}, "table_name is missing"),
    ],
)
def test_what_names_no_table(
    database: str | None, table: str | None, more: dict[str, str], said: str
) -> None:
    with pytest.raises(Exception, match=said):
        table_name_of(database, table, more)


def test_a_frame_is_named_after_what_its_paths_have_in_common() -> None:
    assert frame_name({"paths": ["s3://b/in/a.csv", "s3://b/in/b.csv"]}) == "s3bin"
    assert frame_name({"path": "s3://b/in"}) == "s3bin"
    assert uuid.UUID(frame_name({}))

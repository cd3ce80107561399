"""What Spark's options say of a table that a write makes."""

import pytest

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.databases.new_tables import NewTable, column_types, new_table


def test_types_of_columns_are_read_as_spark_writes_them() -> None:
    assert column_types("name CHAR(64), `odd ``name` DECIMAL(10, 2),note: string") == (
        ("name", "CHAR(64)"),
        ("odd `name", "DECIMAL(10, 2)"),
        ("note", "string"),
    )
    assert column_types("  ") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name", "not so from 'name' on"),
        ("name CHAR(64); DROP TABLE x", "not so from 'name CHAR"),
        ("id INT, name", "not so from 'name' on"),
        ("id INT, ID BIGINT", "names the column ID twice"),
    ],
)
def test_what_is_no_type_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        column_types(text)


def test_the_table_is_replaced_where_truncate_is_false() -> None:
    assert not new_table({}, "mysql").replaces
    assert new_table({"truncate": "False"}, "mysql").replaces
    assert not new_table({"truncate": True}, "mysql").replaces
    said = {"createtableoptions": "ROW_FORMAT =\n FIXED ENGINE=InnoDB", "createtablecolumntypes": "a INT"}
    expected = NewTable(columns=(("a", "INT"),), options="ROW_FORMAT = FIXED ENGINE=InnoDB")
    assert new_table(said, "mysql") == expected


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        ({"createtableoptions": "engine MyISAM"}, UnsupportedFeature, "the engine MyISAM, which has no tr"),
        ({"createtableoptions": "; DROP TABLE x"}, UnsupportedFeature, "has a % or ; in it"),
        ({"isolationlevel": "SNAPSHOT"}, UsageError, "isolationLevel is one of NONE, READ_COMMITTED"),
        ({"truncate": "1"}, UsageError, "the option truncate is true or false, not '1'"),
        ({"truncate": "true", "cascadetruncate": "true"}, UnsupportedFeature, "would empty other tables"),
    ],
)
def test_what_cannot_be_done_is_refused(said: dict[str, str], kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        new_table(said, "mysql")
    assert new_table({"cascadetruncate": "true"}, "mysql") == NewTable()

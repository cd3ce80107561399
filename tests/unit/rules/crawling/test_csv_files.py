"""How a crawl recognises CSV."""

import pytest

from placekeeper.rules.crawling.csv_files import CsvOptions, CsvShape, named, recognised

BUILT_IN = CsvOptions()


def shape(text: str, options: CsvOptions = BUILT_IN) -> CsvShape:
    found = recognised(text, options)
    assert found is not None
    return found


def test_a_header_is_texts_above_something_else() -> None:
    found = shape("Id,Name,price,Open\n1,x,1.5,true\n2,y,2,FALSE\n")
    assert found.has_header
    assert found.columns == (("id", "bigint"), ("name", "string"), ("price", "double"), ("open", "boolean"))
    assert (found.rows, found.is_quoted) == (2, False)


@pytest.mark.parametrize(
    "text",
    [
        "a,b\nx,y\nz,w\n",  # texts only: the first row looks like all others
        "1,2\n3,4\n",  # a number is no name
        f"{'n' * 150},b\n1,2\n3,4\n",  # too long for a name
        ",b\n1,2\n3,4\n",  # without a name
    ],
)
def test_without_a_header_columns_are_numbered(text: str) -> None:
    found = shape(text)
    assert not found.has_header
    assert [name for name, _ in found.columns] == ["col0", "col1"]


@pytest.mark.parametrize(
    ("delimiter", "text"),
    [
        (",", "a,b\n1,2\n"),
        ("|", "a|b\n1|2\n"),
        ("\t", "a\tb\n1\t2\n"),
        (";", "a;b\n1;2\n"),
        ("\x01", "a\x01b\n1\x012\n"),
    ],
)
def test_five_delimiters_are_known(delimiter: str, text: str) -> None:
    assert shape(text).delimiter == delimiter


def test_most_columns_decide_between_delimiters() -> None:
    assert shape("a;b;c\n1,5;2,5;3\n2,5;3,5;4\n").delimiter == ";"


@pytest.mark.parametrize(
    "text", ["a,b\n", "one\ntwo\n", "", "a,b\n1\n2,3,4\n", "just words, and\nmore\nof them, a, b\n"]
)
def test_what_is_no_csv(text: str) -> None:
    assert recognised(text, BUILT_IN) is None


def test_quotes_hold_delimiters_and_line_ends() -> None:
    found = shape('id,said\n1,"a, b"\n2,"c\nd"\n')
    assert (found.is_quoted, [name for name, _ in found.columns]) == (True, ["id", "said"])


def test_values_are_trimmed_unless_told_otherwise() -> None:
    text = "id,n\n 1 ,x\n 2 ,y\n"
    assert dict(shape(text).columns)["id"] == "bigint"
    assert dict(shape(text, CsvOptions(header="PRESENT", trims=False)).columns)["id"] == "string"


def test_an_empty_value_is_of_any_type_and_large_numbers_are_doubles() -> None:
    found = shape("a,b,c\n1,,9223372036854775808\n,x,1\n")
    assert found.columns == (("a", "bigint"), ("b", "string"), ("c", "double"))


def test_a_custom_classifier_decides_about_the_header() -> None:
    text = "a;b\n1;2\n"
    assert not shape(text, CsvOptions(delimiter=";", header="ABSENT")).has_header
    assert shape("a;b\nx;y\n", CsvOptions(delimiter=";", header="PRESENT")).columns[0] == ("a", "string")
    found = shape("1;2\n3;4\n", CsvOptions(delimiter=";", names=("X", "Y")))
    assert (found.has_header, [name for name, _ in found.columns]) == (False, ["x", "y"])
    assert shape("X;Y\n3;4\n", CsvOptions(delimiter=";", names=("X", "Y"))).has_header


def test_a_custom_classifier_allows_one_column_and_another_quote() -> None:
    assert recognised("a\n1\n2\n", CsvOptions(header="PRESENT")) is None
    assert shape("a\n1\n2\n", CsvOptions(header="PRESENT", single=True)).columns == (("a", "bigint"),)
    assert shape("a,b\n'x,y',1\n", CsvOptions(quote="'")).columns == (("a", "string"), ("b", "bigint"))


def test_custom_data_types_are_the_only_ones() -> None:
    text = "d,t,i,f\n2026-01-02,2026-01-02 03:04:05,7,1.5\n"
    types = ("DATE", "TIMESTAMP", "SHORT", "FLOAT")
    found = shape(text, CsvOptions(header="PRESENT", types=types))
    assert [type for _, type in found.columns] == ["date", "timestamp", "smallint", "float"]
    assert [type for _, type in shape(text, CsvOptions(header="PRESENT", types=("STRING",))).columns] == [
        "string"
    ] * 4


def test_names_are_each_there_once() -> None:
    assert named(["A", "a", " B ", "", "a_1"]) == ("a", "a_1", "b", "col3", "a_1_1")

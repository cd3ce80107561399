"""What engines say, in plain words. The texts are those that Sail 0.7.2 and Spark 4.1 gave."""

import pytest

from placekeeper.runtime.engines.error_texts import in_plain_words

RPC = (
    "<_MultiThreadedRendezvous of RPC that terminated with:\n\tstatus = StatusCode.{status}\n"
    '\tdetails = "{details}"\n\tdebug_error_string = "{status}:{details}"\n>'
)
JAVA = (
    "An error occurred while calling o45.csv.\n: org.apache.hadoop.fs.UnsupportedFileSystemException: "
    'No FileSystem for scheme "s3"\n\tat org.apache.hadoop.fs.FileSystem.get(FileSystem.java:3581)\n'
    "\tat java.base/java.lang.Thread.run(Thread.java:1583)\n"
)


def missing(*parts: str) -> str:
    name = ", ".join(f'Identifier("{part}")' for part in parts)
    return f"attribute ObjectName([{name}]) is missing from the schema: cannot resolve attribute"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (missing("nosuch"), "There is no column nosuch. There are: id, a.b."),
        (missing("n", "nosuch"), "There is no column n.nosuch. There are: id, a.b."),
        (missing(""), "There is no column ''. There are: id, a.b."),
        (missing('q\\"uote'), 'There is no column q"uote. There are: id, a.b.'),
        (
            missing("a", "b"),
            "There is no column a.b. Write `a.b` in backticks: its name has dots. There are: id, a.b.",
        ),
    ],
)
def test_a_missing_column_is_named_with_those_that_there_are(text: str, said: str) -> None:
    assert in_plain_words(text, lambda: ["id", "a.b"]) == said


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        (missing("nosuch"), "There is no column nosuch."),
        ('ambiguous attribute: ObjectName([Identifier("id")])', "The column id is ambiguous: "),
        (
            RPC.format(status="INTERNAL", details="Exception deserializing response!"),
            "A schema is nested deeper",
        ),
        ("Error parsing message: Exceeded upb_DecodeOptions_MaxDepth", "A schema is nested deeper"),
        (
            RPC.format(
                status="RESOURCE_EXHAUSTED", details="CLIENT: Sent message larger than max (200 vs. 134)"
            ),
            "The DataFrame holds more",
        ),
        (
            RPC.format(status="RESOURCE_EXHAUSTED", details="Decompressed message larger than max"),
            "The answer of the engine is too large",
        ),
        ("Cast error: Cannot cast string '1.5' to value of Int32 type", "A text is not of the type"),
        ("Cannot coerce arithmetic expression Utf8 + Int32 to valid types", "A text stands where"),
        ("Cannot coerce arithmetic expression Int32 + Utf8 to valid types", "A text stands where"),
        (
            "Cannot infer common argument type for comparison operation Utf8 = Boolean",
            "A text stands where",
        ),
        ('No field named "#2".\nValid fields are "sum(#2)".', "A column stands beside an aggregate"),
        (
            "Physical plan does not support logical expression AggregateFunction(AggregateFunction { func: …",
            "An aggregate or a window function stands where",
        ),
        ("request forbidden: IMDS is disabled or …", "The engine has no credentials for S3."),
        ("Server returned non-2xx status code: 403 Forbidden: ", "S3 refuses what the engine asks for."),
        (JAVA, "Spark has no S3 file system of its own here. Read and write with create_dynamic_frame"),
        (
            "java.lang.ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found",
            "Spark has no S3 file system of its own here.",
        ),
        (RPC.format(status="UNAVAILABLE", details="Socket closed"), "Socket closed"),
    ],
)
def test_what_engines_say_of_mistakes(text: str, begin: str) -> None:
    words = in_plain_words(text)
    assert words.startswith(begin)
    assert in_plain_words(words) == words
    for machinery in ("ObjectName", "Identifier", "_MultiThreadedRendezvous", "\tat ", "upb_", '"#'):
        assert machinery not in words


def test_columns_that_differ_in_case_only_are_both_named() -> None:
    said = in_plain_words('ambiguous attribute: ObjectName([Identifier("A")])', lambda: ["A", "b", "a"])
    assert "the frame has A and a, which differ in case only" in said


@pytest.mark.parametrize(
    "text",
    [
        "[TABLE_OR_VIEW_NOT_FOUND] Table or view not found: nosuch",
        "a line\n\n  and an indented one",
        "",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert in_plain_words(text) == text


def test_names_within_other_texts() -> None:
    text = 'cannot use ObjectName([Identifier("a"), Identifier("b")]) and ObjectName([Identifier("c")]) here'
    assert in_plain_words(text) == "cannot use a.b and c here"


def test_the_stack_of_java_is_left_out_and_its_causes_stay() -> None:
    text = (
        "An error occurred while calling z:org.apache.X.y.\n: java.lang.IllegalStateException: no\n"
        "\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: disk\n"
        "\tat a.B$D.e(Native Method)\n\t... 3 more\n"
    )
    assert in_plain_words(text) == "java.lang.IllegalStateException: no\nCaused by: java.io.IOException: disk"


@pytest.mark.parametrize("format", ["mongodb", "com.mongodb.spark.sql.DefaultSource"])
def test_a_format_of_mongodb_names_a_way_once(format: str) -> None:
    text = f"No data source found for: {format}"
    said = in_plain_words(text, list)
    assert said.startswith("There is no data source of MongoDB here. Read and write the collection in the")
    assert in_plain_words(said, list) == said


def test_an_unknown_format_names_a_way_once() -> None:
    said = in_plain_words("No data source found for: avro2", list)
    assert said.startswith("Sail has no data source of this format. Read and write it in the script with a")
    assert in_plain_words(said, list) == said


def test_keys_of_using_have_the_names_of_the_script():
    name = 'ObjectName([Identifier("b"), Identifier("placekeeper_using_id")])'
    text = f"attribute {name} is missing from the schema: cannot resolve attribute"
    assert in_plain_words(text) == "There is no column b.id."

"""Malformed records of files are error records, or fail the run, alike on every engine."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from placekeeper.model.errors import ErrorThresholdReached
from scripts_in_process import Scripts

pytestmark = pytest.mark.spark_tests(8)

KEEPS = {"--bad-input": "error-record"}
CASES: dict[str, tuple[dict[str, Any], str, list[str], int]] = {
    "csv": (
        {"withHeader": True},
        'id,name\n1,a\n2,b,c,d\n3,"c\n4,d\n',
        ["2,b,c,d", '3,"c'],
        len('id,name\n1,a\n2,b,c,d\n3,"c'),
    ),
    "json": (
        {},
        '{"id": 1}\n{"id": oops}\n{"id": 4, "name": "d"}\n',
        ['{"id": oops}'],
        len('{"id": 1}\n{"id": oops}'),
    ),
    "xml": (
        {"rowTag": "row"},
        "<rows><row><id>1</id></row><row><id>4</id></row><row><id>2</row></rows>",
        ["<row><id>2</row></rows>"],
        len("<rows><row><id>1</id></row><row><id>4</id></row><row><id>2</row></rows>"),
    ),
    "grokLog": (
        {"logFormat": "^%{INT:id:int}( %{WORD:name})?$"},
        "1 a\noops\n4 d\n",
        ["oops"],
        len("1 a\noops"),
    ),
}


def read(glue: Any, folder: Path, format_name: str, **options: Any) -> Any:
    connection = options.pop("connection", {})
    return glue.create_dynamic_frame.from_options(
        "s3",
        {"paths": [str(folder)], **connection},
        format=format_name,
        format_options=options,
        transformation_ctx="rows",
    )


LINE_OF_READ = read.__code__.co_firstlineno + 2


def errors(frame: Any) -> list[dict[str, Any]]:
    found = [row.asDict(recursive=True)["error"] for row in frame.errorsAsDynamicFrame().toDF().collect()]
    return sorted(found, key=lambda error: (error["source"], error["bytesread"]))


def ids(frame: Any) -> list[int]:
    return sorted(int(row.id) for row in frame.toDF().collect())


@pytest.mark.parametrize("format_name", CASES)
def test_malformed_records_are_error_records(run: Scripts, tmp_path: Path, format_name: str) -> None:
    options, text, bad, end = CASES[format_name]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(text)
    (folder / "b.txt.gz").write_bytes(gzip.compress(text.encode()))
    with run(**KEEPS) as (session, glue, job):
        frame, line = read(glue, folder, format_name, **options), LINE_OF_READ
        assert (frame.errorsCount(), frame.stageErrorsCount()) == (2 * len(bad), 2 * len(bad))
        assert ids(frame) == [1, 1, 4, 4]
        assert frame.count() == 4
        found = errors(frame)
        assert [error["input"] for error in found] == bad * 2
        assert found[-1]["bytesread"] == end
        assert [error["source"].startswith(f"file://{folder}/") for error in found] == [True] * len(found)
        assert "line" in found[0]["source"]
        assert list(found[0]) == ["callsite", "msg", "stackTrace", "input", "bytesread", "source"]
        assert found[0]["msg"]
        assert found[0]["callsite"] == {"site": f"{__file__}:{line}", "info": ""}
        kept = frame.drop_fields(["name"]).filter(lambda record: True)
        assert (kept.count(), kept.errorsCount(), kept.stageErrorsCount()) == (4, 2 * len(bad), 0)
        job.commit()
    stage, *_ = session.summary().stages
    assert (stage.stage, stage.site, stage.errors) == ("read rows", f"{__file__}:{line}", 2 * len(bad))
    assert stage.sample.startswith(f"file://{folder}/a.txt, line ")
    (folder / "a.txt").unlink()
    with run(**KEEPS) as (session, glue, _):
        assert read(glue, folder, format_name, **options).errorsCount() == 0
        assert session.summary().stages == ()


@pytest.mark.spark_cases(4)
@pytest.mark.parametrize("format_name", CASES)
@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ({}, {}),
        ({"--bad-input": "fail"}, {}),
        (KEEPS, {"isFailFast": True}),
        (KEEPS, {"ISFAILFAST": "TRUE"}),
        (KEEPS, {"connection": {"isFailFast": "true"}}),
    ],
)
def test_malformed_records_fail_the_run(
    run: Scripts, tmp_path: Path, format_name: str, arguments: dict[str, str], options: dict[str, Any]
) -> None:
    of_format, text, _, _ = CASES[format_name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text(text)
    with run(**arguments) as (_, glue, _), pytest.raises(Exception, match=r"in/a, line \d"):
        read(glue, tmp_path / "in", format_name, **of_format, **options).toDF().collect()


@pytest.mark.parametrize(
    "options", [{"isFailFast": False}, {"isfailfast": "False"}, {"connection": {"isFailFast": False}}]
)
def test_a_source_that_does_not_fail_fast_wins(run: Scripts, lines: Path, options: dict[str, Any]) -> None:
    with run() as (session, glue, _):
        frame = read(glue, lines, "json", **options)
        assert (ids(frame), frame.errorsCount()) == ([1, 4], 1)
        assert list(session.summary().notes) == []


def test_where_no_record_is_malformed_by_itself_the_option_is_noted(
    run: Scripts, lines: Path, tmp_path: Path
) -> None:
    with run(**KEEPS) as (session, glue, job):
        glue.write_dynamic_frame.from_options(
            read(glue, lines, "json"), "s3", {"path": str(tmp_path / "out")}, format="parquet"
        )
        job.commit()
    with run(**KEEPS) as (session, glue, _):
        frame = read(glue, tmp_path / "out", "parquet", connection={"isFailFast": False})
        assert ids(frame) == [1, 4]
        (note,) = [note for note in session.summary().notes if "isFailFast" in note]
        assert "format option isFailFast has no effect: a broken file of parquet fails the run" in note


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A folder with the JSON of CASES. It is older than the run that reads it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text(CASES["json"][1])
    return tmp_path / "in"


def test_thresholds_count_them_and_functions_go_on_with_the_others(run: Scripts, lines: Path) -> None:
    def fails(record: Any) -> Any:
        if record["id"] == 4:
            raise ValueError("four")
        return record

    with run(**KEEPS) as (session, glue, _):
        frame = read(glue, lines, "json")
        with pytest.raises(ErrorThresholdReached, match="2 error records, and totalThreshold is 2"):
            frame.map(fails, totalThreshold=2).count()
        mapped = frame.map(fails, totalThreshold=3)
        assert (mapped.count(), mapped.errorsCount(), mapped.stageErrorsCount()) == (1, 2, 1)
        assert sorted(error["msg"][:6] for error in errors(mapped)) == ["broken", "four"]
        assert session.summary().stages[0].errors == 1


def test_a_function_tells_missing_fields_from_nulls_beside_malformed_records(
    run: Scripts, lines: Path
) -> None:
    with run(**KEEPS) as (_, glue, _):
        frame = read(glue, lines, "json")
        assert frame.filter(lambda record: "name" in record).count() == 1
        assert frame.union(frame).errorsCount() == 1


def test_columns_of_the_file_go_along_with_the_good_records(run: Scripts, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("1,a\n2,b,c\nx,d\n4\n")
    with run(**KEEPS) as (_, glue, _):
        frame = glue.create_dynamic_frame.from_options(
            "s3",
            {"paths": [str(folder)]},
            format="csv",
            format_options={"attachFilename": "file"},
            transformation_ctx="rows",
        )
        assert frame.count() == 3
        assert frame.errorsCount() == 1
        assert {row.file for row in frame.toDF().collect()} == {f"file://{folder}/a.csv"}


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("format_name", "options", "data"),
    [
        ("csv", {"withHeader": True}, b'id,"name\n1,a\n'),
        ("csv", {}, b"1,a\n2,\xff\n"),
        ("json", {}, '{"id": 1}\n'.encode("utf-16")),
        ("json", {}, gzip.compress(b'{"id": 1}\n', mtime=0)),
        ("json", {}, b'{"id": 1}\n{"id": "\xff"}\n'),
        ("xml", {"rowTag": "row"}, b"id,name\n"),
        ("grokLog", {"logFormat": "%{WORD:id}"}, b"a\n\xff\n"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_a_bad_file(
    run: Scripts, tmp_path: Path, format_name: str, options: dict[str, Any], data: bytes
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(data)
    with run(**KEEPS) as (_, glue, _), pytest.raises(Exception, match="in/a, "):
        read(glue, tmp_path / "in", format_name, **options).toDF().collect()


def test_a_declared_schema_counts_them_too(run: Scripts, lines: Path) -> None:
    schema = {"dataType": "struct", "fields": [{"name": "id", "container": {"dataType": "int"}}]}
    with run(**KEEPS) as (_, glue, _):
        frame = read(glue, lines, "json", withSchema=json.dumps(schema))
        assert (ids(frame), frame.errorsCount()) == ([1, 4], 1)


def test_a_row_tag_that_finds_nothing_is_warned_of(run: Scripts, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml.gz").write_bytes(gzip.compress(b"<orders><order><id>1</id></order></orders>"))
    with run() as (session, glue, _):
        frame = read(glue, folder, "xml", rowTag="oders")
        assert frame.count() == 0
        assert ids(read(glue, folder, "xml", rowTag="order")) == [1]
    [said] = session.summary().warnings
    assert said.endswith("at its top is 'orders', and below it 'order'; did you mean orders?")

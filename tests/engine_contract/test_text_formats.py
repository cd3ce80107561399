"""XML, logs and declared schemas in whole runs of scripts."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from scripts_in_process import Scripts

pytestmark = pytest.mark.spark_tests(4)

SCHEMA_NOTE = "withSchema declares the fields: others are left out, and a value of another type is null"


def put(folder: Path, name: str, content: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def read(
    run: Scripts, folder: Path, format: str, options: dict[str, Any]
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """The rows of one run with a bookmark, the names of their fields, and the notes."""
    with run() as (session, glue, job):
        frame = glue.create_dynamic_frame.from_options(
            connection_type="s3",
            connection_options={"paths": [str(folder)], "recurse": True},
            format=format,
            format_options=options,
            transformation_ctx="read",
        )
        rows = [row.asDict(recursive=True) for row in frame.toDF().collect()] if frame.schema().fields else []
        names = [field.name for field in frame.schema().fields]
        job.commit()
    return sorted(rows, key=repr), names, list(session.summary().notes)


def test_xml_by_bookmark_with_folders_and_file_names(run: Scripts, tmp_path: Path) -> None:
    options = {"rowTag": "row", "attachFilename": "file"}
    put(tmp_path, "in/day=1/a.xml", "<r><row><n>1</n></row><row><n>2</n></row></r>")
    rows, _, notes = read(run, tmp_path / "in", "xml", options)
    uri = f"file://{tmp_path}/in"
    assert rows == [{"n": n, "day": "1", "file": f"{uri}/day=1/a.xml"} for n in (1, 2)]
    assert notes == []

    put(tmp_path, "in/day=2/b.xml", "<r><row><n>3</n></row></r>")
    assert read(run, tmp_path / "in", "xml", options)[0] == [
        {"n": 3, "day": "2", "file": f"{uri}/day=2/b.xml"}
    ]
    rows, names, _ = read(run, tmp_path / "in", "xml", options)
    assert (rows, names) == ([], ["n", "day", "file"])


def test_logs_by_bookmark(run: Scripts, tmp_path: Path) -> None:
    options = {"logFormat": "%{WORD:level} %{INT:ms:int}", "linecount": 1, "unheard": "x"}
    put(tmp_path, "in/a.log", "INFO 5\nWARN 7\n")
    rows, _, notes = read(run, tmp_path / "in", "grokLog", options)
    assert rows == [{"level": "INFO", "ms": 5}, {"level": "WARN", "ms": 7}]
    assert [note.partition(": ")[2] for note in notes] == ["unknown format option 'unheard' was ignored"]
    put(tmp_path, "in/b.log", "INFO 9\n")
    assert read(run, tmp_path / "in", "groklog", options)[0] == [{"level": "INFO", "ms": 9}]


def schema() -> Any:
    types = importlib.import_module("awsglue.gluetypes")
    return types.StructType(
        [types.Field("id", types.LongType()), types.Field("tags", types.ArrayType(types.StringType()))]
    )


@pytest.mark.parametrize(
    ("format", "content", "options"),
    [
        ("json", '{"id":1,"tags":["a"],"other":1}\n{"id":"x"}\n', {}),
        ("xml", "<r><row><id>1</id><tags>a</tags><other/></row><row><id>x</id></row></r>", {"rowTag": "row"}),
    ],
)
def test_a_declared_schema(
    run: Scripts, tmp_path: Path, format: str, content: str, options: dict[str, Any]
) -> None:
    (tmp_path / "in").mkdir()
    with run():
        said = json.dumps(schema().jsonValue())
    rows, names, _ = read(run, tmp_path / "in", format, options | {"withSchema": said})
    assert (rows, names) == ([], ["id", "tags"])  # before the first file is there

    put(tmp_path, "in/a", content)
    rows, names, notes = read(run, tmp_path / "in", format, options | {"withSchema": said})
    assert rows == [{"id": 1, "tags": ["a"]}, {"id": None, "tags": None}]
    assert names == ["id", "tags"]
    assert notes == [f"read: {SCHEMA_NOTE}"]


def test_what_a_script_writes_as_xml_is_read_back(run: Scripts, tmp_path: Path) -> None:
    with run() as (_, glue, job):
        frames = importlib.import_module("awsglue.dynamicframe")
        rows = glue.spark_session.createDataFrame(
            [(1, "a<b", ["x", "y"], (2.5,), "k1"), (2, None, None, None, "k2")],
            "_id int, name string, tags array<string>, price struct<eur: double>, key string",
        )
        glue.write_dynamic_frame.from_options(
            frame=frames.DynamicFrame.fromDF(rows, glue, "f"),
            connection_type="s3",
            connection_options={"path": str(tmp_path / "out"), "partitionKeys": ["key"]},
            format="xml",
            format_options={"ROWTAG": "sale", "compression": "gzip"},
        )
        job.commit()
    assert {path.name.partition("-part-")[2].split(".", 1)[1] for path in tmp_path.glob("out/*/*")} == {
        "xml.gz"
    }
    assert read(run, tmp_path / "out", "xml", {"rowTag": "sale"})[0] == [
        {"_id": 1, "name": "a<b", "tags": ["x", "y"], "price": {"eur": 2.5}, "key": "k1"},
        {"_id": 2, "name": None, "tags": None, "price": None, "key": "k2"},
    ]


def test_the_schema_of_glueparquet_grows_from_run_to_run(run: Scripts, tmp_path: Path) -> None:
    incoming = ['{"id":1}', '{"id":2,"name":"b","in":{"x":1}}', '{"id":3,"more":[1.5],"in":{"y":"z"}}']
    for number, line in enumerate(incoming):
        put(tmp_path, f"in/{number}.json", line)
        with run() as (_, glue, job):
            frame = glue.create_dynamic_frame.from_options(
                "s3", {"paths": [str(tmp_path / "in")]}, "json", transformation_ctx="read"
            )
            sink = glue.getSink("s3", path=str(tmp_path / "out"), transformation_ctx="write")
            sink.setFormat("glueparquet", compression="snappy", blockSize="1048576")
            sink.writeFrame(frame)
            job.commit()
        assert len(list(tmp_path.glob("out/*.parquet"))) == number + 1
    rows, names, _ = read(run, tmp_path / "out", "parquet", {})
    assert sorted(names) == ["id", "in", "more", "name"]
    assert sorted(rows, key=lambda row: row["id"]) == [
        {"id": 1, "name": None, "in": None, "more": None},
        {"id": 2, "name": "b", "in": {"x": 1, "y": None}, "more": None},
        {"id": 3, "name": None, "in": {"x": None, "y": "z"}, "more": [1.5]},
    ]


def test_texts_of_xml_are_unboxed(run: Scripts) -> None:
    with run() as (_, glue, _job):
        frames = importlib.import_module("awsglue.dynamicframe")
        texts = glue.spark_session.createDataFrame(
            [("<a><n>1</n><m u='x'>2</m></a>",), ("<a><n>3</n></a>",), (None,)], "t string"
        )
        unboxed = frames.DynamicFrame.fromDF(texts, glue, "f").unbox("t", "xml", rowTag="a")
        found = [row.asDict(recursive=True)["t"] for row in unboxed.toDF().collect()]
    assert sorted(found, key=repr) == [
        None,
        {"n": 1, "m": {"_u": "x", "_VALUE": 2}},
        {"n": 3, "m": None},
    ]

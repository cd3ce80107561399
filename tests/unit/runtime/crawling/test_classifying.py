"""What one file is, by its bytes."""

import bz2
import gzip
import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from placekeeper.model.crawling import Classifier
from placekeeper.model.objects import ObjectMeta
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.crawling import classifying, texts
from placekeeper.runtime.crawling.classifying import Looked, look_into
from placekeeper.runtime.crawling.hive_columns import hive_columns

TABLE = pa.table({"Id": pa.array([1, 2], pa.int32()), "at": pa.array([0, 1], pa.timestamp("us", "UTC"))})
APACHE = '1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326\n'


def looked(folder: Path, data: bytes | str, name: str = "f", *classifiers: Classifier) -> Looked:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    objects = ObjectStores()
    meta = objects.stat(f"file://{path}")
    assert isinstance(meta, ObjectMeta)
    return look_into(objects, meta, classifiers)


def custom(kind: str, **spec: Any) -> Classifier:
    return Classifier(name="k", kind=kind, spec=spec, created_ms=0, modified_ms=0)


def parquet() -> bytes:
    made = io.BytesIO()
    pq.write_table(TABLE, made)
    return made.getvalue()


def orc_file() -> bytes:
    made = io.BytesIO()
    orc.write_table(TABLE, made)
    return made.getvalue()


def avro() -> bytes:
    made = io.BytesIO()
    schema = {"type": "record", "name": "r", "fields": [{"name": "id", "type": "int"}]}
    fastavro.writer(made, schema, [{"id": 1}, {"id": 2}])
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "classification", "columns", "records"),
    [
        (parquet(), "parquet", (("id", "int"), ("at", "timestamp")), 2),
        (orc_file(), "orc", (("id", "int"), ("at", "timestamp")), 2),
        (avro(), "avro", (("id", "int"),), None),
        ('{"a":1,"B":[{"c":1.5}]}\n{"a":2}\n', "json", (("a", "int"), ("b", "array<struct<c:double>>")), 2),
        ('[{"a":1},\n{"a":2}]', "json", (("a", "int"),), 2),
        ("<rows><row><a>1</a></row><row><a>2</a></row></rows>", "xml", (("a", "int"),), 2),
        ("a,b\n1,2\n3,4\n", "csv", (("a", "bigint"), ("b", "bigint")), 2),
    ],
    ids=["parquet", "orc", "avro", "json", "json array", "xml", "csv"],
)
def test_built_in_classifiers(
    tmp_path: Path, data: bytes | str, classification: str, columns: Any, records: int | None
) -> None:
    shape = looked(tmp_path, data).shape
    assert shape is not None
    assert (shape.form.classification, shape.columns) == (classification, columns)
    assert records is None or shape.records == records


def test_logs_of_apache(tmp_path: Path) -> None:
    shape = looked(tmp_path, APACHE * 3).shape
    assert shape is not None
    assert shape.form.classification == "apache"
    assert ("clientip", "string") in shape.columns


def test_the_schema_of_an_avro_file_is_kept(tmp_path: Path) -> None:
    shape = looked(tmp_path, avro()).shape
    assert shape is not None
    assert json.loads(shape.literal)["fields"][0]["name"] == "id"


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_compressed_texts(tmp_path: Path, suffix: str, pack: Any) -> None:
    shape = looked(tmp_path, pack(b"a,b\n1,2\n3,4\n"), f"f.csv{suffix}").shape
    assert shape is not None
    assert shape.form.compression == {".gz": "gzip", ".bz2": "bzip2"}[suffix]
    assert [name for name, _ in shape.columns] == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"PAR1 and then nothing", "f", "Parquet footer"),
        (b"Obj\x01\x00", "f", "Avro head"),
        (b"\x1f\x8b broken", "f.json.gz", "gzip"),
        (b"\x00\x01\x02", "f", "no classifier recognises it"),
        (b"just words\n", "f", "no classifier recognises it"),
        (b'{"a": \n', "f", "as JSON"),
        (b" \n", "f", "it is empty"),
        (b"PK\x03\x04", "f.zip", "cannot be read"),
    ],
    ids=["parquet", "avro", "gzip", "binary", "text", "json", "blank", "zip"],
)
def test_a_bad_file_has_a_reason(tmp_path: Path, data: bytes, name: str, why: str) -> None:
    found = looked(tmp_path, data, name)
    assert found.shape is None
    assert why in found.why_not


def test_only_the_beginning_of_a_long_text_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifying, "HEAD_BYTES", 200)
    lines = "".join(f'{{"a":{n}}}\n' for n in range(100))
    shape = looked(tmp_path, lines + '{"late": 1}\n').shape
    assert shape is not None
    assert shape.columns == (("a", "int"),)
    assert 80 < shape.records < 120


@pytest.mark.parametrize(("indent", "path"), [(None, ""), (1, ""), (None, "$[*]")])
def test_of_a_long_array_the_whole_records_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, indent: int | None, path: str
) -> None:
    for name in ("HEAD_BYTES", "LONG_HEAD_BYTES"):
        monkeypatch.setattr(classifying, name, 300)
    rows = [{"a": n, "t": '] } "\\', "d": {"e": [n]}} for n in range(100)]
    ways = [custom("JsonClassifier", JsonPath=path)] if path else []
    shape = looked(tmp_path, json.dumps(rows, indent=indent), "f", *ways).shape
    assert shape is not None
    assert shape.columns == (("a", "int"), ("t", "string"), ("d", "struct<e:array<int>>"))
    assert 80 < shape.records < 130


def test_records_of_several_lines_are_cut_between_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HEAD_BYTES", "LONG_HEAD_BYTES"):
        monkeypatch.setattr(classifying, name, 300)
    shape = looked(tmp_path, "\n".join(json.dumps({"a": n, "b": "}"}, indent=2) for n in range(100))).shape
    assert shape is not None
    assert shape.columns == (("a", "int"), ("b", "string"))


def test_a_text_of_one_long_line_is_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise AssertionError("asked for a pattern")

    monkeypatch.setattr(texts, "log_shape", slow)
    assert looked(tmp_path, "1.2.3.4 - - [" * 3000).shape is None


def test_custom_classifiers_come_first_and_in_their_order(tmp_path: Path) -> None:
    grok = custom(
        "GrokClassifier",
        Classification="mine",
        GrokPattern="%{WORD:w} %{NUM:n:int}",
        CustomPatterns="NUM \\d+",
    )
    path = custom("JsonClassifier", JsonPath="$.rows[*]")
    xml = custom("XMLClassifier", Classification="xml", RowTag="b")
    csv = custom("CsvClassifier", Delimiter="#", ContainsHeader="PRESENT", Serde="OpenCSVSerDe")
    every = (grok, path, xml, csv)
    of_log = looked(tmp_path, "x 1\ny 2\n", "l", *every).shape
    assert of_log is not None
    assert (of_log.form.classification, of_log.columns) == ("mine", (("w", "string"), ("n", "int")))
    of_path = looked(tmp_path, '{"rows": [{"a": 1}]}', "j", *every).shape
    assert of_path is not None
    assert (of_path.columns, of_path.form.detail("jsonPath")) == ((("a", "int"),), "$.rows[*]")
    of_xml = looked(tmp_path, "<r><a/><b><c>1</c></b></r>", "x", *every).shape
    assert of_xml is not None
    assert (of_xml.form.detail("rowTag"), of_xml.columns) == ("b", (("c", "int"),))
    of_csv = looked(tmp_path, "a#b\nx#y\n", "c", *every).shape
    assert of_csv is not None
    assert (of_csv.columns, of_csv.form.detail("serde")) == (
        (("a", "string"), ("b", "string")),
        "OpenCSVSerDe",
    )
    built_in = looked(tmp_path, "a,b\n1,2\n3,4\n", "d", *every).shape
    assert built_in is not None


def test_columns_of_one_name_and_choices_are_wide_enough(tmp_path: Path) -> None:
    shape = looked(tmp_path, '{"A": 1, "n": null}\n{"a": 2.5, "A": "x"}\n').shape
    assert shape is not None
    assert dict(shape.columns)["a"] == "string"
    assert dict(shape.columns)["n"] == "void"
    assert hive_columns(pa.schema([("m", pa.map_(pa.string(), pa.decimal128(5, 2)))])) == (
        ("m", "map<string,decimal(5,2)>"),
    )


def test_a_file_that_changes_meanwhile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("a,b\n1,2\n3,4\n")
    objects = ObjectStores()
    meta = objects.stat(f"file://{path}")
    assert meta is not None
    path.unlink()
    assert look_into(objects, meta, ()).why_not


def test_json_that_breaks_off_is_no_csv(tmp_path: Path) -> None:
    for text in (
        '{"id":3,"v":{"x":1.5}}\n{"id":4,"v":',
        '[{"id":3,"v":1},\n{"id":4,"v":',
        '{"a":1,"b":2}\n1,2\n3,4\n',
    ):
        found = looked(tmp_path, text)
        assert found.shape is None, text
        assert "as JSON: " in found.why_not, text
    fields = looked(tmp_path, '{"a":1};x;1\n{"a":2};y;2\n{"a":3};z;3\n').shape
    assert fields is not None
    assert fields.form.format == "csv"

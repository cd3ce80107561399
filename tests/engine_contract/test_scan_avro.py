"""Avro as scripts see it, on every engine; the files are written by fastavro."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from placekeeper.model.catalog import TableRef, TableSnapshot
from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.rules.catalog.table_files import files_of
from placekeeper.runtime.formats.registry import FORMATS

pytestmark = pytest.mark.spark_tests(6)

LOGICAL = {
    "type": "record",
    "name": "Sale",
    "namespace": "shop",
    "fields": [
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
        {"name": "micros", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
        {"name": "time", "type": {"type": "int", "logicalType": "time-millis"}},
    ],
}
SALE = {
    "day": 20_000,
    "at": 1_700_000_000_123,
    "micros": 1_700_000_000_123_456,
    "price": (12_345).to_bytes(2),
    "time": 5,
}


def avro(schema: Any, records: list[Any], codec: str = "null") -> bytes:
    written = io.BytesIO()
    fastavro.writer(written, fastavro.parse_schema(schema), records, codec=codec)
    return written.getvalue()


def record(*fields: tuple[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "r", "fields": [{"name": n, "type": t} for n, t in fields]}


def test_version_1_7_reads_what_stands_beneath_logical_types(files: Any) -> None:
    files.put("a.avro", avro(LOGICAL, [SALE]))

    assert files.rows("avro") == [SALE]
    assert files.rows("avro", version="1.7") == [SALE]


def test_version_1_8_reads_logical_types(files: Any) -> None:
    files.put("a.avro", avro(LOGICAL, [SALE, SALE | {"at": None, "price": (-1).to_bytes(1, signed=True)}]))

    rows = files.scan("avro", VERSION="1.8").dataframe.collect()
    assert sorted((row.day, row.price, row.time) for row in rows) == [
        (date(2024, 10, 4), Decimal("-0.01"), 5),
        (date(2024, 10, 4), Decimal("123.45"), 5),
    ]
    kinds = dict(files.scan("avro", version="1.8").dataframe.dtypes)
    assert (kinds["at"], kinds["micros"], kinds["price"]) == ("timestamp", "timestamp", "decimal(10,2)")


@pytest.mark.parametrize("version", ["1.9", "x"])
def test_another_version_is_refused(files: Any, version: str) -> None:
    with pytest.raises(UnsupportedFeature, match=r"1\.7 or 1\.8"):
        files.scan("avro", version=version)


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "zstandard", "bzip2", "xz"])
def test_every_codec_is_read(files: Any, codec: str) -> None:
    files.put("a.avro", avro(record(("n", "long")), [{"n": n} for n in range(20_000)], codec))

    assert files.scan("avro").dataframe.selectExpr("count(*) c", "sum(n) s").collect()[0].asDict() == {
        "c": 20_000,
        "s": 199_990_000,
    }


def test_a_union_with_null_is_nullable_and_others_are_choices(files: Any) -> None:
    schema = record(
        ("a", ["null", "string"]),
        ("b", ["null", "int", "string"]),
        ("c", ["int", "long"]),
        ("d", ["float", "double"]),
        ("e", [{"type": "array", "items": ["string", "boolean"]}, "null"]),
    )
    files.put(
        "a.avro",
        avro(
            schema,
            [
                {"a": None, "b": 1, "c": 2**40, "d": 0.5, "e": ["x", True]},
                {"a": "x", "b": "y", "c": 1, "d": 2.5, "e": None},
                {"a": "z", "b": None, "c": 2, "d": 3.5, "e": []},
            ],
        ),
    )

    frame = files.scan("avro")
    assert dict(frame.dataframe.dtypes) == {
        "a": "string",
        "b": "struct<int:int,string:string>",
        "c": "bigint",
        "d": "double",
        "e": "array<struct<boolean:boolean,string:string>>",
    }
    rows = {row.c: row.asDict(recursive=True) for row in frame.dataframe.collect()}
    assert rows[2**40]["b"] == {"int": 1, "string": None}
    assert rows[1]["b"] == {"int": None, "string": "y"}
    assert rows[2]["b"] is None
    assert rows[2**40]["e"] == [{"boolean": None, "string": "x"}, {"boolean": True, "string": None}]


def test_records_maps_enumerations_and_fixed(files: Any) -> None:
    schema = record(
        ("in", {"type": "record", "name": "inner", "fields": [{"name": "x", "type": "int"}]}),
        ("again", ["null", "inner"]),
        ("m", {"type": "map", "values": "inner"}),
        ("e", {"type": "enum", "name": "suit", "symbols": ["HEARTS", "SPADES"]}),
        ("f", {"type": "fixed", "name": "two", "size": 2}),
    )
    value = {"in": {"x": 1}, "again": {"x": 2}, "m": {"k": {"x": 3}}, "e": "SPADES", "f": b"ab"}
    files.put("a.avro", avro(schema, [value]))

    (row,) = files.rows("avro")
    assert row | {"f": bytes(row["f"])} == value  # type: ignore[call-overload]


def test_files_that_disagree_are_merged(files: Any) -> None:
    files.put("a.avro", avro(record(("a", "int"), ("b", ["int", "string"])), [{"a": 1, "b": "x"}]))
    files.put("b.avro", avro(record(("a", "string"), ("b", "double")), [{"a": "one", "b": 1.5}]))

    assert files.rows("avro") == [
        {"a": {"int": 1, "string": None}, "b": {"double": None, "int": None, "string": "x"}},
        {"a": {"int": None, "string": "one"}, "b": {"double": 1.5, "int": None, "string": None}},
    ]


def test_a_type_that_is_no_record_is_the_column_value(files: Any) -> None:
    files.put("a.avro", avro("string", ["a", "b"]))

    assert files.rows("avro") == [{"value": "a"}, {"value": "b"}]


def test_a_record_inside_itself_is_refused(files: Any) -> None:
    files.put("a.avro", avro(record(("next", ["null", "r"])), [{"next": None}]))

    with pytest.raises(UnsupportedFeature, match=r"a\.avro has the type r inside itself"):
        files.scan("avro")


def test_a_cut_file_is_refused_by_its_block(files: Any) -> None:
    whole = avro(record(("s", "string")), [{"s": "x" * 100} for _ in range(1000)])
    files.put("a.avro", whole[:-40])

    frame = files.scan("avro")
    with pytest.raises(Exception, match=r"a\.avro") as caught:
        frame.dataframe.collect()
    assert "the file ends within it" in str(caught.value)


def test_what_is_no_avro_is_refused(files: Any) -> None:
    files.put("a.avro", b"id,name\n1,x\n")

    with pytest.raises(RecordUnreadable, match="no Avro file"):
        files.scan("avro")


def test_a_schema_to_which_files_resolve(files: Any) -> None:
    files.put("a.avro", avro(record(("n", "int"), ("gone", "string")), [{"n": 1, "gone": "x"}]))
    files.put("b.avro", avro(record(("n", "long"), ("more", "string")), [{"n": 2, "more": "y"}]))
    wanted = record(("n", "double"))
    wanted["fields"].append({"name": "more", "type": "string", "default": "none"})

    assert files.rows("avro", avroSchema=json.dumps(wanted)) == [
        {"n": 1.0, "more": "none"},
        {"n": 2.0, "more": "y"},
    ]


def test_a_table_says_the_schema() -> None:
    literal = json.dumps(record(("n", "long")))
    spec = {
        "StorageDescriptor": {
            "Location": "s3://b/t/",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
                "Parameters": {"avro.schema.literal": literal},
            },
        }
    }

    found = files_of(TableSnapshot(ref=TableRef(database="d", name="t"), spec=spec, partitions=None))

    assert FORMATS.of_serde(found.serde).name == "avro"
    assert found.format_options == {"version": "1.8", "avroSchema": literal}


ALL_TYPES = (
    "select cast(1 as tinyint) b, 2L l, 'x' s, cast(1.5 as decimal(10,2)) d, date'2024-02-29' day, "
    "timestamp'2024-02-29 10:00:00.123456' t, array(named_struct('x', timestamp'2024-01-01 00:00:00')) a, "
    "map('k', 1.5D) m, cast(null as string) n, X'00ff' y, cast(null as void) v"
)


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "none", "bzip2"])
def test_version_1_8_writes_logical_types(files: Any, output: Any, compression: str) -> None:
    frame = files.engine.session.sql(ALL_TYPES)
    output.publish(output.write(frame, "avro", version="1.8", compression=compression))

    (name,) = output.visible()
    content = (output.folder / name).read_bytes()
    (row,) = fastavro.reader(io.BytesIO(content))

    assert name.endswith(".avro")
    at = datetime(2024, 2, 29, 10, 0, 0, 123456, tzinfo=UTC)
    assert row == {
        "b": 1,
        "l": 2,
        "s": "x",
        "d": Decimal("1.50"),
        "day": date(2024, 2, 29),
        "t": at,
        "a": [{"x": datetime(2024, 1, 1, tzinfo=UTC)}],
        "m": {"k": 1.5},
        "n": None,
        "y": b"\x00\xff",
        "v": None,
    }
    files.put("back.avro", content)
    (back,) = files.rows("avro", version="1.8")
    (sent,) = [found.asDict(recursive=True) for found in frame.collect()]
    assert back == sent


def test_version_1_7_writes_texts(files: Any, output: Any) -> None:
    output.publish(output.write(files.engine.session.sql(ALL_TYPES), "avro"))

    (row,) = fastavro.reader(io.BytesIO((output.folder / output.visible()[0]).read_bytes()))
    assert (row["d"], row["day"], row["t"]) == ("1.50", "2024-02-29", "2024-02-29T10:00:00.123456Z")


def test_a_name_that_avro_does_not_have_is_refused(files: Any, output: Any) -> None:
    with pytest.raises(UnsupportedFeature, match=r"'a b'.*Rename"):
        output.write(files.engine.session.sql("select 1 `a b`"), "avro")


def test_an_unknown_codec_is_refused() -> None:
    with pytest.raises(UnsupportedFeature, match="not with 'lzo'"):
        FORMATS.output("avro", {"compression": "lzo"})

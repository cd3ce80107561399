"""ORC as scripts see it, on every engine; the files are written by pyarrow."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.orc as arrow_orc
import pytest

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.rules.catalog.serdes import SERDES
from placekeeper.runtime.formats.registry import FORMATS


def orc(table: pa.Table, **options: Any) -> bytes:
    written = io.BytesIO()
    arrow_orc.write_table(table, written, **options)
    return written.getvalue()


def test_types_of_orc(files: Any) -> None:
    at = datetime(2024, 2, 29, 10, 0, 0, 123456)
    files.put(
        "a.orc",
        orc(
            pa.table(
                {
                    "b": pa.array([1, None], pa.int8()),
                    "s": ["x", None],
                    "d": pa.array([Decimal("1.50"), None]),
                    "day": [date(2024, 2, 29), None],
                    "t": pa.array([at, None], pa.timestamp("us")),
                    "z": pa.array([at, None], pa.timestamp("us", "UTC")),
                    "l": [[{"x": 1}], None],
                    "m": pa.array([[("k", 1.5)], None], pa.map_(pa.string(), pa.float64())),
                }
            )
        ),
    )

    frame = files.scan("orc")
    assert dict(frame.dataframe.dtypes) == {
        "b": "tinyint",
        "s": "string",
        "d": "decimal(3,2)",
        "day": "date",
        "t": "timestamp",
        "z": "timestamp",
        "l": "array<struct<x:bigint>>",
        "m": "map<string,double>",
    }
    first = frame.dataframe.filter("b = 1").collect()[0].asDict(recursive=True)
    assert (first["d"], first["day"], first["l"], first["m"]) == (
        Decimal("1.50"),
        date(2024, 2, 29),
        [{"x": 1}],
        {"k": 1.5},
    )
    micros = frame.dataframe.selectExpr("unix_micros(t) t", "unix_micros(z) z").filter("t is not null")
    assert set(micros.collect()[0]) == {int(at.replace(tzinfo=UTC).timestamp()) * 1_000_000 + 123456}


def test_files_that_disagree_are_merged(files: Any) -> None:
    files.put("a.orc", orc(pa.table({"a": pa.array([1], pa.int32()), "b": ["x"]})))
    files.put("b.orc", orc(pa.table({"a": pa.array([2**40])})))
    files.put("c.orc", orc(pa.table({"a": ["one"]})))

    assert [(row["a"], row["b"]) for row in files.rows("orc")] == [
        ({"long": 1, "string": None}, "x"),
        ({"long": 2**40, "string": None}, None),
        ({"long": None, "string": "one"}, None),
    ]


def test_nanoseconds_are_refused_or_cut(files: Any) -> None:
    files.put("a.orc", orc(pa.table({"t": pa.array([1_700_000_000_000_000_001], pa.timestamp("ns"))})))

    with pytest.raises(Exception, match="nanoseconds"):
        files.scan("orc").dataframe.collect()
    assert len(files.rows("orc", nanoseconds="cut")) == 1


def test_a_cut_file_is_refused(files: Any) -> None:
    files.put("a.orc", orc(pa.table({"a": list(range(1000))}))[:-10])

    with pytest.raises(RecordUnreadable, match=r"a\.orc.*ORC footer"):
        files.scan("orc")


ALL_TYPES = (
    "select cast(1 as tinyint) b, 2L l, 'x' s, cast(1.5 as decimal(10,2)) d, date'2024-02-29' day, "
    "timestamp'2024-02-29 10:00:00.123456' t, array(named_struct('x', timestamp'2024-01-01 00:00:00')) a, "
    "map('k', 1.5D) m, cast(null as string) n, X'00ff' y"
)


@pytest.mark.parametrize(
    ("compression", "suffix"),
    [("snappy", ".snappy.orc"), ("zlib", ".zlib.orc"), ("ZSTD", ".zstd.orc"), ("none", ".c000.orc")],
)
def test_what_is_written_is_read_back(files: Any, output: Any, compression: str, suffix: str) -> None:
    frame = files.engine.session.sql(ALL_TYPES)
    output.publish(output.write(frame, "orc", compression=compression))

    (name,) = output.visible()
    assert name.endswith(suffix)
    files.put("back.orc", (output.folder / name).read_bytes())
    back = files.scan("orc").dataframe
    assert back.dtypes == frame.dtypes
    assert [row.asDict(recursive=True) for row in back.collect()] == [
        row.asDict(recursive=True) for row in frame.collect()
    ]


def test_the_engine_reads_what_is_written(files: Any, output: Any) -> None:
    if files.engine.name != "spark":
        pytest.skip("Sail reads no ORC")
    frame = files.engine.session.sql(ALL_TYPES)
    output.publish(output.write(frame, "orc"))

    back = files.engine.session.read.orc(str(output.folder))
    assert back.collect() == frame.collect()


def test_null_in_every_record_is_refused(files: Any, output: Any) -> None:
    with pytest.raises(UnsupportedFeature, match="null in every record"):
        output.write(files.engine.session.sql("select 1 a, null b"), "orc")


def test_an_unknown_codec_is_refused() -> None:
    with pytest.raises(UnsupportedFeature, match="not with 'lzo'"):
        FORMATS.output("orc", {"compression": "lzo"})


def test_orc_is_a_connection_type_and_a_table() -> None:
    assert FORMATS.is_native("orc")
    assert FORMATS.of_serde(SERDES["OrcSerde"]).name == "orc"

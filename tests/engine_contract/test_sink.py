"""What is written is the same, byte for byte where the format allows it, on every engine."""

import gzip
import os
import re
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as sf
from pyspark.sql.types import ArrayType, IntegerType, MapType, StringType, StructField, StructType

from placekeeper.model.errors import UnsupportedFeature, UsageError

RUN_ID = "jr_" + "0123456789abcdef" * 4

VALUES = """
    select 1 id, 'plain' s, 1.5d d, true b, cast(2.50 as decimal(6,2)) m, date'2024-05-06' day,
           timestamp'2024-05-06 12:00:00' t
    union all select 2, 'a "quoted", one', 1e10d, false, null, null, timestamp'2024-05-06 12:00:00.123456'
    union all select 3, '', 0.0001d, null, null, null, null
    union all select 4, null, null, null, null, null, null
"""


def lines(folder: Path, names: list[str]) -> list[str]:
    return [line for name in names for line in (folder / name).read_text().splitlines()]


def test_csv(engine, output):
    frame = engine.session.sql(VALUES).coalesce(1)
    manifest = output.write(frame, "csv")
    assert output.visible() == []
    output.publish(manifest)
    (name,) = output.visible()
    assert re.fullmatch(r"run-0123456789ab-00-part-r-00000-000[0-9a-f]{9}\.csv", name)
    header, *rows = lines(output.folder, [name])
    assert header == "id,s,d,b,m,day,t"
    assert sorted(rows) == [
        "1,plain,1.5,true,2.50,2024-05-06,2024-05-06T12:00:00.000Z",
        '2,"a ""quoted"", one",1.0E10,false,,,2024-05-06T12:00:00.123456Z',
        '3,"",1.0E-4,,,,',
        "4,,,,,,",
    ]


def test_csv_dialect(engine, output):
    frame = engine.session.sql("select 'a|b' x, 'c\"d' y")
    output.publish(
        output.write(frame, "csv", separator=";", quoteChar=-1, writeHeader="false", compression="gzip")
    )
    (name,) = output.visible()
    assert name.endswith(".csv.gz")
    assert gzip.decompress((output.folder / name).read_bytes()) == b'a|b;c"d\n'


def test_json(engine, output):
    frame = engine.session.sql(
        "select 1 id, named_struct('a', null, 'l', array(1, null)) s, map('k', 1.5d) m, "
        "timestamp'2024-05-06 12:00:00' t, cast(1.50 as decimal(4,2)) d, cast('ab' as binary) raw, "
        "cast(0.1 as float) f, date'2024-05-06' day, double('NaN') nan, cast(null as string) gone"
    )
    output.publish(output.write(frame, "json"))
    expected = (
        '{"id":1,"s":{"l":[1,null]},"m":{"k":1.5},"t":"2024-05-06T12:00:00.000Z","d":1.50,"raw":"YWI=",'
        '"f":0.1,"day":"2024-05-06","nan":"NaN"}'
    )
    assert lines(output.folder, output.visible()) == [expected]


def test_parquet(engine, output):
    manifest = output.write(engine.session.sql(VALUES).coalesce(1), "glueparquet")
    assert [file.rows for file in manifest] == [4]
    output.publish(manifest)
    (name,) = output.visible()
    assert name.endswith(".c000.snappy.parquet")
    assert manifest[0].size == (output.folder / name).stat().st_size
    table = pq.read_table(output.folder / name).sort_by("id")
    assert str(table.schema.remove_metadata()).split("\n") == [
        "id: int32",
        "s: string",
        "d: double",
        "b: bool",
        "m: decimal128(6, 2)",
        "day: date32[day]",
        "t: timestamp[us, tz=UTC]",
    ]
    assert table.column("s").to_pylist() == ["plain", 'a "quoted", one', "", None]
    assert table.column("t").cast("int64").to_pylist() == [1714996800000000, 1714996800123456, None, None]


def test_partitions(engine, output):
    frame = engine.session.sql(
        "select * from values (1, 'a b', 7), (2, 'x/y=z%', 7), (3, '', 8), (4, null, null) as t(id, k, n)"
    )
    manifest = output.write(frame, "json", keys=["k", "n"])
    output.publish(manifest)
    folders = {name.rsplit("/", 1)[0]: lines(output.folder, [name]) for name in output.visible()}
    assert folders == {
        "k=a b/n=7": ['{"id":1}'],
        "k=x%2Fy%3Dz%25/n=7": ['{"id":2}'],
        "k=__HIVE_DEFAULT_PARTITION__/n=8": ['{"id":3}'],
        "k=__HIVE_DEFAULT_PARTITION__/n=__HIVE_DEFAULT_PARTITION__": ['{"id":4}'],
    }
    assert sum(file.rows for file in manifest) == 4


def test_typed_partition_values(engine, output):
    frame = engine.session.sql(
        "select 1 id, timestamp'2024-05-06 12:00:00.5' t, date'2024-05-06' d, true b, 1.5d f, "
        "cast(2 as decimal(4,1)) m"
    )
    output.publish(output.write(frame, "csv", keys=["t", "d", "b", "f", "m"]))
    (name,) = output.visible()
    assert name.rsplit("/", 1)[0] == "t=2024-05-06 12%3A00%3A00.5/d=2024-05-06/b=true/f=1.5/m=2.0"


def test_a_task_writes_one_file_into_each_of_many_folders(engine, output):
    frame = engine.session.range(0, 1000, 1, 2).withColumn("k", sf.col("id") % 200)
    manifest = output.write(frame, "json", keys=["k"])
    assert len(manifest) <= 2 * 200  # two tasks
    assert sum(file.rows for file in manifest) == 1000
    output.publish(manifest)
    for name in output.visible():
        ids = [int(line.split(":")[1].rstrip("}")) for line in lines(output.folder, [name])]
        assert {id % 200 for id in ids} == {int(name.partition("=")[2].partition("/")[0])}
        assert ids == sorted(ids)


def test_an_empty_frame_writes_no_file(engine, output):
    assert output.write(engine.session.range(0).withColumn("k", sf.lit(1)), "parquet", keys=["k"]) == ()
    assert output.visible() == []


def test_one_file_per_partition_of_the_frame(engine, output):
    frame = engine.session.range(0, 100, 1, 4)
    assert len(output.write(frame, "csv")) == 4
    assert len(output.write(frame.coalesce(1), "csv")) == 1
    assert len(output.write(frame.repartition(3), "csv")) == 3


def test_immediate_output_is_visible_at_once(engine, output):
    output.write(engine.session.range(1), "csv", immediate=True)
    assert len(output.visible()) == 1


def test_a_frame_without_columns_has_nothing_to_write(engine, output):
    frame = engine.session.createDataFrame([], StructType([]))

    assert output.write(frame, "parquet", keys=["day"]) == ()


def test_partition_keys_must_be_columns_and_leave_one(engine, output):
    frame = engine.session.sql("select 1 a, 2 b")
    with pytest.raises(UsageError, match=r"\['c'\] are not columns .*\['a', 'b'\]\.$"):
        output.write(frame, "csv", keys=["c"])
    with pytest.raises(UsageError, match=r"Instead of 'A', write 'a'\.$"):
        output.write(frame, "csv", keys=["A"])
    assert output.visible() == []
    with pytest.raises(UsageError, match="no column is left"):
        output.write(frame, "csv", keys=["a", "b"])


@pytest.mark.parametrize(
    ("query", "format_name", "reason"),
    [
        ("select array(1) a", "csv", "csv cannot hold the column a"),
        ("select null a, 1 b", "parquet", "parquet cannot hold the column a: .* null in every record"),
        (
            "select 1 a, array(named_struct('b', null)) c",
            "parquet",
            r"parquet cannot hold the column c: its part c\[\]\.b is null in every record",
        ),
        ("select 1 a, interval 1 day i", "json", "json cannot hold the column i of type interval day"),
        ("select 1 a, map(array(1), 2) m", "json", "json cannot hold the column m: it is a map whose keys"),
        ("select named_struct('b', 1, 'b', 2) s", "json", "json cannot hold .* s: .* two fields of one name"),
        ("select 1 a", "ion", "'ion' is not written yet"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_before_a_task_runs(engine, output, query, format_name, reason):
    with pytest.raises(UnsupportedFeature, match=reason):
        output.write(engine.session.sql(query), format_name)


EMPTY = StructType([])


@pytest.mark.parametrize(
    ("data_type", "value", "part"),
    [
        (EMPTY, {}, "it is a struct without fields"),
        (ArrayType(EMPTY), [{}], r"its part meta\[\] is a struct without fields"),
        (MapType(StringType(), EMPTY), {"k": {}}, r"its part meta\.value is a struct without fields"),
        (StructType([StructField("in", EMPTY)]), {"in": {}}, r"its part meta\.in is a struct without fields"),
    ],
)
def test_parquet_cannot_hold_a_struct_without_fields(engine, output, data_type, value, part):
    schema = StructType([StructField("id", IntegerType()), StructField("meta", data_type)])
    frame = engine.session.createDataFrame([(1, value)], schema)
    with pytest.raises(UnsupportedFeature, match=f"parquet cannot hold the column meta: {part}"):
        output.write(frame, "parquet")


@pytest.mark.parametrize("meta", ["{}", "[{}]", '{"in":{}}'])
def test_json_holds_a_struct_without_fields(files, output, meta):
    files.put("a.json", f'{{"id":1,"meta":{meta}}}\n')
    frame = files.scan("json").dataframe
    with pytest.raises(UnsupportedFeature, match="parquet cannot hold the column meta"):
        output.write(frame, "parquet")
    output.publish(output.write(frame, "json"))
    assert lines(output.folder, output.visible()) == [f'{{"id":1,"meta":{meta}}}']


def test_a_partition_key_is_a_single_value(engine, output):
    with pytest.raises(UnsupportedFeature, match="The partition key k is of type array<int>"):
        output.write(engine.session.sql("select 1 id, array(1) k"), "csv", keys=["k"])


@pytest.mark.parametrize(
    ("query", "format_name", "options", "reason"),
    [
        ("select 'a\\nb' x, 1 y", "csv", {"quoteChar": -1}, "column x, row 1 of a file: .* without quotes"),
        ("select cast(null as int) x", "csv", {"quoteChar": -1}, "column x, row 1 of a file: null .* blank"),
        ("select date_add(date'9999-12-31', 1) x", "csv", {}, "column x, row 1 of a file: the date 10000-01"),
        (
            "select array(date_add(date'0001-01-01', -1)) x",
            "json",
            {},
            "the date 0000-12-31 cannot be written as text",
        ),
    ],
)
def test_what_cannot_be_read_back_is_refused_by_column_and_row(
    engine, output, query, format_name, options, reason
):
    with pytest.raises(Exception, match=reason):
        output.write(engine.session.sql(query), format_name, **options)


def test_the_ends_of_the_calendar(engine, output):
    frame = engine.session.sql(
        "select date'0001-01-01' a, date'9999-12-31' b, timestamp'0001-01-01 00:00:00' c, "
        "timestamp'9999-12-31 23:59:59.999999' d, date'1582-10-10' e"
    )
    output.publish(output.write(frame, "json"))
    output.publish(output.write(frame, "csv", keys=["a", "d"]))
    texts = [(output.folder / name).read_text().splitlines()[-1] for name in output.visible()]
    assert texts == [
        "9999-12-31,0001-01-01T00:00:00.000Z,1582-10-10",
        (
            '{"a":"0001-01-01","b":"9999-12-31","c":"0001-01-01T00:00:00.000Z",'
            '"d":"9999-12-31T23:59:59.999999Z","e":"1582-10-10"}'
        ),
    ]


@pytest.mark.parametrize("options", [{}, {"separator": "|", "quoteChar": "'"}, {"escaper": "\\"}])
def test_csv_that_is_written_is_read_back(engine, files, output, options):
    query = "select * from values ('a,b'), (null), (''), ('say \"hi\"'), (' it\\'s '), ('c|d') as t(x)"
    output.publish(output.write(engine.session.sql(query).coalesce(1), "csv", **options))
    (name,) = output.visible()
    files.put(name, (output.folder / name).read_bytes())
    read = files.rows("csv", withHeader=True, **options)
    assert sorted(row["x"] for row in read) == sorted(["a,b", "", "", 'say "hi"', " it's ", "c|d"])


def test_a_failing_task_leaves_nothing_in_the_manifest(engine, output):
    frame = engine.session.range(0, 10, 1, 2).select(
        sf.when(sf.col("id") == 9, sf.raise_error(sf.lit("no nine"))).otherwise(sf.col("id")).alias("id")
    )
    with pytest.raises(Exception, match="no nine"):
        output.write(frame, "csv")
    assert output.visible() == []


@pytest.mark.parametrize("format_name", ["parquet", "json"])
def test_what_a_task_that_was_dropped_midway_left_is_swept(engine, output, format_name):
    frame = engine.session.range(0, 200_000, 1, 1).select(
        sf.when(sf.col("id") == 199_999, sf.raise_error(sf.lit("too late")))
        .otherwise(sf.col("id"))
        .alias("id")
    )
    with pytest.raises(Exception, match="too late"):
        output.write(frame, format_name)
    assert output.visible() == []
    # The engine may still be at the task when it reports another's failure, and stage one more file.
    deadline = time.monotonic() + 30
    while output.staging.sweep(output.target, run_id=RUN_ID) or _files(output.folder):
        assert time.monotonic() < deadline, _files(output.folder)
        time.sleep(0.05)


def _files(folder: Path) -> list[Path]:
    """The files in a folder, below which folders may go at this moment."""
    return [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]


class Recorder:
    """Not picklable, so only the driver's point is seen."""

    def __init__(self):
        self.names = []
        self.lock = open(__file__)  # noqa: SIM115

    def __call__(self, name):
        self.names.append(name)


def test_checkpoints_on_the_driver(engine, output):
    recorder = Recorder()
    with recorder.lock:
        output.write(engine.session.range(1), "csv", checkpoint=recorder)
    assert recorder.names == ["sink.collected"]


def test_the_round_trip_is_the_same_rows(engine, files, output):
    files.put("a.csv", "id,name\n1,x\n2,\n")
    frame = files.scan("csv", withHeader=True)
    output.publish(output.write(frame.dataframe, "parquet"))
    table = pq.read_table(output.folder).sort_by("id")
    assert table.to_pylist() == [{"id": "1", "name": "x"}, {"id": "2", "name": ""}]


@pytest.mark.parametrize(
    ("columns", "keys", "said"),
    [
        ("1 a, 2 a, 3 b", (), r"parquet cannot hold two columns of one name \(a\)"),
        ("1 a, 2 b", ("a", "a"), r"partitionKeys \['a', 'a'\] names a column twice"),
    ],
)
def test_names_that_are_there_twice_are_refused_before_anything_is_written(
    engine, output, columns, keys, said
):
    with pytest.raises((UnsupportedFeature, UsageError), match=said):
        output.write(engine.session.sql(f"select {columns}"), "parquet", keys=keys)
    assert not output.folder.exists()

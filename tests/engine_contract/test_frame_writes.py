"""`df.write`: what Spark's own writer makes, and the same by ours, on both engines.

On Spark, each case is also written by Spark itself, so that what is expected here is what Spark does.
"""

import datetime
import decimal
import gzip
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from frame_runs import Run, Write, passed_on
from placekeeper.model.errors import StagedPathRead
from placekeeper.model.publication import SuccessMarked
from placekeeper.rules.jobs.run_options import Visibility
from placekeeper.runtime.engines.base import Engine

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
D, T, DEC = datetime.date, datetime.datetime, decimal.Decimal

TEXTS = [
    *(("a", "x,y"), (" lead", "trail "), ("", None), (None, ""), ('q"q', '"q"'), ("b\\s", 'e\\"x')),
    *(("n\nl", "r\rl"), ("tab\tx", "é"), ("#c", "'s'"), ("  ", '"'), ("\\", '\\"'), ('x"y,z', "x\\,y")),
    *(("a\u00a0", "\u2003b"), ('",', 'a"'), ("#", "#")),
]
TYPES = (
    "a tinyint, b bigint, e double, f float, g decimal(10,2), h boolean, i date, j timestamp, k timestamp_ntz"
)
VALUES = [
    (
        1,
        4,
        1.5,
        0.1,
        DEC("1.10"),
        True,
        D(2020, 1, 2),
        T(2020, 1, 2, 3, 4, 5, 123456),
        T(2020, 1, 2, 3, 4, 5),
    ),
    (None,) * 9,
    (1, 4, 1e10, 1e-5, DEC("0.00"), False, D(1, 1, 1), T(9999, 12, 31, 23, 59, 59, 999999), T(2020, 1, 1)),
    (1, 4, float("nan"), float("-inf"), DEC("-5"), False, D(1900, 1, 1), T(1969, 12, 31, 23), T(1582, 1, 1)),
]
KEYED = [("a", 1, D(2020, 1, 2)), (None, 2, None), ("", 3, D(2020, 1, 2)), ("x/y=z %", 4, D(2020, 1, 3))]


def texts(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(TEXTS, "k string, v string").coalesce(1)


def values(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(VALUES, TYPES).coalesce(1)


def keyed(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(KEYED, "k string, v int, d date").coalesce(1)


def single(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("a",), ("",), (None,), (" b",)], "k string").coalesce(1)


def empty(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([], "k string, v int")


def nested(spark: SparkSession) -> DataFrame:
    return spark.sql(
        "select named_struct('x', 1, 'y', cast(null as string)) s, array(1, null) a, "
        "map('k', cast(null as int), 'j', 2) m, cast(null as int) z, "
        "named_struct('q', named_struct('w', cast(null as int))) e"
    ).coalesce(1)


def numbers(spark: SparkSession) -> DataFrame:
    return spark.range(0, 6, 1, 3)


def in_one_partition(spark: SparkSession) -> DataFrame:
    """The same numbers; Sail keeps no order where it makes one partition of several."""
    return spark.range(0, 6, 1, 1)


CSV = (
    'a,"x,y"\nlead,trail\n"",\n,""\n"q\\"q","\\"q\\""\nb\\s,"e\\\\\\"x"\n"n\nl","r\rl"\ntab\tx,é\n"#c",\'s\'\n'
    '"","\\""\n\\,"\\\\\\""\n"x\\"y,z","x\\\\,y"\na\u00a0,\u2003b\n"\\",","a\\""\n"#",#\n'
)
VALUES_CSV = (
    "1,4,1.5,0.1,1.10,true,2020-01-02,2020-01-02T03:04:05.123Z,2020-01-02T03:04:05.000\n,,,,,,,,\n"
    "1,4,1.0E10,1.0E-5,0.00,false,0001-01-01,9999-12-31T23:59:59.999Z,2020-01-01T00:00:00.000\n"
    "1,4,NaN,-Infinity,-5.00,false,1900-01-01,1969-12-31T23:00:00.000Z,1582-01-01T00:00:00.000\n"
)
VALUES_JSON = [
    {"a": 1, "b": 4, "e": 1.5, "f": 0.1, "g": 1.1, "h": True, "i": "2020-01-02"}
    | {"j": "2020-01-02T03:04:05.123Z", "k": "2020-01-02T03:04:05.000"},
    {},
    {"a": 1, "b": 4, "e": 1e10, "f": 1e-5, "g": 0.0, "h": False, "i": "0001-01-01"}
    | {"j": "9999-12-31T23:59:59.999Z", "k": "2020-01-01T00:00:00.000"},
    {"a": 1, "b": 4, "e": "NaN", "f": "-Infinity", "g": -5.0, "h": False, "i": "1900-01-01"}
    | {"j": "1969-12-31T23:00:00.000Z", "k": "1582-01-01T00:00:00.000"},
]
PART = "part-00000-<id>-c000"
FOLDER_PART = "part-00000-<id>.c000"
NULL = "k=__HIVE_DEFAULT_PARTITION__"

CASES: dict[str, tuple[Callable[[SparkSession], DataFrame], Write, dict[str, Any]]] = {
    "csv": (texts, lambda df, p: df.write.csv(p), {f"{PART}.csv": CSV}),
    "csv with header": (
        texts,
        lambda df, p: df.write.option("header", True).csv(p),
        {f"{PART}.csv": "k,v\n" + CSV},
    ),
    "csv by format, options and save": (
        single,
        lambda df, p: df.write.format("csv").options(sep="|", quoteAll="true", nullValue="NA").save(p),
        {f"{PART}.csv": '"a"\n""\n"NA"\n"b"\n'},
    ),
    "csv with other characters": (
        texts,
        lambda df, p: (
            df.limit(8).coalesce(1).write.csv(p, sep="\t", escape='"', emptyValue="E", lineSep="\r\n")
        ),
        {
            f"{PART}.csv": 'a\tx,y\r\nlead\ttrail\r\nE\t\r\n\tE\r\n"q""q"\t"""q"""\r\nb\\s\t"e\\""x"\r\n'
            '"n\r\nl"\t"r\rl"\r\n"tab\tx"\té\r\n'
        },
    ),
    "csv keeps blanks": (
        single,
        lambda df, p: df.write.csv(p, ignoreLeadingWhiteSpace=False, ignoreTrailingWhiteSpace=False),
        {f"{PART}.csv": 'a\n""\n b\n'},
    ),
    "csv of values": (values, lambda df, p: df.write.csv(p), {f"{PART}.csv": VALUES_CSV}),
    "csv with patterns": (
        lambda spark: values(spark).select("i", "j", "k"),
        lambda df, p: df.write.csv(
            p, dateFormat="dd/MM/yy", timestampFormat="yyyy-MM-dd hh:mm:ss.SSSSSS a XXX"
        ),
        {
            f"{PART}.csv": "02/01/20,2020-01-02 03:04:05.123456 AM Z,2020-01-02T03:04:05.000\n,,\n"
            "01/01/01,9999-12-31 11:59:59.999999 PM Z,2020-01-01T00:00:00.000\n"
            "01/01/00,1969-12-31 11:00:00.000000 PM Z,1582-01-01T00:00:00.000\n"
        },
    ),
    "csv.gz": (single, lambda df, p: df.write.csv(p, compression="gzip"), {f"{PART}.csv.gz": 'a\n""\nb\n'}),
    "csv by codec": (
        single,
        lambda df, p: df.write.option("codec", "gzip").csv(p),
        {f"{PART}.csv.gz": 'a\n""\nb\n'},
    ),
    "csv without rows": (empty, lambda df, p: df.write.csv(p, header=True), {f"{PART}.csv": "k,v\n"}),
    "csv with repeated names": (
        lambda spark: spark.sql("select 1 a, 2 A").coalesce(1),
        lambda df, p: df.write.csv(p),
        {f"{PART}.csv": "1,2\n"},
    ),
    "json of values": (values, lambda df, p: df.write.json(p), {f"{PART}.json": VALUES_JSON}),
    "json with nulls": (
        single,
        lambda df, p: df.write.option("ignoreNullFields", False).json(p),
        {f"{PART}.json": [{"k": "a"}, {"k": ""}, {"k": None}, {"k": " b"}]},
    ),
    "json in a time zone": (
        lambda spark: values(spark).limit(1).coalesce(1).select("i", "j", "k"),
        lambda df, p: df.write.option("timeZone", "Europe/Paris").json(p),
        {
            f"{PART}.json": [
                {"i": "2020-01-02", "j": "2020-01-02T04:04:05.123+01:00", "k": "2020-01-02T03:04:05.000"}
            ]
        },
    ),
    "json, nested": (
        nested,
        lambda df, p: df.write.json(p),
        {f"{PART}.json": [{"s": {"x": 1}, "a": [1, None], "m": {"k": None, "j": 2}, "e": {"q": {}}}]},
    ),
    "json without rows": (empty, lambda df, p: df.write.json(p), {f"{PART}.json": []}),
    "parquet": (
        single,
        lambda df, p: df.write.parquet(p),
        {f"{PART}.snappy.parquet": ("SNAPPY", [{"k": "a"}, {"k": ""}, {"k": None}, {"k": " b"}])},
    ),
    "parquet by save": (
        single,
        lambda df, p: df.write.save(p, mode="append", compression="gzip"),
        {f"{PART}.gz.parquet": ("GZIP", [{"k": "a"}, {"k": ""}, {"k": None}, {"k": " b"}])},
    ),
    "parquet, zstd": (
        in_one_partition,
        lambda df, p: df.coalesce(1).write.option("compression", "zstd").parquet(p),
        {f"{PART}.zstd.parquet": ("ZSTD", [{"id": n} for n in range(6)])},
    ),
    "parquet without rows": (
        empty,
        lambda df, p: df.write.parquet(p),
        {f"{PART}.snappy.parquet": (None, [])},
    ),
    "orc": (
        single,
        lambda df, p: df.write.orc(p, compression="snappy"),
        {f"{PART}.snappy.orc": [{"k": "a"}, {"k": ""}, {"k": None}, {"k": " b"}]},
    ),
    "text": (single, lambda df, p: df.write.text(p), {f"{PART}.txt": "a\n\n\n b\n"}),
    "a file for each partition": (
        numbers,
        lambda df, p: df.write.csv(p),
        {f"part-0000{n}-<id>-c000.csv": f"{2 * n}\n{2 * n + 1}\n" for n in range(3)},
    ),
    "most records": (
        in_one_partition,
        lambda df, p: df.write.option("maxRecordsPerFile", 4).csv(p),
        {f"{PART}.csv": "0\n1\n2\n3\n", "part-00000-<id>-c001.csv": "4\n5\n"},
    ),
    "folders": (
        keyed,
        lambda df, p: df.write.partitionBy("k").csv(p),
        {
            f"{NULL}/{FOLDER_PART}.csv": "2,\n3,2020-01-02\n",
            f"k=a/{FOLDER_PART}.csv": "1,2020-01-02\n",
            f"k=x%2Fy%3Dz %25/{FOLDER_PART}.csv": "4,2020-01-03\n",
        },
    ),
    "folders as the script spells them": (
        keyed,
        lambda df, p: df.limit(1).coalesce(1).write.partitionBy("D", "K").json(p),
        {f"D=2020-01-02/K=a/{FOLDER_PART}.json": [{"v": 1}]},
    ),
    "folders of moments": (
        lambda spark: values(spark).limit(1).coalesce(1).select("a", "j", "h", "e"),
        lambda df, p: df.write.partitionBy("j", "h", "e").csv(p),
        {f"j=2020-01-02 03%3A04%3A05.123456/h=true/e=1.5/{FOLDER_PART}.csv": "1\n"},
    ),
    "folders without rows": (empty, lambda df, p: df.write.partitionBy("k").parquet(p), {}),
    "path as an option": (
        single,
        lambda df, p: df.write.option("path", p).format("text").save(),
        {f"{PART}.txt": "a\n\n\n b\n"},
    ),
}


@pytest.fixture
def run(engine: Engine, tmp_path: Path) -> Run:
    return Run(engine, tmp_path)


def written(folder: Path) -> dict[str, Any]:
    """The files of a folder by their names, with one word for UUIDs: what is in them, read by others."""
    found: dict[str, Any] = {}
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "_placekeeper"]
        for name in names:
            if not name.endswith(".crc"):
                path = Path(at, name)
                found[UUID.sub("<id>", str(path.relative_to(folder)))] = content(path)
    return found


def content(path: Path) -> Any:
    if path.suffix == ".parquet":
        file = pq.ParquetFile(path)
        groups = file.metadata.num_row_groups
        codec = file.metadata.row_group(0).column(0).compression if groups else None
        return codec, file.read().to_pylist()
    if path.suffix == ".orc":
        return orc.ORCFile(path).read().to_pylist()
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if path.suffix == ".json":
        return [json.loads(line) for line in data.decode().splitlines()]
    return data.decode()


@pytest.mark.spark_cases(6)
@pytest.mark.parametrize("name", CASES)
def test_what_is_written_is_what_spark_writes(engine: Engine, run: Run, tmp_path: Path, name: str) -> None:
    make, write, files = CASES[name]
    expected = {**files, "_SUCCESS": ""}
    if engine.name == "spark":
        write(make(engine.session), str(tmp_path / "native"))
        assert written(tmp_path / "native") == expected, "this is what Spark itself writes"
    run.write(make(engine.session), write, tmp_path / "ours")
    assert written(tmp_path / "ours") == {}, "nothing is there before the commit"
    run.publish()
    assert written(tmp_path / "ours") == expected


OPTIONS = {
    "quote": ['"', "'", "|"],
    "escape": ["\\", '"', "'"],
    "sep": [",", "|", "\t", "||", ";", "\\t"],
    "quoteAll": ["true", "false"],
    "escapeQuotes": ["true", "false"],
    "nullValue": ["NA", "a,b", ""],
    "emptyValue": ["E", ""],
    "ignoreTrailingWhiteSpace": ["false"],
    "header": ["true"],
    "lineSep": ["\n", "\r\n", ";"],
    "charToEscapeQuoteEscaping": ["\\", "~"],
}
CHARACTERS = "ab\",'\\\n\r\t #|; \x01é\u2003"


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize("seed", range(12))
def test_random_texts_are_written_as_spark_writes_them(
    engine: Engine, run: Run, tmp_path: Path, seed: int
) -> None:
    if engine.name != "spark":
        pytest.skip("Spark's own writer is the reference")
    random = Random(seed)
    options = {name: random.choice(values) for name, values in OPTIONS.items() if random.random() < 0.25}

    def word() -> str | None:
        length = random.choice([0, 1, 1, 2, 3, 5])
        return None if random.random() < 0.1 else "".join(random.choices(CHARACTERS, k=length))

    columns = ["a", 'q"q', "#h"][: random.choice([1, 2, 3])]
    texts = [tuple(word() for _ in columns) for _ in range(60)]
    frame = engine.session.createDataFrame(texts, ", ".join(f"`{name}` string" for name in columns))

    def write(df: DataFrame, path: str) -> None:
        df.coalesce(1).write.options(**options).csv(path)

    write(frame, str(tmp_path / "native"))
    run.write(frame, write, tmp_path / "ours")
    run.publish()
    assert written(tmp_path / "ours") == written(tmp_path / "native"), options


REFUSED: dict[str, tuple[Callable[[SparkSession], DataFrame], Write, str]] = {
    "a missing key": (keyed, lambda df, p: df.write.partitionBy("nope").csv(p), "nope"),
    "all columns are keys": (
        single,
        lambda df, p: df.write.partitionBy("k").csv(p),
        "ALL_PARTITION_COLUMNS_NOT_ALLOWED",
    ),
    "a nested column in csv": (nested, lambda df, p: df.write.csv(p), "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"),
    "an unknown mode": (single, lambda df, p: df.write.mode("upsert").csv(p), "INVALID_SAVE_MODE"),
    "two columns of text": (texts, lambda df, p: df.write.text(p), "only a single column"),
    "no columns": (
        lambda spark: spark.range(1).select(),
        lambda df, p: df.write.json(p),
        "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE",
    ),
    "two paths": (single, lambda df, p: df.write.option("path", p).save(p), "'path' option set"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_spark_refuses_is_refused(engine: Engine, run: Run, tmp_path: Path, name: str) -> None:
    make, write, said = REFUSED[name]
    if engine.name == "spark":
        with pytest.raises(AnalysisException, match=said):
            write(make(engine.session), str(tmp_path / "native"))
    with pytest.raises(AnalysisException, match=said):
        run.write(make(engine.session), write, tmp_path / "ours")
    assert run.output.manifest == ()


def names(folder: Path) -> list[str]:
    return sorted({name.rpartition("/")[0] or name for name in written(folder) if name != "_SUCCESS"})


def rows(folder: Path) -> list[str]:
    found = [content(path) for path in sorted(folder.rglob("part-*.csv")) if "_placekeeper" not in str(path)]
    return sorted("".join(found).split())


Step = tuple[str, str, list[tuple[str, int]]]  # a mode, partitionOverwriteMode, rows
MODES: dict[str, tuple[list[Step], list[str]]] = {
    "append": ([("append", "", [("a", 1)]), ("append", "", [("b", 2)])], ["1", "2"]),
    "overwrite": ([("error", "", [("a", 1), ("b", 2)]), ("overwrite", "", [("c", 3)])], ["3"]),
    "overwrite without rows": ([("append", "", [("a", 1)]), ("overwrite", "", [])], []),
    "ignore": ([("ignore", "", [("a", 1)]), ("ignore", "", [("b", 2)])], ["1"]),
    "dynamic": (
        [("append", "", [("a", 1), ("b", 2)]), ("overwrite", "dynamic", [("b", 3), ("c", 4)])],
        ["1", "3", "4"],
    ),
    "dynamic without rows": ([("append", "", [("a", 1)]), ("overwrite", "dynamic", [])], ["1"]),
}


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize("between", ["runs", "writes of one run"])
@pytest.mark.parametrize("name", MODES)
def test_modes(engine: Engine, run: Run, tmp_path: Path, name: str, between: str) -> None:
    steps, expected = MODES[name]

    def writing(mode: str, dynamic: str) -> Write:
        def write(df: DataFrame, path: str) -> None:
            writer = df.write.mode(mode).partitionBy("k")
            if dynamic:
                writer = writer.option("partitionOverwriteMode", dynamic)
            writer.csv(path)

        return write

    frames = [engine.session.createDataFrame(data, "k string, v int").coalesce(1) for _, _, data in steps]
    if engine.name == "spark":
        for frame, (mode, dynamic, _) in zip(frames, steps, strict=True):
            writing(mode, dynamic)(frame, str(tmp_path / "native"))
        assert rows(tmp_path / "native") == expected, "this is what Spark itself writes"
    for frame, (mode, dynamic, _) in zip(frames, steps, strict=True):
        run.write(frame, writing(mode, dynamic), tmp_path / "ours")
        if between == "runs":
            run.publish()
    run.publish()
    assert rows(tmp_path / "ours") == expected
    assert (tmp_path / "ours/_SUCCESS").read_bytes() == b""
    assert names(tmp_path / "ours") == [f"k={key}" for key in sorted(found_keys(steps, expected))]


def found_keys(steps: list[Step], expected: list[str]) -> set[str]:
    return {key for _, _, data in steps for key, value in data if str(value) in expected}


def test_a_path_with_objects_is_an_error(engine: Engine, run: Run, tmp_path: Path) -> None:
    frame = engine.session.range(1)
    run.write(frame, lambda df, p: df.write.csv(p), tmp_path / "out")
    for _ in ("staged", "published"):
        with pytest.raises(AnalysisException, match="PATH_ALREADY_EXISTS"):
            run.write(frame, lambda df, p: df.write.csv(p), tmp_path / "out")
        run.publish()
    assert rows(tmp_path / "out") == ["0"]


def test_overwriting_waits_for_the_commit_and_spares_what_came_since(
    engine: Engine, run: Run, tmp_path: Path
) -> None:
    run.write(engine.session.range(2), lambda df, p: df.write.csv(p), tmp_path / "out")
    run.publish()
    old = written(tmp_path / "out")
    run.write(engine.session.range(7, 8), lambda df, p: df.write.mode("overwrite").csv(p), tmp_path / "out")
    assert written(tmp_path / "out") == old
    (tmp_path / "out/part-late.csv").write_text("9\n")
    run.publish()
    assert rows(tmp_path / "out") == ["7", "9"]


def test_an_overwritten_folder_can_be_the_frames_own_source(engine: Engine, run: Run, tmp_path: Path) -> None:
    run.write(engine.session.range(3), lambda df, p: df.write.csv(p), tmp_path / "out")
    run.publish()
    frame = engine.session.read.schema("id bigint").csv(str(tmp_path / "out")).where("id > 0")
    run.write(frame, lambda df, p: df.write.mode("overwrite").csv(p), tmp_path / "out")
    run.publish()
    assert rows(tmp_path / "out") == ["1", "2"]


def test_immediate_output_is_there_at_once(engine: Engine, tmp_path: Path) -> None:
    run = Run(engine, tmp_path, Visibility.IMMEDIATE)
    for data in ([("a", 1), ("b", 2)], [("b", 3)]):
        frame = engine.session.createDataFrame(data, "k string, v int").coalesce(1)
        run.write(
            frame,
            lambda df, p: (
                df.write.mode("overwrite").partitionBy("k").option("partitionOverwriteMode", "dynamic").csv(p)
            ),
            tmp_path / "out",
        )
    assert rows(tmp_path / "out") == ["1", "3"]
    assert (tmp_path / "out/_SUCCESS").exists()
    with passed_on(engine, run):
        assert engine.session.read.csv(str(tmp_path / "out")).count() == 2


def test_what_is_staged_is_not_read(engine: Engine, run: Run, tmp_path: Path) -> None:
    run.write(engine.session.range(1), lambda df, p: df.write.csv(p), tmp_path / "out")
    with passed_on(engine, run):
        for path in (tmp_path / "out", tmp_path, tmp_path / "out/*.csv"):
            with pytest.raises(StagedPathRead, match="--output-visibility immediate"):
                engine.session.read.schema("id bigint").csv(str(path))
        run.publish()
        assert engine.session.read.schema("id bigint").csv(str(tmp_path / "out")).count() == 1


def test_what_is_taken_back_leaves_nothing(engine: Engine, run: Run, tmp_path: Path) -> None:
    run.write(engine.session.range(1).coalesce(1), lambda df, p: df.write.csv(p), tmp_path / "out")
    *files, mark = run.output.manifest
    assert isinstance(mark, SuccessMarked)
    run.context.effects.publish_all(tuple(files))
    assert set(written(tmp_path / "out")) == {f"{PART}.csv"}
    run.context.effects.take_back_all(run.output.manifest)
    assert written(tmp_path / "out") == {}


def test_options_without_effect_are_said(engine: Engine, run: Run, tmp_path: Path) -> None:
    run.write(engine.session.range(1), lambda df, p: df.write.option("hedaer", True).csv(p), tmp_path / "out")
    (note,) = [note for note in run.context.notes if "hedaer" in note]
    assert "has no effect on csv here; did you mean header?" in note


REPEATED: dict[str, tuple[str, Write, str]] = {
    "columns": ("1 a, 2 a, 3 b", lambda df, p: df.write.json(p), "the frame has a, a"),
    "columns by case": ("1 a, 2 A, 3 b", lambda df, p: df.write.json(p), "the frame has a, A"),
    "columns of parquet": ("1 a, 2 a", lambda df, p: df.write.parquet(p), "the frame has a, a"),
    "columns and a key": (
        "1 a, 2 a, 3 b",
        lambda df, p: df.write.partitionBy("b").orc(p),
        "the frame has a, a",
    ),
    "keys": ("1 a, 2 b", lambda df, p: df.write.partitionBy("a", "a").csv(p), "partitionBy has a, a"),
    "keys by case": ("1 a, 2 b, 3 c", lambda df, p: df.write.partitionBy("a", "A").csv(p), "has a, A"),
}


@pytest.mark.parametrize("name", REPEATED)
def test_a_name_that_is_there_twice_is_refused_before_anything_is_written(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    columns, write, said = REPEATED[name]
    frame = engine.session.sql(f"select {columns}")
    run, target = Run(engine, tmp_path / "run"), tmp_path / "out"
    if engine.name == "spark":
        with pytest.raises(AnalysisException, match="COLUMN_ALREADY_EXISTS"):
            write(frame, str(tmp_path / "spark"))
    with pytest.raises(AnalysisException, match="COLUMN_ALREADY_EXISTS") as refused:
        run.write(frame, write, target)
    assert said in str(refused.value)
    assert not target.exists()
    assert not run.output.manifest


def test_names_may_differ_in_case_where_the_script_says_so(engine: Engine, tmp_path: Path) -> None:
    engine.session.conf.set("spark.sql.caseSensitive", "true")
    try:
        run = Run(engine, tmp_path / "run")
        frame = engine.session.sql("select 1 a, 2 A")
        run.write(frame, lambda df, p: df.write.json(p), tmp_path / "out")
        with pytest.raises(AnalysisException, match="COLUMN_ALREADY_EXISTS"):
            run.write(engine.session.sql("select 1 a, 2 a"), lambda df, p: df.write.json(p), tmp_path / "o")
    finally:
        engine.session.conf.unset("spark.sql.caseSensitive")
    run.publish()
    (file,) = (tmp_path / "out").glob("part-*")
    assert file.read_text() == '{"a":1,"A":2}\n'

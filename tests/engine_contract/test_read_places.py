"""`spark.read` of folders and wildcards: the same files on both engines, as Apache Spark reads them."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from frame_runs import Run, passed_on
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.objects.s3.client import engine_variables
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.catalog.partition_values import NULL_VALUE
from placekeeper.runtime.engines.base import Engine
from s3 import S3Server

FILES = (
    "h/a1/p.parquet",
    "h/b=1/p.parquet",
    "h/p.parquet",
    "n/p.parquet",
    "n/sub/q.parquet",
    "t/y=1/m=1/a.parquet",
    "t/y=2/m=2/b.parquet",
    "u/_SUCCESS.parquet",
    "u/v.parquet",
    "v/_tmp/p.parquet",
    "v/a/_x/p.parquet",
    "v/a/p.parquet",
    "w/a b#%20/p.parquet",
    "w/f1.parquet",
    "x/q?/[#]/p.parquet",
    "x/%2/y=1/p.parquet",
)
LOCAL = (
    "w/[a]/p.parquet",
    "w/a*b/p.parquet",
    "w/f*.parquet",
    "w/{x}.parquet",
    "z/[p]=1.parquet",
    "z/[k]/y=1/p.parquet",
    "o/sub/y=1/p.parquet",
)

CASES: dict[str, tuple[str, ...]] = {
    "h/a*": ("h/a1/p.parquet",),
    "h/a*/": ("h/a1/p.parquet",),
    "h/a?": ("h/a1/p.parquet",),
    "h/b=*": ("h/b=1/p.parquet",),
    "h/b=*/": ("h/b=1/p.parquet",),
    "h/b=1": ("h/b=1/p.parquet",),
    "h/*": ("h/a1/p.parquet", "h/b=1/p.parquet", "h/p.parquet"),
    "h/*/": ("h/a1/p.parquet", "h/b=1/p.parquet", "h/p.parquet"),
    "h/*/p.parquet": ("h/a1/p.parquet", "h/b=1/p.parquet"),
    "h/*.parquet": ("h/p.parquet",),
    "h/p.parq*": ("h/p.parquet",),
    "h/{a1,b=1}": ("h/a1/p.parquet", "h/b=1/p.parquet"),
    "h/{a1,zz}": ("h/a1/p.parquet",),
    "h/[ab]*": ("h/a1/p.parquet", "h/b=1/p.parquet"),
    "h/[^a]*/p.parquet": ("h/b=1/p.parquet",),
    "n": ("n/p.parquet",),
    "n/": ("n/p.parquet",),
    "n/*": ("n/p.parquet", "n/sub/q.parquet"),
    "n/*,n/p.parquet": ("n/p.parquet", "n/p.parquet", "n/sub/q.parquet"),
    "t": ("t/y=1/m=1/a.parquet", "t/y=2/m=2/b.parquet"),
    "t/y=1*": ("t/y=1/m=1/a.parquet",),
    "t/y=1/*": ("t/y=1/m=1/a.parquet",),
    "t/y=*/m=*": ("t/y=1/m=1/a.parquet", "t/y=2/m=2/b.parquet"),
    "t/y=*/m=*/*": ("t/y=1/m=1/a.parquet", "t/y=2/m=2/b.parquet"),
    "u": ("u/v.parquet",),
    "u/*": ("u/v.parquet",),
    "v/*": ("v/_tmp/p.parquet", "v/a/p.parquet"),
    "v/_*/*": ("v/_tmp/p.parquet",),
    "w/a b#%20": ("w/a b#%20/p.parquet",),
    "w/a b*/*": ("w/a b#%20/p.parquet",),
    "x/q*/*": ("x/q?/[#]/p.parquet",),
    "x/%2": ("x/%2/y=1/p.parquet",),
    "w/f[0-9].parquet": ("w/f1.parquet",),
}
PARTITIONS = {"t": ["y", "m"], "t/y=1*": ["m"], "x/%2": ["y"]}
OF_LOCAL_NAMES = {
    r"w/\[a\]": ("w/[a]/p.parquet",),
    r"w/a\*b": ("w/a*b/p.parquet",),
    "w/a[*]*": ("w/a*b/p.parquet",),
    "w/f*.parquet": ("w/f*.parquet", "w/f1.parquet"),
    "w/*x}*": ("w/{x}.parquet",),
}
NOT_THERE = ("h/zz*", "h/a1,h/zz*", "h/*/*/x", "zz/*")
CONFLICTS = ("t/y=*", "t/*", "t/y=1,t/y=2")


@pytest.fixture
def spark(
    engine: Engine, tmp_path: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SparkSession]:
    for name, value in {**s3.environ, **engine_variables(s3.environ)}.items():
        monkeypatch.setenv(name, value)  # Sail reads them when a bucket is first used
    with passed_on(engine, Run(engine, tmp_path, objects=ObjectStores.of(s3.environ))):
        yield engine.session


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("layout")
    for name in (*FILES, *LOCAL):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"file": [name]}), file)
    (folder / "empty").mkdir()
    return str(folder)


def read(spark: SparkSession, root: str, case: str, **options: str) -> tuple[list[str], list[str]]:
    """The names of the files that are read, and the columns that are not in them."""
    separator = ",h/" if case.startswith("h/a1,") else ",n/" if case.startswith("n/*,") else ",t/"
    first, found, second = case.partition(separator)
    paths = [f"{root}/{first}", *([f"{root}/{separator[1:]}{second}"] if found else [])]
    frame = spark.read.options(**options).parquet(*paths)
    return sorted(row.file for row in frame.collect()), [name for name in frame.columns if name != "file"]


@pytest.mark.spark_cases(8)
@pytest.mark.parametrize("case", sorted([*CASES, *OF_LOCAL_NAMES]))
def test_what_a_local_path_means(spark: SparkSession, layout: str, case: str) -> None:
    expected = {**CASES, **OF_LOCAL_NAMES}[case]
    assert read(spark, layout, case) == (sorted(expected), PARTITIONS.get(case, []))


@pytest.mark.parametrize("case", NOT_THERE)
def test_nothing_is_there(spark: SparkSession, layout: str, case: str) -> None:
    with pytest.raises(PySparkException, match="PATH_NOT_FOUND"):
        read(spark, layout, case)


@pytest.mark.parametrize("case", CONFLICTS)
def test_partitions_below_several_places(spark: SparkSession, layout: str, case: str) -> None:
    with pytest.raises(PySparkException, match="CONFLICTING_DIRECTORY_STRUCTURES"):
        read(spark, layout, case)


def test_only_hidden_files(spark: SparkSession, layout: str) -> None:
    with pytest.raises(PySparkException, match="UNABLE_TO_INFER_SCHEMA"):
        read(spark, layout, "u/_*")
    assert spark.read.schema("file string").parquet(f"{layout}/u/_*").collect() == []


def test_recursive(spark: SparkSession, layout: str) -> None:
    both = ["t/y=1/m=1/a.parquet", "t/y=2/m=2/b.parquet"]
    assert read(spark, layout, "t", recursiveFileLookup="true") == (both, [])
    assert read(spark, layout, "t/y=*", recursiveFileLookup="true") == (both, [])
    assert read(spark, layout, "v", recursiveFileLookup="true") == (["v/a/p.parquet"], [])


@pytest.mark.parametrize("case", ["z/*.parquet", r"z/\[k\]", "o"])
def test_what_sail_would_read_wrongly(engine: Engine, spark: SparkSession, layout: str, case: str) -> None:
    if engine.name == "sail":
        with pytest.raises(UnsupportedFeature, match="--engine spark"):
            read(spark, layout, case)
    else:
        assert len(read(spark, layout, case)[0]) == 1


@pytest.mark.parametrize(
    ("paths", "recursive", "rows"),
    [
        (("n/{p.parquet,*.parquet}",), False, 1),
        (("{n,n*}",), False, 1),
        (("h/{a1,a*}",), True, 1),
        (("h", "h/a1"), True, 3),
        (("h/*", "h/a1"), True, 3),
        (("h/a1", "h/a1"), True, 1),
        (("h/a1", "h/a1"), False, 2),
    ],
)
def test_overlapping_places(
    spark: SparkSession, layout: str, paths: tuple[str, ...], recursive: bool, rows: int
) -> None:
    reader = spark.read.option("recursiveFileLookup", recursive)
    assert reader.parquet(*(f"{layout}/{path}" for path in paths)).count() == rows


def test_a_folder_of_folders_alone_has_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "w" / "sub").mkdir(parents=True)
    (tmp_path / "w" / "sub" / "x.txt").write_text("x\n")
    assert spark.read.text(f"{tmp_path}/w").collect() == []
    empty = spark.read.schema("a string").csv(f"{tmp_path}/w")
    assert (empty.collect(), empty.columns) == ([], ["a"])


def test_partition_columns_have_types_and_nulls(spark: SparkSession, tmp_path: Path) -> None:
    for name in ("y=1/d=2024-01-01/b=x%2Fy", f"y=2/d={NULL_VALUE}/b={NULL_VALUE}"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "x.csv").write_text("5\n")
    found = spark.read.csv(str(tmp_path))
    day = datetime.date(2024, 1, 1)
    assert found.schema.simpleString() == "struct<_c0:string,y:int,d:date,b:string>"
    assert sorted(map(tuple, found.collect())) == [("5", 1, day, "x/y"), ("5", 2, None, None)]
    assert found.filter("y = 2").count() == found.filter(found.d.isNull()).count() == 1
    said = spark.read.schema("a int, Y bigint").csv(str(tmp_path))
    assert said.schema.simpleString() == "struct<a:int,Y:bigint,d:date,b:string>"
    assert sorted(map(tuple, said.collect()))[0] == (5, 1, day, "x/y")


@pytest.mark.parametrize("ansi", ["true", "false"])
@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_partitions_are_filtered_by_their_types(
    spark: SparkSession, tmp_path: Path, format: str, ansi: str
) -> None:
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    for year in (2023, 2024, 2025):
        (tmp_path / f"year={year}").mkdir()
        if format == "csv":
            (tmp_path / f"year={year}" / "x.csv").write_text(f"{year}\n")
        else:
            pq.write_table(pa.table({"a": [year]}), tmp_path / f"year={year}" / "x.parquet")
    rows = spark.read.format(format).load(str(tmp_path))
    assert [row.year for row in rows.where("year = 2025").collect()] == [2025]
    assert rows.where("year > 2023").count() == len(rows.filter(rows.year > 2023).collect()) == 2
    assert rows.where("year is null").collect() == []


@pytest.mark.parametrize("name", ["plain.parquet", "Y=3/p.parquet"])
def test_what_sail_mixes_up(engine: Engine, spark: SparkSession, tmp_path: Path, name: str) -> None:
    for file in ("y=1/p.parquet", name):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"file": [file]}), tmp_path / file)
    if engine.name == "sail":
        with pytest.raises(UnsupportedFeature, match="--engine spark"):
            spark.read.parquet(str(tmp_path))


def test_a_broken_pattern(engine: Engine, spark: SparkSession, layout: str) -> None:
    if engine.name == "sail":
        with pytest.raises(UsageError, match="not closed"):
            spark.read.parquet(f"{layout}/h/{{a1")


def test_other_formats_and_short_forms(spark: SparkSession, tmp_path: Path) -> None:
    for name in ("c/d=1/x.csv", "c/d=2/x", "c/x.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f'{{"a":"{name}"}}\n')
    root = str(tmp_path)
    both = ['{"a":"c/d=1/x.csv"}', '{"a":"c/d=2/x"}']
    assert sorted(row.value for row in spark.read.text(f"{root}/c/d=*").collect()) == both
    assert spark.read.csv([f"{root}/c/d=*", f"{root}/c/*.csv"], sep="|").count() == 3
    assert spark.read.format("csv").option("path", f"{root}/c/?=[2]").load().count() == 1
    assert spark.read.schema("a string").json(f"{root}/c/*=2").collect() == [("c/d=2/x",)]


@pytest.fixture(scope="module")
def bucket(s3: S3Server, layout: str) -> str:
    name = s3.new_bucket()
    for key in FILES:
        s3.client().put_object(Bucket=name, Key=key, Body=(Path(layout) / key).read_bytes())
    return f"s3://{name}"


@pytest.mark.parametrize("case", sorted(CASES))
def test_what_a_path_of_s3_means(engine: Engine, spark: SparkSession, bucket: str, case: str) -> None:
    if engine.name != "sail":
        pytest.skip("Spark reads copies of objects")
    assert read(spark, bucket, case) == (sorted(CASES[case]), PARTITIONS.get(case, []))


@pytest.mark.parametrize("case", [*NOT_THERE, "zz"])
def test_nothing_is_there_in_s3(spark: SparkSession, bucket: str, case: str) -> None:
    with pytest.raises(PySparkException, match="PATH_NOT_FOUND"):
        read(spark, bucket, case)

"""What scripts do first: contexts, configurations, builders."""

import os

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from placekeeper.model.errors import UnsupportedFeature


def test_scripts_get_a_context_and_the_engine_s_session(engine):
    from pyspark import SparkConf
    from pyspark.context import SparkContext

    context = SparkContext()
    again = SparkContext.getOrCreate(SparkConf().setAppName("x").set("spark.sql.shuffle.partitions", "7"))
    context.setLogLevel("ERROR")
    context._jsc.hadoopConfiguration().set("fs.s3.x", "y")
    assert again.applicationId == context.applicationId
    assert again.version == engine.session.version
    assert again.defaultParallelism == engine.parallelism
    assert again.getConf().get("spark.app.name")
    assert engine.session.conf.get("spark.sql.shuffle.partitions") == "7"
    session = SparkSession.builder.appName("script").getOrCreate()
    assert session.range(2).count() == 2
    assert session.sparkContext.applicationId == context.applicationId


def test_sessions_are_in_utc(engine):
    assert engine.session.conf.get("spark.sql.session.timeZone") == "UTC"
    row = engine.session.sql("select date_format(timestamp'2024-01-01 00:00:00 UTC', 'HH') h").collect()[0]
    assert row.h == "00"


def test_a_session_lives_on_while_a_script_asks_nothing_of_it(engine):
    """Sail's own limit is 15 minutes, which no test can wait for."""
    if engine.name != "sail":
        pytest.skip("Spark's session in this process has no limit")
    assert int(os.environ["SAIL_SPARK__SESSION_TIMEOUT_SECS"]) > 365 * 24 * 3600


def _dynamic(session):
    session.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")


def _dynamic_sql(session):
    session.sql("SET spark.sql.sources.partitionOverwriteMode=dynamic")


def _dynamic_builder(_session):
    SparkSession.builder.config("spark.sql.sources.partitionOverwriteMode", "dynamic").getOrCreate()


def _dynamic_option(session):
    session.range(1).write.option("partitionOverwriteMode", "dynamic").save("/nowhere", format="parquet")


def _coalesced(session):
    session.range(1).coalesce(1).select("id").write.parquet("/nowhere")


def _orc(session):
    session.read.orc("/nowhere")


def _inferred(session):
    session.read.csv("/nowhere", header=True, inferSchema=True)


def _json(session):
    session.read.json("/nowhere")


def _file_name(_session):
    from pyspark.sql.functions import input_file_name

    input_file_name()


def _rdd(session):
    session.range(1).rdd  # noqa: B018


def _parallelize(session):
    session.sparkContext.parallelize([1])


@pytest.mark.parametrize(
    "use",
    [
        _dynamic,
        _dynamic_sql,
        _dynamic_builder,
        _dynamic_option,
        _coalesced,
        _orc,
        _inferred,
        _json,
        _file_name,
        _rdd,
        _parallelize,
    ],
)
def test_sail_refuses_rather_than_differ(engine, monkeypatch, use):
    if engine.name != "sail":
        pytest.skip("Spark is what the guards send scripts to")
    with pytest.raises(UnsupportedFeature, match=r"is not available on Sail: .*--engine spark"):
        use(engine.session)


@pytest.mark.parametrize("form", ["csv", "parquet", "text"])
@pytest.mark.parametrize("given", [str, lambda path: f"file://{path}", lambda path: f"file:{path}"])
def test_a_local_path_that_is_not_there_is_an_error_on_every_engine(engine, tmp_path, form, given):
    with pytest.raises(AnalysisException, match=r"PATH_NOT_FOUND.* Path does not exist: .*nowhere"):
        getattr(engine.session.read, form)(given(tmp_path / "nowhere")).count()


def test_paths_that_are_there_and_patterns_are_read(engine, tmp_path):
    (tmp_path / "a.txt").write_text("1\n2\n")
    read = engine.session.read
    assert read.text(str(tmp_path / "a.txt")).count() == 2
    assert read.text([f"file://{tmp_path}/a.txt"]).count() == 2
    assert read.text(f"{tmp_path}/*.txt").count() == 2

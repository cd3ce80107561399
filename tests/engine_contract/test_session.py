"""What scripts do first: contexts, configurations, builders."""

import importlib
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


def test_facts_and_switches_of_a_context(engine):
    from pyspark.context import SparkContext

    context = SparkContext.getOrCreate()
    assert context.master
    assert context.sparkUser()
    assert context.pythonVer.startswith("3.")
    assert context.defaultMinPartitions == min(engine.parallelism, 2)
    assert context.uiWebUrl is None
    assert context.getLocalProperty("nothing") is None
    assert context._conf.get("spark.app.name")
    context.setJobGroup("group", "what it does")
    context.setJobDescription("what it does")
    context.setLocalProperty("key", "value")


def test_hadoop_settings_can_be_read_back(engine):
    session = engine.session
    for hadoop in (session.sparkContext._jsc.hadoopConfiguration(), session._jsc.hadoopConfiguration()):
        hadoop.set("fs.x", "y")
        assert hadoop.get("fs.x") == "y"
        hadoop.setBoolean("fs.x", True)
        assert hadoop.getBoolean("fs.x", False) is True
        hadoop.setInt("fs.x", 5)
        assert hadoop.getInt("fs.x", 1) == 5
        hadoop.setIfUnset("fs.x", "6")
        assert hadoop.get("fs.x") == "5"
        hadoop.unset("fs.x")
        assert hadoop.get("fs.x", "none") == "none"
        assert hadoop.getInt("fs.x", 1) == 1


def test_hadoop_configuration_of_a_glue_context(engine):
    context = importlib.import_module("awsglue._sql_context").SqlContext(engine.session)
    context._jsc.hadoopConfiguration().set("fs.of.glue", "z")
    assert engine.session.sparkContext._jsc.hadoopConfiguration().get("fs.of.glue") == "z"


def test_loggers_of_java(engine):
    for log4j in (engine.session.sparkContext._jvm.org.apache.log4j, engine.session._jvm.org.apache.log4j):
        logger = log4j.LogManager.getLogger("script")
        logger.setLevel(log4j.Level.ERROR)
        logger.info("not shown")
        logger.error("shown")
        log4j.Logger.getLogger("org").setLevel(log4j.Level.OFF)
    engine.session.sparkContext._jvm.org.slf4j.LoggerFactory.getLogger("script").warn("shown")


@pytest.mark.filterwarnings("ignore:Deprecated in:FutureWarning")  # SQLContext, of Spark itself
def test_sessions_by_every_spelling_are_the_engine_s(engine):
    from pyspark import SparkConf
    from pyspark.sql import SQLContext

    session, key = engine.session, "spark.sql.shuffle.partitions"
    context = session.sparkContext
    session.range(3).createOrReplaceTempView("spelled")
    assert SparkSession.builder.master("local[*]").appName("x").getOrCreate().table("spelled").count() == 3
    assert SparkSession.builder.config(key, "3").getOrCreate().conf.get(key) == "3"
    conf = SparkConf().set(key, "4").set("spark.driver.memory", "2g")
    assert SparkSession.builder.config(conf=conf).getOrCreate().conf.get(key) == "4"
    assert SparkSession.builder.config("spark.serializer", "x").getOrCreate().range(1).count() == 1
    assert SparkSession(context).range(2).count() == 2
    assert SparkSession.getActiveSession().table("spelled").count() == 3
    sql_context = SQLContext(context)
    assert sql_context.sql("select count(*) n from spelled").first().n == 3
    assert sql_context.createDataFrame([(1,)], ["a"]).count() == 1
    assert "spelled" in sql_context.tableNames()
    assert session.conf.get("spark.app.name")
    assert session.conf.get("spark.app.id") == context.applicationId


def test_settings_by_sql(engine):
    sql, key = engine.session.sql, "spark.sql.shuffle.partitions"
    assert [tuple(row) for row in sql(f"SET {key}=6").collect()] == [(key, "6")]
    assert engine.session.conf.get(key) == "6"
    assert [tuple(row) for row in sql(f"set {key}").collect()] == [(key, "6")]
    assert [tuple(row) for row in sql("SET no.such.key").collect()] == [("no.such.key", "<undefined>")]
    sql("SET hive.exec.dynamic.partition.mode = nonstrict;")
    assert engine.session.conf.get("hive.exec.dynamic.partition.mode") == "nonstrict"
    assert sql(f"RESET {key}").collect() == []
    assert engine.session.conf.get(key) != "6"


def test_statements_about_caches_change_no_rows(engine):
    session = engine.session
    session.range(3).createOrReplaceTempView("cached")
    assert session.sql("CACHE TABLE cached").collect() == []
    assert session.sql("CACHE LAZY TABLE two AS SELECT id FROM cached WHERE id < 2").collect() == []
    session.sql("REFRESH TABLE cached")
    session.catalog.cacheTable("cached")
    session.catalog.refreshTable("cached")
    assert session.table("cached").count() == 3
    assert session.table("two").count() == 2
    session.catalog.uncacheTable("cached")
    assert session.catalog.isCached("cached") is False
    session.sql("UNCACHE TABLE IF EXISTS two")
    session.catalog.clearCache()
    assert session.catalog.dropTempView("two") is True
    assert session.catalog.dropTempView("two") is False


def test_a_database_is_used_in_both_spellings(engine):
    session = engine.session
    session.sql("CREATE DATABASE IF NOT EXISTS used")
    session.sql("USE used")
    assert session.catalog.currentDatabase() == "used"
    session.sql("USE DATABASE default")
    assert session.catalog.currentDatabase() == "default"
    session.sql("DROP DATABASE used")


def test_sessions_are_in_utc(engine):
    assert engine.session.conf.get("spark.sql.session.timeZone") == "UTC"
    row = engine.session.sql("select date_format(timestamp'2024-01-01 00:00:00 UTC', 'HH') h").collect()[0]
    assert row.h == "00"


def test_a_session_lives_on_while_a_script_asks_nothing_of_it(engine):
    """Sail's own limit is 15 minutes, which no test can wait for."""
    if engine.name != "sail":
        pytest.skip("Spark's session in this process has no limit")
    assert int(os.environ["SAIL_SPARK__SESSION_TIMEOUT_SECS"]) > 365 * 24 * 3600


def test_the_path_of_a_read_may_be_an_option(engine, tmp_path):
    (tmp_path / "a.json").write_text('{"n": 1}\n')
    reader = engine.session.read.schema("n int").format("json")
    assert [row.n for row in reader.option("path", str(tmp_path)).load().collect()] == [1]


def _dynamic_sql(session):
    session.sql("SET spark.sql.sources.partitionOverwriteMode=dynamic")


def _dynamic_option(session):
    session.range(1).write.option("partitionOverwriteMode", "dynamic").save("/nowhere", format="parquet")


def _orc(session):
    session.read.orc("/nowhere")


def _inferred(session):
    session.read.csv("/nowhere", header=True, inferSchema=True)


def _file_name(_session):
    from pyspark.sql.functions import input_file_name

    input_file_name()


def _rdd(session):
    session.range(1).rdd.zipWithIndex()


def _files_of_bytes(session):
    session.sparkContext.binaryFiles("/nowhere")


@pytest.mark.parametrize(
    "use",
    [
        _dynamic_sql,
        _dynamic_option,
        _orc,
        _inferred,
        _file_name,
        _rdd,
        _files_of_bytes,
    ],
)
def test_sail_refuses_rather_than_differ(engine, monkeypatch, use):
    if engine.name != "sail":
        pytest.skip("Spark is what the guards send scripts to")
    with pytest.raises(UnsupportedFeature, match=r"is not available on Sail: .*--engine spark"):
        use(engine.session)


@pytest.mark.spark_cases(3)
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

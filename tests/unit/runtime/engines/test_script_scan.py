"""What Sail lacks or does differently is found before the script runs, and nothing else is."""

import pytest

from placekeeper.runtime.engines.script_scan import findings

GLUE_SCRIPT = """
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql.functions import col, input_file_name
from awsglue.context import GlueContext
from awsglue.job import Job

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
sc = SparkContext()
sc.setLogLevel("ERROR")
sc._jsc.hadoopConfiguration().set("fs.s3.enableServerSideEncryption", "true")
glueContext = GlueContext(sc)
spark = glueContext.spark_session
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "static")
frame = glueContext.create_dynamic_frame.from_options("s3", {"paths": ["s3://b/in"]}, "json")
frame = frame.coalesce(1)
df = frame.toDF().repartition(4).groupBy("a").count()
df.write.mode("overwrite").parquet("s3://b/out")
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
df.coalesce(1).write.mode("overwrite").partitionBy("a").parquet("s3://b/out")
df.write.orc("s3://b/out")
spark.read.schema("a int").json("s3://b/x")
spark.read.option("inferSchema", "false").csv("s3://b/x", header=True)
glueContext.write_dynamic_frame.from_options(frame=frame, connection_type="s3", format="orc")
"""


def test_an_ordinary_glue_script_has_none():
    assert findings(GLUE_SCRIPT) == ()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("df.rdd.distinct()", ".rdd.distinct"),
        ("df.rdd.map(f).reduceByKey(g)", ".reduceByKey"),
        ("sc.range(3)", "SparkContext.range"),
        ("spark.sparkContext.broadcast({})", "SparkContext.broadcast"),
        ("c = SparkContext.getOrCreate(); c.wholeTextFiles('x')", "SparkContext.wholeTextFiles"),
        ("sc._jvm.java.util.Date()", "._jvm"),
        ("df.withColumn('f', input_file_name())", "input_file_name()"),
        ("df.withColumn('f', F.input_file_name())", ".input_file_name"),
        ("df.selectExpr('input_file_name() f')", "input_file_name()"),
        ("df.select('_metadata.file_path')", "_metadata"),
        (
            "spark.sql('set spark.sql.sources.partitionOverwriteMode=dynamic')",
            "SET partitionOverwriteMode=dynamic",
        ),
        ("spark.read.orc('x')", "spark.read of orc"),
        ("spark.read.format('orc').load('x')", "spark.read of orc"),
        ("df.write.save('x', format='xml')", "df.write of xml"),
        ("spark.read.format('xml').option('rowTag', 'r').load('x')", "spark.read of xml"),
        ("df.write.format('avro').save('x')", "df.write of avro"),
        ("spark.read.csv('x', inferSchema=True)", "inferSchema"),
        ("spark.read.option('mode', 'PERMISSIVE').csv('x')", "reading with mode"),
        ("spark.read.csv('x', columnNameOfCorruptRecord='_c')", "reading with columnNameOfCorruptRecord"),
        ("df.stat.approxQuantile('x', [0.5], 0)", ".approxQuantile"),
        ("from pyspark.ml.feature import Tokenizer as T; T()", "from pyspark.ml.feature"),
        ("from pyspark.ml import *", "from pyspark.ml"),
        ("from pyspark.mllib.stat import Statistics", "from pyspark.mllib.stat"),
        ("from pyspark.sql import HiveContext", "HiveContext"),
        ("q.writeStream.foreachBatch(f)", ".foreachBatch"),
    ],
)
def test_each_use_is_found_on_its_line(line, what):
    (finding, *_) = findings(f"x = 1\n{line}\n")
    assert (finding.line, finding.what) == (2, what)
    assert "Sail" in finding.reason


def test_an_import_that_nobody_uses_is_no_reason():
    assert findings("from pyspark.ml.feature import NGram\nfrom pyspark.ml import Pipeline as P") == ()


@pytest.mark.parametrize(
    "line",
    [
        "log4j = sc._jvm.org.apache.log4j",
        "spark._jvm.org.apache.log4j.LogManager.getLogger('x').info('y')",
        "sc._jvm.org.slf4j.LoggerFactory.getLogger('x')",
        "from pyspark.sql import SQLContext; SQLContext(sc).sql('select 1')",
        "sc.setJobGroup('a', 'b'); sc.uiWebUrl; sc.master",
        "spark.sql('SET spark.sql.shuffle.partitions=5'); spark.sql('CACHE TABLE t')",
        "spark.sql('describe table t'); spark.sql('SHOW DATABASES'); spark.sql('MSCK REPAIR TABLE d.t')",
        "spark.conf.set('spark.sql.sources.partitionOverwriteMode', 'dynamic'); df.write.insertInto('t')",
    ],
)
def test_what_the_stand_ins_answer_is_no_reason(line):
    assert findings(line) == ()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("to_timestamp('a', 'dd/MM/yyyy hh:mm')", "a pattern with hh or K and without a"),
        ("F.to_date(F.col('a'), format='hh:mm')", "a pattern with hh or K and without a"),
        ("F.unix_timestamp('a', \"yyyy-MM-dd'T'hh:mm:ss\")", "a pattern with hh or K and without a"),
        ("spark.sql(\"select to_timestamp(a, 'yyyy-MM-dd hh:mm:ss') from t\")", "a pattern with hh"),
        ("df.a.rlike('(?!x)')", "a regular expression or replacement in rlike()"),
        ("F.regexp_replace('a', '(x)', '$1_')", "a regular expression or replacement in regexp_replace()"),
        ("F.regexp_replace('a', lit('(x)(?=y)'), 'z')", "a regular expression or replacement"),
        ("spark.sql('select a from t cluster by a')", "a statement of SQL"),
        ("spark.sql('select datediff(a, b) from t')", "the function datediff()"),
        ("spark.conf.set('spark.sql.legacy.timeParserPolicy', 'LEGACY')", "timeParserPolicy"),
        ("spark.conf.set('spark.sql.session.timeZone', zone)", "spark.sql.session.timeZone"),
        ("spark.newSession()", ".newSession"),
    ],
)
def test_what_sql_has_otherwise_is_found(line, what):
    (found, *_) = findings(line)
    assert found.what.startswith(what)


@pytest.mark.parametrize(
    "line",
    [
        "F.to_timestamp('a', 'yyyy-MM-dd HH:mm:ss')",
        "F.to_timestamp('a', 'MM/dd/yyyy hh:mm:ss a')",
        "F.to_timestamp('a', \"yyyy-MM-dd'T'HH:mm:ss\")",
        "F.to_timestamp('hour')",
        "F.date_format('a', 'yyyy-MM-dd hh:mm')",
        "spark.sql(\"select to_timestamp(a, 'yyyy-MM-dd HH:mm:ss') from t\")",
        "import re; re.sub('(?=x)', '', text)",
        "F.regexp_replace('a', '[^0-9]+', '')",
        "F.regexp_replace('a', '(x)(y)', '$2-$1')",
        "F.split('a', ',')",
        "date.today().weekday(); pdf.to_json(); hash(x); random.shuffle(x)",
        "print('Describe what is grouped by all')",
        "spark.sql('select a, count(*) from t group by a')",
        "spark.conf.set('spark.sql.session.timeZone', 'UTC')",
        "spark.conf.set('spark.sql.legacy.timeParserPolicy', 'CORRECTED')",
    ],
)
def test_what_sql_has_alike_is_no_reason(line):
    assert findings(line) == ()


def test_the_line_in_a_long_chain_is_that_of_the_use():
    assert [found.line for found in findings("(\n  df\n  .select('a')\n  .rdd\n  .glom()\n)")] == [5]


@pytest.mark.parametrize(
    "line",
    [
        "df.rdd.map(f).collect(); df.rdd.flatMap(f).filter(g).toDF(['a'])",
        "rows = df.rdd\nrows.isEmpty()",
        "sc.parallelize([1]).toDF(); sc.textFile('x').collect(); sc.emptyRDD()",
        "spark.read.json('x'); spark.read.option('multiLine', True).json('x')",
    ],
)
def test_what_rdds_have_here_and_json_are_no_reason(line):
    assert findings(line) == ()


def test_a_syntax_error_is_left_to_python():
    assert findings("def f(:\n  df.rdd") == ()


@pytest.mark.parametrize("source", ["1" + "+1" * 200_000, "(" * 5000, "x = (\n", "\0"])
def test_a_source_that_python_cannot_read_gives_nothing(source: str) -> None:
    assert findings(source) == ()

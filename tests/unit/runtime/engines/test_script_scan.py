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
spark.read.schema("a int").json("s3://b/x")
spark.read.option("inferSchema", "false").csv("s3://b/x", header=True)
glueContext.write_dynamic_frame.from_options(frame=frame, connection_type="s3", format="orc")
"""


def test_an_ordinary_glue_script_has_none():
    assert findings(GLUE_SCRIPT) == ()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("df.rdd.getNumPartitions()", ".rdd"),
        ("sc.parallelize([1])", "SparkContext.parallelize"),
        ("spark.sparkContext.broadcast({})", "SparkContext.broadcast"),
        ("c = SparkContext.getOrCreate(); c.textFile('x')", "SparkContext.textFile"),
        ("sc._jvm.java.util.Date()", "._jvm"),
        ("df.withColumn('f', input_file_name())", "input_file_name()"),
        ("df.withColumn('f', F.input_file_name())", ".input_file_name"),
        ("df.selectExpr('input_file_name() f')", "input_file_name()"),
        ("df.select('_metadata.file_path')", "_metadata"),
        (
            "spark.conf.set('spark.sql.sources.partitionOverwriteMode', 'dynamic')",
            "partitionOverwriteMode=dynamic",
        ),
        (
            "spark.conf.set('spark.sql.sources.partitionOverwriteMode', mode)",
            "partitionOverwriteMode=dynamic",
        ),
        (
            "SparkConf().set('spark.sql.sources.partitionOverwriteMode', 'DYNAMIC')",
            "partitionOverwriteMode=dynamic",
        ),
        ("df.write.option('partitionOverwriteMode', 'dynamic').save('x')", "partitionOverwriteMode=dynamic"),
        (
            "spark.sql('set spark.sql.sources.partitionOverwriteMode=dynamic')",
            "partitionOverwriteMode=dynamic",
        ),
        ("spark.read.orc('x')", "spark.read of orc"),
        ("spark.read.format('orc').load('x')", "spark.read of orc"),
        ("df.write.save('x', format='orc')", "df.write of orc"),
        ("spark.read.format('xml').option('rowTag', 'r').load('x')", "spark.read of xml"),
        ("df.write.format('avro').save('x')", "df.write of avro"),
        ("spark.read.json('x')", "spark.read of json without a schema"),
        ("spark.read.schema(s).option('multiLine', True).json('x')", "spark.read of json with multiLine"),
        ("spark.read.csv('x', inferSchema=True)", "inferSchema"),
        ("spark.read.option('mode', 'PERMISSIVE').csv('x')", "reading with mode"),
        ("spark.read.csv('x', columnNameOfCorruptRecord='_c')", "reading with columnNameOfCorruptRecord"),
        ("df.coalesce(1).write.csv('x')", "df.write after coalesce() or repartition()"),
        (
            "one = df.repartition(1).drop('x'); one.write.csv('x')",
            "df.write after coalesce() or repartition()",
        ),
        ("df.stat.approxQuantile('x', [0.5], 0)", ".approxQuantile"),
        ("from pyspark.ml.feature import Tokenizer as T; T()", "from pyspark.ml.feature"),
        ("from pyspark.ml import *", "from pyspark.ml"),
        ("one.join(two, 'id').select(one['*'], two['v'])", 'df["*"]'),
        ("from pyspark.mllib.stat import Statistics", "from pyspark.mllib.stat"),
        ("from pyspark.sql import SQLContext", "SQLContext"),
        ("q.writeStream.foreachBatch(f)", ".foreachBatch"),
    ],
)
def test_each_use_is_found_on_its_line(line, what):
    (finding, *_) = findings(f"x = 1\n{line}\n")
    assert (finding.line, finding.what) == (2, what)
    assert "Sail" in finding.reason


def test_an_import_that_nobody_uses_is_no_reason():
    assert findings("from pyspark.ml.feature import NGram\nfrom pyspark.ml import Pipeline as P") == ()


def test_the_line_in_a_long_chain_is_that_of_the_use():
    assert [found.line for found in findings("(\n  df\n  .select('a')\n  .rdd\n)")] == [4]


def test_a_syntax_error_is_left_to_python():
    assert findings("def f(:\n  df.rdd") == ()


@pytest.mark.parametrize("source", ["1" + "+1" * 200_000, "(" * 5000, "x = (\n", "\0"])
def test_a_source_that_python_cannot_read_gives_nothing(source: str) -> None:
    assert findings(source) == ()

"""The look finds what will not work where every run comes to it, and never refuses what may work."""

from itertools import pairwise

import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.look.finding import RULES, Finding, Level
from placekeeper.runtime.look.look import look, refuse_before_run

HEAD = """\
import os, sys
import boto3
import pandas as pd
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "target"])
glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
job = Job(glue)
job.init(args["JOB_NAME"], args)
rows = glue.create_dynamic_frame.from_options(
    "s3", {"paths": ["s3://b/in"]}, "csv", {"withHeader": True}, "rows"
)
"""
TAIL = """
job.commit()
"""
ABSENT = "glue.start_transaction(True)"
"""A call that never works: AWS has retired what is behind it."""
ADDED_TO = """\
options = {'paths': ['s3://b/x']}
add(options)
glue.create_dynamic_frame.from_options('s3', options, 'csv', {}, 'x')
"""


def found(body: str, *, rules: str | None = None) -> list[Finding]:
    """The findings in the lines between a usual begin and a usual end."""
    first = HEAD.count("\n") + 1
    all_found = look(HEAD + body + TAIL)
    return [
        Finding(one.line - first + 1, one.column, one.rule, one.sentence, one.level)
        for one in all_found
        if rules is None or one.rule == rules
    ]


def levels(body: str, rule: str) -> list[tuple[int, Level]]:
    return [(one.line, one.level) for one in found(body, rules=rule)]


def test_an_ordinary_script_has_no_findings() -> None:
    assert (
        found("glue.write_dynamic_frame.from_options(rows, 's3', {'path': args['target']}, 'parquet')") == []
    )


@pytest.mark.parametrize(
    "body",
    [
        ABSENT,
        f"def work():\n    {ABSENT}\nwork()",
        f"def work(context):\n    context.{ABSENT.partition('.')[2]}\nwork(glue)",
        f"def main():\n    {ABSENT}\nif __name__ == '__main__':\n    main()",
        f"for one in [1, 2]:\n    {ABSENT}",
        f"try:\n    {ABSENT}\nexcept Exception:\n    print('no')\n    raise",
        f"try:\n    {ABSENT}\nfinally:\n    print('done')",
        f"while True:\n    {ABSENT}\n    break",
        f"if args['target'] == 'x':\n    raise ValueError('no')\n{ABSENT}",
        f"if args['target'] == 'x':\n    sys.exit('no target')\n{ABSENT}",
        f"other = glue\nother.{ABSENT.partition('.')[2]}",
        f"with open('x'):\n    {ABSENT}",
        f"if True:\n    context = glue\nelse:\n    context = None\ncontext.{ABSENT.partition('.')[2]}",
    ],
)
def test_what_every_run_comes_to_is_an_error(body: str) -> None:
    [(_, level)] = levels(body, "not-there-yet")
    assert level is Level.ERROR


@pytest.mark.parametrize(
    "body",
    [
        f"def never():\n    {ABSENT}",
        f"if False:\n    {ABSENT}",
        f"if args['target']:\n    {ABSENT}",
        f"for one in args['target'].split():\n    {ABSENT}",
        f"try:\n    {ABSENT}\nexcept Exception:\n    pass",
        f"def work():\n    if args['target']:\n        return\n    {ABSENT}\nwork()",
        f"if args['target']:\n    sys.exit(0)\n{ABSENT}",
        f"def stop():\n    if args['target']:\n        sys.exit()\nstop()\n{ABSENT}",
        f"for one in [1, 2]:\n    if args['target']:\n        continue\n    {ABSENT}",
        f"args['target'] or {ABSENT}",
        f"[{ABSENT} for one in args['target']]",
        f"later = lambda: {ABSENT}",
        f"def steps():\n    {ABSENT}\n    yield 1\nsteps()",
        "def work(glue):\n    glue.start_transaction(True)",
        "class Work:\n    def run(self):\n        self.glue.start_transaction(True)\nWork().run()",
        f"import contextlib\nwith contextlib.suppress(Exception):\n    {ABSENT}",
    ],
)
def test_what_a_run_may_never_come_to_is_a_warning(body: str) -> None:
    assert [level for _, level in levels(body, "not-there-yet")] == [Level.WARNING]


@pytest.mark.parametrize(
    "body",
    [
        "class Mine:\n    def select(self, frame): pass\nMine().select(1)",
        "import other\nother.context.missing()",
        "rows = rows.toDF()\nrows = rows.withColumn('a', rows['b'])",
        "frame = rows\nframe = make(frame)\nframe.withColumn('a', 1)",
        "GlueContext.start_transaction = lambda self, read_only: 1\nglue.start_transaction(True)",
        "def f():\n    global rows\n    rows = 1\nf()\nrows.missing()",
        "for rows in everything():\n    pass\nrows.missing()",
        "rows = rows if args['target'] else None\nrows.missing()",
        "if args['target']:\n    rows = rows.toDF()\nrows.missing()",
        ADDED_TO,
        "glue.create_dynamic_frame.from_options('s3', {'path': 'x'}, 'xml', {'rowTag': args['a']}, 'x')",
        "glue.create_dynamic_frame.from_options('s3', {'path': 's3://b/x'}, 'xml', args['options'], 'x')",
        "ApplyMapping.apply(rows, [], **args)",
        "hasattr(rows, 'toDS')",
    ],
)
def test_what_may_be_something_else_is_left_alone(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    ("body", "rule", "said"),
    [
        ("from awsglue.nothing import X", "unknown-import", "no module awsglue.nothing"),
        ("from awsglue.transforms import ApplyMaping", "unknown-import", "did you mean ApplyMapping?"),
        ("rows.withColumn('a', 1)", "unknown-member", "write .toDF().withColumn"),
        ("rows.select_field('a')", "unknown-member", "did you mean select_fields?"),
        ("ApplyMapping.apply(rows, maping=[])", "wrong-arguments", "did you mean mappings?"),
        ("SelectFields.apply(frame=rows)", "wrong-arguments", "SelectFields.apply needs paths"),
        ("SelectFields()(rows, path=['a'])", "wrong-arguments", "did you mean paths?"),
        ("rows.count(1)", "wrong-arguments", "takes 0 arguments by position, and 1 are given"),
        ("rows.rename_field('a', oldName='b', newName='c')", "wrong-arguments", "gets oldName twice"),
        ("DynamicFrame.fromDF(rows.toDF())", "wrong-arguments", "fromDF needs glue_ctx"),
        (
            "glue.create_dynamic_frame.from_options('carrier-pigeon', {}, transformation_ctx='x')",
            "connection-type",
            "'carrier-pigeon'",
        ),
        (
            "glue.create_dynamic_frame.from_options('s3', {'paths': ['s3://b/x']}, 'papyrus', {}, 'x')",
            "format",
            "'papyrus'",
        ),
        (
            "glue.write_dynamic_frame.from_options(rows, 's3', {'path': 's3://b/o'}, 'papyrus')",
            "format",
            "'papyrus'",
        ),
        (
            "sink = glue.getSink('s3', path='s3://b/o')\nsink.setFormat('papyrus')",
            "format",
            "'papyrus'",
        ),
        (
            "glue.create_dynamic_frame.from_options('s3', {'paths': ['s3://b/x']}, 'xml', {}, 'x')",
            "format",
            "format option rowTag",
        ),
        (
            "glue.create_dynamic_frame.from_options('s3', {}, 'groklog', {'logFormat': '%{WRD:a}'})",
            "format",
            "no grok pattern WRD; did you mean WORD?",
        ),
        (
            "glue.create_dynamic_frame.from_options('s3', {'recurse': True}, 'csv', {}, 'x')",
            "option",
            "names no path",
        ),
        (
            "glue.create_dynamic_frame.from_options('s3', {'paths': [1]}, 'csv', {}, 'x')",
            "option",
            "paths is a list of strings",
        ),
        (
            "glue.write_dynamic_frame.from_options(rows, 's3', {'path': 'x', 'partitionKeys': 'a'}, 'csv')",
            "option",
            "partitionKeys is a list",
        ),
    ],
)
def test_an_error_names_the_line_and_what_was_meant(body: str, rule: str, said: str) -> None:
    [one] = found(body, rules=rule)
    assert one.level is Level.ERROR
    assert one.line == body.count("\n") + 1
    assert said in one.sentence


@pytest.mark.parametrize(
    ("body", "rule", "said"),
    [
        (
            "glue.create_dynamic_frame.from_options('s3', {'path': args['a']}, 'csv', {'seperator': 1}, 'x')",
            "unknown-option",
            "did you mean separator?",
        ),
        (
            "glue.create_dynamic_frame.from_options('s3', {'path': 'x', 'exclusion': 1}, 'csv', {}, 'x')",
            "unknown-option",
            "did you mean exclusions?",
        ),
        (
            "glue.getSink('s3', path='s3://b/o', partitionKey=['day'])",
            "unknown-option",
            "unknown connection option 'partitionKey' was ignored; did you mean partitionKeys?",
        ),
        (
            "glue.write_dynamic_frame.from_options(rows, 's3', {'path': 'o', 'partitionkey': ['a']}, 'csv')",
            "unknown-option",
            "did you mean partitionKeys?",
        ),
        (
            "glue.create_dynamic_frame.from_catalog('d', 't', transformaton_ctx='x')",
            "unknown-option",
            "did you mean transformation_ctx?",
        ),
        (
            "glue.write_dynamic_frame.from_options(rows, 's3', {'path': 'o'}, 'csv', {'withHeader': True})",
            "no-effect",
            "withHeader has no effect: it counts only when reading",
        ),
        ("glue.create_dynamic_frame.from_catalog('d', 't')", "untracked-source", "every run reads all of it"),
        ("glue.create_dynamic_frame.from_catalog('d', 't', '', 'rows')", "shared-context", "of line 16 too"),
        ("pd.read_csv('s3://b/x.csv')", "untracked-read", "pandas.read_csv reads past GlueContext"),
        ("spark.read.parquet('s3://b/x')", "untracked-read", "spark.read.parquet reads past"),
        ("boto3.client('s3').get_object(Bucket='b', Key='k')", "untracked-read", "boto3's get_object"),
        ("sc = SparkContext.getOrCreate()\nsc.range(1)", "needs-spark", "runs on Spark"),
    ],
)
def test_what_a_bookmark_does_not_see_or_nobody_knows_is_said(body: str, rule: str, said: str) -> None:
    one, *_ = found(body, rules=rule)
    assert one.level is not Level.ERROR
    assert said in one.sentence


def test_a_script_without_init_or_commit() -> None:
    without_init = HEAD.replace('job.init(args["JOB_NAME"], args)\n', "") + TAIL
    assert [one.rule for one in look(without_init)] == ["no-init"]
    assert [one.rule for one in look(HEAD)] == ["no-commit"]


@pytest.mark.parametrize(
    "body",
    [
        "rows.toDF().write.mode('overwrite').parquet('s3://b/o')",
        "df = rows.toDF()\nnews = df.filter('x')\nnews.coalesce(1).write.csv('s3://b/o', mode='Overwrite')",
        "df = rows.toDF()\ndf = df.distinct()\ndf.write.format('csv').mode(saveMode='overwrite').save('o')",
        "rows.toDF().createTempView('v')\nspark.sql('select * from v').write.mode('overwrite').csv('o')",
        "df = DynamicFrame.fromDF(rows.toDF(), glue, 'x').toDF()\ndf.write.csv('o', 'overwrite')",
        "few = Filter.apply(frame=rows, f=lambda r: r['a'])\nfew.toDF().write.csv('o', mode='overwrite')",
        "def put(name):\n    df = rows.toDF()\n    df.write.mode('overwrite').csv(name)",
        "rows.toDF().write.mode('overwrite').option('partitionOverwriteMode', 'static').csv('o')",
    ],
)
def test_an_overwrite_with_what_a_bookmark_has_left_is_found(body: str) -> None:
    [one] = found(body, rules="bookmarked-overwrite")
    assert (one.line, one.level) == (body.count("\n") + 1, Level.WARNING)
    assert "the source 'rows' of line 16" in one.sentence
    assert "may delete all that is there" in one.sentence


OVERWRITE = "rows.toDF().write.mode('overwrite').partitionBy('day').csv('o')"
OVERWRITE_SQL = "spark.sql(sql).write.mode('overwrite').csv('o')"


@pytest.mark.parametrize(
    "body",
    [
        "rows.toDF().write.mode('append').parquet('s3://b/o')",
        "rows.toDF().write.option('mode', 'overwrite').parquet('s3://b/o')",
        "other = spark.read.parquet('s3://b/o2')\nother.write.mode('overwrite').csv('o')",
        "one = glue.create_dynamic_frame.from_catalog('d', 't')\none.toDF().write.mode('overwrite').csv('o')",
        "rows.toDF().count()\nspark.range(3).write.mode('overwrite').csv('o')",
        "old = spark.read.csv('s3://b/o2')\nall = old.union(rows.toDF())\nall.write.csv('o', 'overwrite')",
        "df = rows.toDF()\ndf = df.union(spark.read.csv('s3://b/o2'))\ndf.write.csv('o', 'overwrite')",
        "full = spark.read.csv('b/o2')\nfull.join(rows.toDF(), 'id', 'left').write.csv('o', 'overwrite')",
        "rows.toDF().join(spark.read.csv('f'), 'id', 'right').write.mode('overwrite').csv('o')",
        "n = rows.count()\nspark.createDataFrame([(n,)], ['n']).write.mode('overwrite').csv('o')",
        "n = rows.toDF().count()\nout = f's3://b/{n}'\nspark.range(3).write.mode('overwrite').csv(out)",
        "spark.createDataFrame(rows.toDF().collect()).write.mode('overwrite').csv('o')",
        "rows.toDF().write.mode('overwrite').option('partitionOverwriteMode', 'dynamic').csv('o')",
        "rows.toDF().write.options(partitionOverwriteMode='dynamic').mode('overwrite').csv('o')",
        "spark.conf.set('spark.sql.sources.partitionOverwriteMode', 'dynamic')\n" + OVERWRITE,
        "spark.sql('SET spark.sql.sources.partitionOverwriteMode=dynamic')\n" + OVERWRITE,
        "rows.toDF().createTempView('v')\nsql = 'select * from old union select * from v'\n" + OVERWRITE_SQL,
        "def first():\n    df = rows.toDF()\ndef put(df):\n    df.write.mode('overwrite').csv('o')",
    ],
)
def test_another_write_is_no_overwrite_with_what_a_bookmark_has_left(body: str) -> None:
    assert found(body, rules="bookmarked-overwrite") == []


def test_without_init_an_overwrite_has_all_rows() -> None:
    source = HEAD.replace('job.init(args["JOB_NAME"], args)\n', "")
    source += "rows.toDF().write.mode('overwrite').parquet('s3://b/o')\n"
    assert [one.rule for one in look(source)] == ["no-init"]


WRITE = "glue.write_dynamic_frame.from_options(rows, 's3', {'path': out}, 'parquet')\n"


@pytest.mark.parametrize(
    "body",
    [
        "out = args['target']\n" + WRITE + "spark.read.parquet(out)",
        "out = args['target']\n" + WRITE + "spark.read.parquet(args['target'] + '/day=1/')",
        "out = f\"{args['target']}/x\"\n" + WRITE + "os.listdir(out)",
        "out = '/tmp/o'\n" + WRITE + "os.path.exists(out)",
        "out = '/tmp/o'\n" + WRITE + "os.rename('/tmp/o/part-0', '/tmp/o/all.parquet')",
        "out = 's3://b/o/'\n" + WRITE + "boto3.client('s3').list_objects_v2(Bucket='b', Prefix='o/')",
        "bucket = args['target']\nout = f's3://{bucket}/o/'\n"
        + WRITE
        + "s3 = boto3.client('s3')\ns3.list_objects_v2(Bucket=bucket, Prefix='o')",
        "out = 's3://b/o/'\n" + WRITE + "boto3.client('glue').start_crawler(Name='c')",
        "out = 's3://b/o/'\n" + WRITE + "boto3.client('athena').start_query_execution(QueryString='x')",
        "out = 's3://b/o/'\n" + WRITE + "boto3.client('redshift-data').execute_statement(Sql='COPY t')",
        "out = 's3://b/o/'\nclient = boto3.client('s3')\npages = client.get_paginator('list_objects_v2')\n"
        + WRITE
        + "pages.paginate(Bucket='b', Prefix='o/')",
        "out = 's3://b/o/'\ns3 = boto3.resource('s3')\nbucket = s3.Bucket('b')\n"
        + WRITE
        + "bucket.objects.filter(Prefix='o/')",
        "out = 's3://b/o/'\n" + WRITE + "boto3.resource('s3').Bucket('b').objects.all()",
        "out = 's3://b/o/'\ns3 = boto3.client('s3')\n"
        + WRITE
        + "s3.copy_object(Bucket='c', Key='x', CopySource={'Bucket': 'b', 'Key': 'o/part-0'})",
        "out = 's3://b/o/'\ns3 = boto3.resource('s3')\n"
        + WRITE
        + "s3.Object('c', 'x').copy_from(CopySource='b/o/part-0')",
        "out = 's3://b/o/'\ns3 = boto3.client('s3')\n"
        + WRITE
        + "s3.copy({'Bucket': 'b', 'Key': 'o/part-0'}, 'c', 'x')",
        "import glob\nout = '/tmp/o'\n" + WRITE + "glob.glob('/tmp/o/*.parquet')",
        "import shutil\nout = '/tmp/o'\n" + WRITE + "shutil.move('/tmp/o', '/tmp/p')",
        "from pathlib import Path\nout = '/tmp/o'\n" + WRITE + "Path('/tmp/o').iterdir()",
        "out = 's3a://b/o/'\nrows.toDF().write.parquet(out)\npd.read_parquet('s3://b/o/')",
        "sink = glue.getSink('s3', path='s3://b/o')\nsink.writeFrame(rows)\nspark.read.csv('s3://b/o')",
        "out = '/tmp/o'\nrows.toDF().write.format('csv').mode('append').save(out)\nos.listdir(out)",
        "out = '/tmp/o'\nrows.toDF().write.save(out, format='json')\nspark.read.load(out)",
    ],
)
def test_output_that_is_looked_at_before_the_commit_is_found(body: str) -> None:
    [one] = found(body, rules="output-not-visible")
    assert (one.line, one.level) == (body.count("\n") + 1, Level.WARNING)
    assert "--output-visibility immediate" in one.sentence


@pytest.mark.parametrize(
    "body",
    [
        "out = args['target']\n" + WRITE + "job.commit()\nspark.read.parquet(out)",
        "out = args['target']\nspark.read.parquet(out)\n" + WRITE,
        "out = args['target']\n" + WRITE + "spark.read.parquet(args['source'])",
        "out = 's3://b/one'\n" + WRITE + "spark.read.parquet('s3://b/one-more')",
        "out = pick()\n" + WRITE + "out = pick()\nspark.read.parquet(out)",
        "out = 's3://b/o/'\n" + WRITE + "boto3.client('s3').list_objects_v2(Bucket='b', Prefix='other/')",
        "out = 's3://b/o/'\n" + WRITE + "boto3.resource('s3').Bucket('b').objects.filter(Prefix='other/')",
        "out = 's3://b/o/'\n" + WRITE + "boto3.client('glue').get_crawler(Name='c')",
        "out = 's3://b/o/'\nboto3.client('glue').start_crawler(Name='c')\n" + WRITE,
        "rows.toDF().write.format('delta').save('s3://b/o')\nspark.read.format('delta').load('s3://b/o')",
    ],
)
def test_other_paths_and_later_looks_are_left_alone(body: str) -> None:
    assert found(body, rules="output-not-visible") == []


def test_a_comment_leaves_out_a_rule_on_its_line() -> None:
    assert found(f"{ABSENT}  # placekeeper: ignore[not-there-yet]") == []
    assert found(f"{ABSENT}  # placekeeper: ignore") == []
    assert len(found(f"{ABSENT}  # placekeeper: ignore[format]")) == 1
    assert look(HEAD + ABSENT + TAIL, ignored=["not-there-yet"]) == []


def test_a_run_is_refused_with_every_line_and_reason_at_once() -> None:
    source = f"{HEAD}{ABSENT}\nrows.withColumn('a', 1)\n"
    with pytest.raises(UnsupportedFeature) as refused:
        refuse_before_run(source, "job.py", hides_output=True)
    first, *lines = str(refused.value).splitlines()
    assert first == "job.py was not started: 2 places in it will not work here"
    assert [line.split(":")[0].strip() for line in lines] == ["line 19", "line 20"]


def test_a_run_is_told_of_output_that_is_not_visible_yet() -> None:
    source = HEAD + "out = 's3://b/o'\n" + WRITE + "spark.read.parquet(out)" + TAIL
    [said] = refuse_before_run(source, "job.py", hides_output=True)
    assert said.startswith("line 21: s3://b/o was written in line 20")
    assert refuse_before_run(source, "job.py", hides_output=False) == []


def test_a_run_that_must_be_on_sail_is_told_what_needs_spark() -> None:
    source = HEAD + "spark.readStream.text('in')\n" + TAIL
    [said] = refuse_before_run(source, "job.py", hides_output=True, on_sail=True)
    assert said.startswith("line 19: .readStream runs on Spark: Sail does not give the batches")
    assert refuse_before_run(source, "job.py", hides_output=True) == []


def test_what_needs_spark_is_an_error_where_spark_is_not_installed() -> None:
    source = HEAD + "if args:\n    spark.readStream.text('in')\n" + TAIL
    [one] = [one for one in look(source, spark_command="pip install spark") if one.rule == "needs-spark"]
    assert (one.line, one.level) == (20, Level.ERROR)
    assert one.sentence.startswith(".readStream runs on Spark: ")
    assert one.sentence.endswith("Spark is not installed here. Install it: pip install spark")


BATCH = "stream = spark.readStream.schema('n int').json('in')\n"


@pytest.mark.parametrize(
    ("call", "rule", "said", "level"),
    [
        ("glue.forEachBatch(stream, print)", "option", "needs the option checkpoint", Level.ERROR),
        (
            "glue.forEachBatch(stream, print, {'windowSize': '1 minute'})",
            "option",
            "needs the option checkpointLocation",
            Level.ERROR,
        ),
        (
            "glue.forEachBatch(rows, print, {'windowSize': '1 s', 'checkpointLocation': 'c'})",
            "wrong-arguments",
            "takes a streaming DataFrame",
            Level.ERROR,
        ),
        (
            "glue.forEachBatch(stream, print, {'windowSize': '1 s', 'checkpointLocation': 'c', 'window': 1})",
            "unknown-option",
            "the option window is unknown",
            Level.WARNING,
        ),
    ],
)
def test_batches_that_a_run_would_refuse(call: str, rule: str, said: str, level: Level) -> None:
    one, *_ = found(BATCH + call, rules=rule)
    assert said in one.sentence
    assert one.level is level


def test_a_stream_that_the_engine_cannot_read_is_found_before_the_run() -> None:
    for source, said in {
        "spark.readStream.format('kafka').option('subscribe', 't').load()": "streams of kafka are not there",
        "spark.readStream.schema('n int').load('s3://b/in/', format='json')": "has no file system for S3",
        "spark.readStream.schema('n int').parquet('s3a://b/in/')": "has no file system for S3",
    }.items():
        [one] = found(source, rules="stream-source")
        assert said in one.sentence
        assert one.level is Level.WARNING
    assert not found(BATCH, rules="stream-source")


@pytest.mark.parametrize(
    "body",
    [
        "spark.readStream.format('socket').option('host', 'h').option('port', 1).load()",
        "spark.readStream.format('rate-micro-batch').load()",
        "spark.dataSource.register(Mine)\nspark.readStream.format('mine').load()",
        "def start():\n    return spark.readStream.load(format='mine')\nspark.dataSource.register(Mine)",
    ],
)
def test_a_stream_of_spark_or_of_the_script_itself_is_read(body: str) -> None:
    assert not found(body, rules="stream-source")


def test_a_stream_may_come_from_a_jar_of_the_run() -> None:
    source = HEAD + "spark.readStream.format('kafka').load()" + TAIL
    [said] = refuse_before_run(source, "job.py", hides_output=True)
    assert "streams of kafka are not there" in said
    assert refuse_before_run(source, "job.py", hides_output=True, has_jars=True) == []


def test_a_frame_of_files_is_no_stream() -> None:
    options = "{'windowSize': '1 s', 'checkpointLocation': 'c'}"
    read = "files = glue.create_data_frame.from_catalog(database='d', table_name='t')\n"
    [one] = found(f"{read}glue.forEachBatch(files, print, {options})", rules="wrong-arguments")
    assert "not one that is read at once: read it with spark.readStream" in one.sentence
    assert one.level is Level.ERROR
    annotated = f"def go(rows: DataFrame):\n    glue.forEachBatch(rows, print, {options})\n"
    assert not found("from pyspark.sql import DataFrame\n" + annotated, rules="wrong-arguments")


LOGIN = "'url': 'jdbc:postgresql://h/shop', 'user': 'u', 'password': 'p'"


@pytest.mark.parametrize(
    ("options", "rule", "level", "said"),
    [
        (f"{{{LOGIN}, 'dbtabel': 'orders'}}", "unknown-option", Level.WARNING, "did you mean dbtable?"),
        (f"{{{LOGIN}, 'dbtable': 't', 'driver': 'x'}}", "no-effect", Level.NOTE, "drivers of its own"),
        (f"{{{LOGIN}, 'sampleQuery': 'p', 'query': 'q'}}", "option", Level.ERROR, "cannot be used together"),
        (
            "{'url': 'jdbc:postgresql://h:x/shop', 'dbtable': 't'}",
            "option",
            Level.ERROR,
            "has a port that is no number",
        ),
        (f"{{{LOGIN}, 'filterPredicate': 'a > 1'}}", "option", Level.ERROR, "write the whole query"),
    ],
)
def test_options_of_databases_are_looked_at(options: str, rule: str, level: Level, said: str) -> None:
    [one] = found(f"glue.create_dynamic_frame.from_options('postgresql', {options}, transformation_ctx='x')")
    assert (one.rule, one.level) == (rule, level)
    assert said in one.sentence


def test_reads_and_writes_of_databases_are_not_refused_before_the_run() -> None:
    [untracked] = found(
        "glue.create_dynamic_frame.from_options('mysql', {**conf, 'dbtable': 't'}, transformation_ctx='x')\n"
        "glue.write_dynamic_frame.from_jdbc_conf(rows, 'pg', {'dbtable': 't', 'database': 'shop'})\n"
        "glue.extract_jdbc_conf('pg')\n"
        "glue.spark_session.read.format('jdbc').option('url', 'jdbc:mysql://h/s').load()\n"
    )
    assert (untracked.rule, untracked.level) == ("untracked-read", Level.NOTE)


def test_streams_of_kafka_are_found_before_the_run() -> None:
    options = "{'connectionName': 'k', 'topicName': 't'}"
    [one] = found(f"glue.create_data_frame.from_options('kafka', {options}, transformation_ctx='k')")
    assert (one.rule, one.level) == ("connection-type", Level.ERROR)
    [one] = found("glue.getStreamingSource('kinesis')")
    assert (one.rule, one.level) == ("not-there-yet", Level.ERROR)


def test_a_run_leaves_a_syntax_error_to_python() -> None:
    assert refuse_before_run("def f(:\n", "job.py", hides_output=True) == []
    [one] = look("x = 1\ndef f(:\n")
    assert (one.line, one.rule, one.level) == (2, "syntax", Level.ERROR)


@pytest.mark.parametrize("source", ["1" + "+1" * 200_000, "(" * 5000, "\0"])
def test_a_source_that_python_cannot_read_is_an_error(source: str) -> None:
    assert [one.rule for one in look(source)] == ["syntax"]


def test_deep_nesting_is_looked_at_in_part() -> None:
    deep = "x = " + "+".join(["1"] * 900) + "\n"
    assert look(HEAD + deep + TAIL) == []
    assert [one.rule for one in look(f"{HEAD}{ABSENT}\n{deep}{TAIL}")] == ["not-there-yet"]


def test_functions_that_call_each_other_end() -> None:
    twice = "\n".join(f"def f{n}():\n    f{m}()\n    f{m}()" for m, n in pairwise(range(40)))
    assert isinstance(look(f"{HEAD}def f0():\n    f39()\n{twice}\nf39(){TAIL}"), list)


def test_every_rule_that_is_found_has_a_name() -> None:
    body = f"{ABSENT}\nrows.nothing()\npd.read_csv('x')"
    assert {one.rule for one in found(body)} <= set(RULES)


def test_an_absent_member_says_what_it_says_when_it_is_called() -> None:
    from placekeeper.runtime.look.surface import absence, class_of

    made = class_of("awsglue.context.GlueContext")
    assert made is not None
    said = absence(made.members["start_transaction"])
    with pytest.raises(UnsupportedFeature) as raised:
        _context().start_transaction(True)
    assert str(raised.value) == f"{said}."


def _context():
    import sys

    from placekeeper.runtime.engines.shim_folder import SHIM

    if str(SHIM) not in sys.path:
        sys.path.insert(0, str(SHIM))
    from awsglue.context import GlueContext

    return GlueContext.__new__(GlueContext)


def test_a_fault_of_a_look_is_a_warning_and_the_others_go_on() -> None:
    def broken(script: object) -> list[Finding]:
        raise LookupError("a fault of ours")

    def working(script: object) -> list[Finding]:
        return [Finding(2, 1, "no-effect", "found", Level.NOTE)]

    found = look(HEAD, looks=(broken, working))
    assert [(one.rule, one.level) for one in found] == [
        ("not-looked", Level.WARNING),
        ("no-effect", Level.NOTE),
    ]
    (said,) = refuse_before_run(HEAD, "job.py", hides_output=True, looks=(broken, working))
    assert said == (
        "Placekeeper could not look at the script in every way (broken: LookupError: a fault of ours). "
        "Please report this fault"
    )

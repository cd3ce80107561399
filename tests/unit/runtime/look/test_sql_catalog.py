"""SQL about tables of the Data Catalog that is not done here."""

import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.look.finding import Level
from placekeeper.runtime.look.look import look, refuse_before_run

HEAD = """\
from awsglue.context import GlueContext
from pyspark.context import SparkContext

glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
db = "shop"
"""


def lines(body: str) -> list[tuple[int, Level]]:
    found = [one for one in look(HEAD + body) if one.rule == "sql-catalog"]
    return [(one.line - HEAD.count("\n"), one.level) for one in found]


@pytest.mark.parametrize(
    "line",
    [
        'spark.sql("MERGE INTO shop.sales t USING v ON t.id = v.id WHEN MATCHED THEN DELETE")',
        'spark.sql(f"""\n-- why\nUPDATE {db}.sales SET a = 1""")',
        'spark.sql("DELETE FROM `{}`.sales WHERE a = 1".format(db))',
        'glue.sql("truncate table sales")',
        'spark.sql(sqlQuery="ANALYZE TABLE shop.sales COMPUTE STATISTICS")',
        'spark.sql("CREATE OR REPLACE VIEW shop.v AS SELECT 1")',
        "spark.sql(\"LOAD DATA INPATH 'x' INTO TABLE shop.sales\")",
    ],
)
def test_what_is_refused_is_found_before_the_run(line: str) -> None:
    assert lines(line) == [(1, Level.ERROR)]


@pytest.mark.parametrize(
    "line",
    [
        'spark.sql("select * from shop.sales")',
        'spark.sql("CREATE OR REPLACE TEMP VIEW v AS SELECT * FROM shop.sales")',
        'spark.sql("INSERT INTO shop.sales SELECT * FROM t")',
        'spark.sql("MERGE INTO lake.shop.sales t USING v ON t.id = v.id WHEN MATCHED THEN DELETE")',
        'spark.sql("DELETE FROM delta.`s3://b/x` WHERE a = 1")',
        'spark.conf.set("spark.sql.catalog.lake", "x"); spark.sql("DELETE FROM lake.t")',
        'spark.table("shop.sales")',
        "spark.sql(some())",
        'other.send("DELETE FROM t")',
    ],
)
def test_other_sql_is_not(line: str) -> None:
    assert lines(line) == []


def test_a_run_does_not_begin() -> None:
    source = HEAD + 'spark.sql("UPDATE shop.sales SET a = 1")'
    with pytest.raises(UnsupportedFeature, match=r"job.py, line 7: UPDATE is not there.*INSERT OVERWRITE"):
        refuse_before_run(source, "job.py", hides_output=True)

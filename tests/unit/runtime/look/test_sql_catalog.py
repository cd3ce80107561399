"""SQL that the engine cannot answer, because only the Data Catalog knows its tables."""

import pytest

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
        'spark.sql("USE `{}`".format(db))',
        'spark.sql("select * from shop.sales")',
        'spark.sql("""select a.id\nfrom t a join `shop`.`sales` b on a.id = b.id""")',
        'spark.sql(f"INSERT INTO {db}.sales SELECT * FROM t")',
        'spark.sql("CREATE TABLE IF NOT EXISTS x USING HIVE AS SELECT * FROM t")',
        'spark.sql("MSCK REPAIR TABLE shop.sales")',
        'spark.table("shop.sales")',
        'glue.sql("show tables in shop")',
    ],
)
def test_what_only_the_catalog_knows_is_found(line: str) -> None:
    assert lines(line) == [(1, Level.WARNING)]


@pytest.mark.parametrize(
    "line",
    [
        'spark.sql("select a.id from t a join u on a.id = u.id")',
        'spark.sql("select extract(year from t.at), trim(both from t.name) from t")',
        'spark.sql("select * from t where a.x is distinct from b.y")',
        'spark.sql("select * from parquet.`s3://b/x`")',
        'spark.sql("select * from global_temp.t")',
        'spark.table("t")',
        'other.send("use this")',
    ],
)
def test_other_sql_is_not(line: str) -> None:
    assert lines(line) == []


def test_a_run_says_so_before_it_begins() -> None:
    source = HEAD + 'spark.sql("USE shop")\nspark.table("shop.sales")'
    (said,) = refuse_before_run(source, "job.py", hides_output=True)
    assert said.startswith("lines 7, 8: Spark SQL does not see the Data Catalog here.")

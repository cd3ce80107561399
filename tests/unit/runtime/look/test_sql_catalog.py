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
        'spark.sql(f"""\n-- why\nOPTIMIZE {db}.sales""")',
        'spark.sql("VACUUM `{}`.sales".format(db))',
        'glue.sql("truncate table sales")',
        'spark.sql(sqlQuery="ANALYZE TABLE shop.sales COMPUTE STATISTICS")',
        'spark.sql("CREATE OR REPLACE VIEW shop.v AS SELECT 1")',
        "spark.sql(\"LOAD DATA INPATH 'x' INTO TABLE shop.sales\")",
        'spark.sql("SHOW CREATE TABLE shop.sales")',
        'spark.sql("ALTER TABLE shop.sales RENAME TO shop.old")',
        'spark.sql(f"ALTER TABLE {db}.sales RENAME TO {db}.old")',
        'spark.sql("ALTER TABLE shop.sales DROP COLUMN id")',
        'spark.sql("CREATE OR REPLACE TABLE shop.sales (id INT)")',
        'spark.sql("CREATE TABLE shop.n (id INT) USING delta")',
        'spark.sql("CREATE TABLE shop.n USING iceberg AS SELECT 1 AS a")',
        'spark.sql("CREATE TABLE shop.n (id INTEGERR)")',
        'spark.sql("ALTER TABLE shop.sales ADD PARTITION (a = 1) now")',
        'spark.sql("SELECT * FROM shop.sales VERSION AS OF 3")',
        'spark.sql("SELECT * FROM a JOIN shop.sales FOR TIMESTAMP AS OF 1 ON true")',
        'spark.sql("SELECT * FROM (SELECT * FROM `shop`.sales VERSION AS OF 3)")',
        'spark.sql("OPTIMIZE shop.sales")',
        'spark.sql("VACUUM shop.sales RETAIN 1 HOURS")',
        'df.mergeInto("shop.sales", c).whenMatched().delete().merge()',
        'df.write.format("iceberg").saveAsTable("shop.n")',
        'df.write.format("delta").mode("overwrite").saveAsTable("shop.n")',
        'df.write.saveAsTable("shop.n", format="delta")',
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
        'spark.sql("MERGE INTO shop.sales t USING v ON t.id = v.id WHEN MATCHED THEN DELETE")',
        'spark.sql(f"UPDATE {db}.sales SET a = 1")',
        'spark.sql("DELETE FROM shop.sales WHERE a = 1")',
        'spark.sql("MERGE INTO lake.shop.sales t USING v ON t.id = v.id WHEN MATCHED THEN DELETE")',
        'spark.sql("DELETE FROM delta.`s3://b/x` WHERE a = 1")',
        'spark.conf.set("spark.sql.catalog.lake", "x"); spark.sql("DELETE FROM lake.t")',
        'spark.table("shop.sales")',
        "spark.sql(some())",
        'spark.sql("CREATE TABLE shop.n (id INT) USING iceberg")',
        'spark.sql("CREATE TABLE shop.n (id INT, t DATE) USING iceberg PARTITIONED BY (days(t))")',
        "spark.sql(f\"CREATE TABLE shop.n USING delta LOCATION '{path}'\")",
        'spark.sql("CREATE TABLE lake.shop.n (id INT) USING delta")',
        'spark.sql(f"ALTER TABLE shop.sales {what} {more}")',
        'spark.sql(f"CREATE TABLE shop.n (id {type}) USING {form}")',
        'spark.sql("CREATE TABLE {t} (id INT)", t=some())',
        'spark.sql("SELECT version AS of FROM shop.sales")',
        'spark.sql("ALTER TABLE shop.sales DROP PARTITION (a = 1)")',
        "spark.sql(\"VACUUM '/data/x'\")",
        'df.write.format("iceberg").mode("append").saveAsTable("shop.n")',
        'df.write.format("parquet").saveAsTable("shop.n")',
        'df.writeTo("lake.shop.sales").append()',
        'df.writeTo("shop.sales").append()',
        "df.writeTo(some()).append()",
        'other.send("DELETE FROM t")',
    ],
)
def test_other_sql_is_not(line: str) -> None:
    assert lines(line) == []


def test_a_run_does_not_begin() -> None:
    source = HEAD + 'spark.sql("ANALYZE TABLE shop.sales COMPUTE STATISTICS")'
    with pytest.raises(UnsupportedFeature, match=r"job.py, line 7: ANALYZE TABLE is not there.*Leave"):
        refuse_before_run(source, "job.py", hides_output=True)

"""Queries over what a source gives: answers as of all columns, though Sail has only some of them made."""

import csv
import io

import pyarrow as pa
import pytest
from pyspark.sql import functions as sql

from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.frames.mapping import apply_mapping, parse_mappings

NAMES = ["id", "amount", "a.b", "Kind", "day"]
ROWS = [[str(n), f"{n}.5", f"t{n % 3}", f"k{n % 2}", f"2024-01-{n % 28 + 1:02}"] for n in range(60)]
ROWS[7][1], ROWS[8][4] = "odd", ""
TYPED = [("id", "long"), ("amount", "double"), ("`a.b`", "string"), ("Kind", "string"), ("day", "date")]

QUERIES = {
    "groups": lambda df: df.groupBy("kind").agg(sql.sum("id"), sql.max("day")),
    "counts": lambda df: df.groupBy().count(),
    "count of all": lambda df: df.agg(sql.count("*")),
    "one": lambda df: df.select("id").filter("id > 20").agg(sql.sum("id")),
    "filter on another": lambda df: df.filter(sql.col("amount").isNotNull()).select("Kind"),
    "dots": lambda df: df.select("`a.b`"),
    "of the frame": lambda df: df.select(df["Kind"], sql.concat(df.id, df.id)),
    "more rows": lambda df: (
        df.select("Kind", sql.explode(sql.array("id", "id")).alias("x")).groupBy("Kind").count()
    ),
    "of all rows": lambda df: df.select(sql.sum("id").alias("s"), sql.lit(1).alias("one")).select("one"),
    "added": lambda df: df.withColumn("id", sql.concat("amount", "id")).groupBy("Kind").agg(sql.max("id")),
    "sorted": lambda df: df.sort("day", "id").select("Kind").limit(5),
    "SQL": lambda df: df.selectExpr("concat(id, 'x') AS n").agg(sql.max("n")),
    "star": lambda df: df.select("*", sql.lit(1).alias("one")).agg(sql.sum("one"), sql.max("amount")),
    "joined": lambda df: df.join(df.groupBy("Kind").agg(sql.max("id").alias("most")), "Kind").agg(
        sql.sum("most")
    ),
    "all": lambda df: df,
    "no column": lambda df: df.select().agg(sql.count("*")),
    "sorted by a dropped one": lambda df: df.select("Kind", "id").sort("day", "id").limit(5),
    "filter on a dropped one": lambda df: df.select("Kind").filter(sql.col("day") > "2024-01-10"),
    "filter in SQL on a dropped one": lambda df: (
        df.select("Kind", "id").filter("day > '2024-01-10'").select("Kind")
    ),
    "dropped, renamed": lambda df: (
        df.select("id", "Kind").toDF("x", "y").sort("day", "x").limit(5).select("y")
    ),
    "sorted by a place": lambda df: df.sort(sql.lit(2), "id").limit(5).select("Kind", "id"),
    "renamed": lambda df: df.toDF("v", "w", "x", "y", "z").groupBy("y").agg(sql.max("z")),
}


def frames(files):
    """What a source gives, as it is and typed."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([NAMES, *ROWS])
    files.put("a.csv", text.getvalue())
    files.put("b.csv", "id,amount,a.b,Kind,day\n70,7.5\n")
    frame = files.scan("csv", withHeader=True)
    mappings = parse_mappings([(source, source, wanted) for source, wanted in TYPED])
    return {"plain": frame, "typed": apply_mapping(frame, mappings)[0]}


def answer(query):
    table = query.toArrow()
    rows = zip(*(table[name].cast(pa.string()).to_pylist() for name in table.schema.names), strict=True)
    return table.schema.names, sorted(rows, key=str)


@pytest.mark.spark_cases(4)
@pytest.mark.parametrize("name", QUERIES)
def test_answers_are_those_of_all_columns(engine, files, name):
    for frame in frames(files).values():
        everything = engine.session.createDataFrame(frame.dataframe.toArrow())
        assert answer(QUERIES[name](frame.dataframe)) == answer(QUERIES[name](everything))


@pytest.mark.skipif(not installed().sail, reason="the plans of Spark are not seen")
def test_columns_that_no_step_names_are_not_made(engine, files):
    typed, plain = frames(files)["typed"].dataframe, frames(files)["plain"].dataframe
    groups, counted = QUERIES["groups"], QUERIES["counts"]
    assert made(engine, groups(typed)) == ["c3", "t0int64", "r0int64", "t4date32_day_", "r4date32_day_"]
    assert made(engine, groups(plain)) == ["c0", "c3", "c4"]
    assert len(made(engine, counted(typed))) <= 2
    assert len(made(engine, counted(plain))) == 1
    assert len(made(engine, typed)) == len(made(engine, QUERIES["star"](typed))) == 8
    assert made(engine, QUERIES["added"](plain)) == ["c0", "c1", "c3"]
    assert made(engine, QUERIES["sorted by a dropped one"](plain)) == ["c0", "c3", "c4"]
    assert made(engine, plain.select("id", "Kind").filter(sql.col("id") > "2")) == ["c0", "c3"]


def test_whether_there_are_rows(engine, files):
    frame = frames(files)["plain"].dataframe
    assert not frame.isEmpty()
    assert frame.filter(sql.col("id") == "none").isEmpty()


def made(engine, query):
    """The columns that the scan of a query makes."""
    client = engine.session.client
    relation = query._plan.to_proto(client).root
    engine._unused_columns.leave_out(relation, client)
    while relation.WhichOneof("rel_type") != "map_partitions":
        relation = getattr(relation, relation.WhichOneof("rel_type")).input
    return [field.name for field in relation.map_partitions.func.python_udf.output_type.struct.fields]

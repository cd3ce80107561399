"""The cases: a plain script, a Glue script with the same result, and how much more this one may cost.

Both functions get a session, the folder of the input and that of the output. They return a value that must be
the same, or None where the rows of the output are compared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.engine import inputs

Work = Callable[[Any, str, str], Any]

CSV_SCHEMA = (
    "id BIGINT, amount DOUBLE, ratio DOUBLE, quantity INT, name STRING, city STRING, day DATE, at TIMESTAMP,"
    " kind STRING"
)
CSV_TYPES = {
    "id": "long",
    "amount": "double",
    "ratio": "double",
    "quantity": "int",
    "name": "string",
    "city": "string",
    "day": "date",
    "at": "timestamp",
    "kind": "string",
}
GENERATED = 2_000_000
"""Rows of a sink's case."""


@dataclass(frozen=True)
class Case:
    """One case. `limit` is the ratio that is wanted; with `whole`, of processes from start to end."""

    name: str
    make: Callable[[Path], None] | None
    plain: Work
    glue: Work
    limit: float
    whole: bool = False


def _source(glue: Any, source: str, format: str, **options: Any) -> Any:
    return glue.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [source], "recurse": True},
        format=format,
        format_options=options,
        transformation_ctx="source",
    )


def _sink(glue: Any, frame: Any, target: str, format: str, **options: Any) -> None:
    glue.write_dynamic_frame.from_options(
        frame=frame,
        connection_type="s3",
        connection_options={"path": target, **options},
        format=format,
        transformation_ctx="sink",
    )


def _sums(frame: Any) -> list[list[Any]]:
    from pyspark.sql import functions as sql

    rows = frame.groupBy("kind").agg(sql.sum("quantity"), sql.max("kind")).collect()
    return sorted([row[0], row[1]] for row in rows)


def plain_columns(spark: Any, source: str, _target: str) -> Any:
    return _sums(spark.read.parquet(source).select("kind", "quantity"))


def mapped_columns(glue: Any, source: str, _target: str) -> Any:
    frame = _source(glue, source, "parquet")
    wanted = [("kind", "string", "kind", "string"), ("quantity", "int", "quantity", "int")]
    return _sums(frame.apply_mapping(wanted).toDF())


def selected_columns(glue: Any, source: str, _target: str) -> Any:
    return _sums(_source(glue, source, "parquet").toDF().select("kind", "quantity"))


def plain_copy(spark: Any, source: str, target: str) -> None:
    spark.read.parquet(source).write.partitionBy("kind").parquet(target)


def glue_copy(glue: Any, source: str, target: str) -> None:
    _sink(glue, _source(glue, source, "parquet"), target, "parquet", partitionKeys=["kind"])


def plain_csv(spark: Any, source: str, _target: str) -> Any:
    from pyspark.sql import functions as sql

    frame = spark.read.schema(CSV_SCHEMA).option("header", True).csv(source)
    rows = (
        frame.groupBy("kind")
        .agg(sql.sum("quantity"), sql.max("amount"), sql.max("day"), sql.max("at"))
        .collect()
    )
    return sorted([row[0], row[1], row[2], str(row[3]), str(row[4])] for row in rows)


def glue_csv(glue: Any, source: str, _target: str) -> Any:
    from pyspark.sql import functions as sql

    typed = [(name, "string", name, wanted) for name, wanted in CSV_TYPES.items()]
    frame = _source(glue, source, "csv", withHeader=True).apply_mapping(typed).toDF()
    rows = (
        frame.groupBy("kind")
        .agg(sql.sum("quantity"), sql.max("amount"), sql.max("day"), sql.max("at"))
        .collect()
    )
    return sorted([row[0], row[1], row[2], str(row[3]), str(row[4])] for row in rows)


def plain_small_csv(spark: Any, source: str, target: str) -> None:
    spark.read.option("header", True).csv(source).write.parquet(target)


def glue_small_csv(glue: Any, source: str, target: str) -> None:
    _sink(glue, _source(glue, source, "csv", withHeader=True), target, "parquet")


def plain_json(spark: Any, source: str, target: str) -> None:
    spark.read.json(source).write.parquet(target)


def glue_json(glue: Any, source: str, target: str) -> None:
    _sink(glue, _source(glue, source, "json"), target, "parquet")


def _places(frame: Any) -> list[list[Any]]:
    from pyspark.sql import functions as sql

    rows = frame.groupBy("place.kind").agg(sql.sum("quantity"), sql.max("amount"), sql.max("at")).collect()
    return sorted(list(row) for row in rows)


def plain_large_json(spark: Any, source: str, _target: str) -> Any:
    return _places(spark.read.json(source))


def glue_large_json(glue: Any, source: str, _target: str) -> Any:
    return _places(_source(glue, source, "json").toDF())


def _generated(spark: Any) -> Any:
    from pyspark.sql import functions as sql

    number = sql.col("id")
    return spark.range(0, GENERATED, 1, 4).select(
        number,
        (number / 7.0).alias("ratio"),
        sql.sqrt(number.cast("double")).alias("root"),
        sql.concat(sql.lit("name"), number.cast("string")).alias("name"),
        (number % 97).cast("int").alias("quantity"),
        sql.timestamp_seconds(number + 1_600_000_000).alias("at"),
    )


def plain_sink(format: str) -> Work:
    def work(spark: Any, _source: str, target: str) -> None:
        _generated(spark).write.format(format).save(target)

    return work


def glue_sink(format: str) -> Work:
    def work(glue: Any, _source: str, target: str) -> None:
        from awsglue.dynamicframe import DynamicFrame

        _sink(glue, DynamicFrame.fromDF(_generated(glue.spark_session), glue, "rows"), target, format)

    return work


def _more(record: Any) -> Any:
    record["amount"] = record["amount"] * 2
    record["label"] = f"{record['city']}-{record['quantity']}"
    return record


def _is_large(record: Any) -> bool:
    return bool(record["quantity"] >= 50)


def _by_pandas(frame: Any, function: Callable[[Any], Any], times: int) -> Any:
    import pandas
    from pyspark.sql import types

    def mapped(parts: Iterator[Any]) -> Iterator[Any]:
        for part in parts:
            yield pandas.DataFrame([function(record) for record in part.to_dict("records")])

    schema = types.StructType(frame.schema.fields)
    added = types.StructType([*schema.fields, types.StructField("label", types.StringType())])
    for _ in range(times):
        frame, schema = frame.mapInPandas(mapped, added), added
    return frame


def plain_maps(times: int) -> Work:
    def work(spark: Any, source: str, target: str) -> None:
        _by_pandas(spark.read.parquet(source), _more, times).write.parquet(target)

    return work


def glue_maps(times: int) -> Work:
    def work(glue: Any, source: str, target: str) -> None:
        frame = _source(glue, source, "parquet")
        for _ in range(times):
            frame = frame.map(_more)
        _sink(glue, frame, target, "parquet")

    return work


def plain_filter(spark: Any, source: str, target: str) -> None:
    def kept(parts: Iterator[Any]) -> Iterator[Any]:
        for part in parts:
            yield part[[_is_large(record) for record in part.to_dict("records")]]

    frame = spark.read.parquet(source)
    frame.mapInPandas(kept, frame.schema).write.parquet(target)


def glue_filter(glue: Any, source: str, target: str) -> None:
    _sink(glue, _source(glue, source, "parquet").filter(_is_large), target, "parquet")


CASES = [
    Case("columns-mapped", inputs.wide_parquet, plain_columns, mapped_columns, 1.2),
    Case("columns-selected", inputs.wide_parquet, plain_columns, selected_columns, 1.2),
    Case("copy-partitioned", inputs.wide_parquet, plain_copy, glue_copy, 1.2),
    Case("csv-typed", inputs.four_csv, plain_csv, glue_csv, 1.3),
    Case("csv-large", inputs.one_csv, plain_csv, glue_csv, 1.3),
    Case("csv-small-files", inputs.small_csv, plain_small_csv, glue_small_csv, 1.2, whole=True),
    Case("json-to-parquet", inputs.json_lines, plain_json, glue_json, 1.5),
    Case("json-large", inputs.one_json, plain_large_json, glue_large_json, 1.5),
    Case("sink-csv", None, plain_sink("csv"), glue_sink("csv"), 2),
    Case("sink-json", None, plain_sink("json"), glue_sink("json"), 2),
    Case("sink-parquet", None, plain_sink("parquet"), glue_sink("parquet"), 1.2),
    Case("map", inputs.parquet, plain_maps(1), glue_maps(1), 1.3),
    Case("map-three-times", inputs.parquet, plain_maps(3), glue_maps(3), 1.3),
    Case("filter", inputs.parquet, plain_filter, glue_filter, 1.3),
]

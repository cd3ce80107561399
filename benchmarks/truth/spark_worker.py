"""What .venv-spark runs: streaming queries with the trigger availableNow, one for each line of JSON on stdin.

From the file source to the file sink, whose log of what it published makes Spark's output exactly-once.
Each file is a task of its own (openCostInBytes), and tasks go one by one, largest file first.
"""

import json
import sys
import time
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import udf

FAILING_ROW = "last"


def held(rows: DataFrame, folder: str) -> DataFrame:
    """Hold the query at the first row that it reads."""

    def wait(row: str) -> str:
        Path(folder, "listed").touch()
        while not Path(folder, "go").exists():
            time.sleep(0.02)
        return row

    return rows.select(udf(wait)("id").alias("id"))


def failing(rows: DataFrame) -> DataFrame:
    """Fail at one row, when the tasks before it have written theirs."""

    def refuse(row: str) -> str:
        if row == FAILING_ROW:
            raise RuntimeError("this run was told to fail at its last row")
        return row

    return rows.select(udf(refuse)("id").alias("id"))


def run(spark: SparkSession, asked: dict) -> dict:
    """One query to its end."""
    rows = spark.readStream.schema("id STRING").option("header", True).csv(asked["source"])
    if asked["hold"]:
        rows = held(rows, asked["hold"])
    if asked["fail"]:
        rows = failing(rows)
    writer = rows.writeStream.format("csv").option("header", True).option("path", asked["target"])
    try:
        query = writer.option("checkpointLocation", asked["checkpoint"]).trigger(availableNow=True).start()
        query.awaitTermination()
    except Exception as error:  # noqa: BLE001  Spark's errors are of many classes; all are told
        return {"error": str(error)}
    return {"error": None}


def delivered(spark: SparkSession, asked: dict) -> dict:
    """The rows in the output, as a reader that honours the sink's log sees them."""
    if not Path(asked["target"], "_spark_metadata").exists():
        return {"rows": []}
    rows = spark.read.schema("id STRING").option("header", True).csv(asked["target"])
    return {"rows": [row.id for row in rows.collect()]}


def main() -> None:
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", False)
        .config("spark.sql.files.openCostInBytes", 128 * 1024 * 1024)
        .config("spark.sql.streaming.ui.enabled", False)
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    print(json.dumps({"version": spark.version}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = delivered(spark, asked) if asked["do"] == "rows" else run(spark, asked)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

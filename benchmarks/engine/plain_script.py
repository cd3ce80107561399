"""A case as a plain PySpark script: plain_script.py ENGINE CASE SOURCE TARGET REPORT."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.engine.cases import CASES
from benchmarks.engine.timing import Stopwatch


def session(engine: str) -> tuple[Any, Any]:
    """A session, and what must live as long as it does."""
    from pyspark.sql import SparkSession

    if engine == "spark":
        builder = SparkSession.builder.master("local[*]").config("spark.ui.enabled", False)
        spark = builder.config("spark.driver.memory", "4g").getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        return spark, None
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    _, port = server.listening_address
    return SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate(), server


def main(engine: str, name: str, source: str, target: str, report: str) -> None:
    case = next(case for case in CASES if case.name == name)
    spark, _server = session(engine)
    watch = Stopwatch()
    watch.report(report, case.plain(spark, source, target))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

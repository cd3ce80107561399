"""One run of Spark's file source over a folder, as a user's script: readStream, availableNow, a checkpoint.

What it reads goes nowhere (noop), so that Spark pays for no sink. Prints as JSON the rows that it read, the
seconds from the query's start to its end, and the CPU seconds of the JVM.
"""

import json
import os
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession


def main(source: str, checkpoint: str) -> None:
    spark = SparkSession.builder.master("local[*]").config("spark.ui.enabled", False).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    began = time.perf_counter()
    rows = spark.readStream.schema("id STRING").option("header", True).option("recursiveFileLookup", True)
    writer = rows.csv(source).writeStream.format("noop").option("checkpointLocation", checkpoint)
    query = writer.trigger(availableNow=True).start()
    query.awaitTermination()
    seconds = time.perf_counter() - began
    read = sum(progress.numInputRows for progress in query.recentProgress)
    jvm = spark.sparkContext._gateway.proc.pid
    # Fields 14 and 15 of stat(5) are user and system time; the second, a name in brackets, may have spaces.
    fields = Path(f"/proc/{jvm}/stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    print(json.dumps({"read": read, "seconds": seconds, "cpu": cpu}))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The script of table_read.py: how long from_catalog takes to start reading, the engine being started."""

import json
import sys
import time

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "predicates"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
glue.spark_session.range(1).count()
seconds = {}
for number, predicate in enumerate(json.loads(args["predicates"])):
    began = time.perf_counter()
    frame = glue.create_dynamic_frame.from_catalog(
        database="lake",
        table_name="events",
        push_down_predicate=predicate,
        transformation_ctx=f"source{number}",
    )
    started = time.perf_counter()
    rows = frame.count()
    seconds[predicate] = [started - began, time.perf_counter() - started, rows]
job.commit()
print("MEASURED", json.dumps(seconds))

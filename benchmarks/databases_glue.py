"""Our side of databases.py: a Glue script that reads a table with a bookmark, the engine being started."""

import json
import sys
import time

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "options", "expressions"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
glue.spark_session.range(1).count()
began = time.perf_counter()
frame = glue.create_dynamic_frame.from_options(
    "postgresql", json.loads(args["options"]), transformation_ctx="events"
).toDF()
found = [str(value) for value in frame.selectExpr(*json.loads(args["expressions"])).first()]
job.commit()
print("MEASURED", json.dumps([time.perf_counter() - began, found]))

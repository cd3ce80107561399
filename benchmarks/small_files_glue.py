"""The Glue script of the read of small files: it counts their rows."""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "format"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
rows = glue.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["source"]], "recurse": True},
    format=args["format"],
    format_options={"withHeader": True} if args["format"] == "csv" else {},
    transformation_ctx="rows",
)
print("ROWS", rows.toDF().count())
job.commit()

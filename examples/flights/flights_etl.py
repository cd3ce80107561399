"""Flights that left New York, from one CSV file per day to Parquet by month. Runs on AWS Glue unchanged."""

import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source_path", "target_path"])

glue_context = GlueContext(SparkContext.getOrCreate())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)

flights = glue_context.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["source_path"]], "recurse": True},
    format="csv",
    format_options={"withHeader": True},
    transformation_ctx="flights",
)

typed = ApplyMapping.apply(
    frame=flights,
    mappings=[
        ("year", "string", "year", "int"),
        ("month", "string", "month", "int"),
        ("day", "string", "day", "int"),
        ("carrier", "string", "carrier", "string"),
        ("flight", "string", "flight", "int"),
        ("origin", "string", "origin", "string"),
        ("dest", "string", "destination", "string"),
        ("dep_delay", "string", "departure_delay", "double"),
        ("arr_delay", "string", "arrival_delay", "double"),
        ("air_time", "string", "air_time", "double"),
        ("distance", "string", "distance", "double"),
        ("time_hour", "string", "scheduled_hour", "timestamp"),
    ],
    transformation_ctx="typed",
)

glue_context.write_dynamic_frame.from_options(
    frame=typed,
    connection_type="s3",
    connection_options={"path": args["target_path"], "partitionKeys": ["year", "month"]},
    format="parquet",
    transformation_ctx="by_month",
)

job.commit()

"""The job that tools/aws_capture.py runs: reads one source by its bookmark, and notes in S3 what it read."""

import json
import sys
import time

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(
    sys.argv,
    ["JOB_NAME", "kind", "source", "options", "context", "notes_bucket", "notes_key", "fail", "sleep"],
)
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
options = json.loads(args["options"])
if args["kind"] == "catalog":
    database, table = args["source"].split("/")
    rows = glue.create_dynamic_frame.from_catalog(
        database=database,
        table_name=table,
        additional_options=options,
        transformation_ctx=args["context"],
    )
elif args["kind"] == "jdbc":
    connection, table = args["source"].split("/")
    rows = glue.create_dynamic_frame.from_options(
        connection_type=glue.extract_jdbc_conf(connection)["vendor"],
        connection_options={
            "useConnectionProperties": "true",
            "connectionName": connection,
            "dbtable": table,
            **options,
        },
        transformation_ctx=args["context"],
    )
else:
    rows = glue.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [args["source"]], "recurse": True, **options},
        format="json",
        transformation_ctx=args["context"],
    )
found = rows.toDF().collect()
# The ids are those of files that the tool has made; of somebody's table, the number of rows is enough.
read = {"rows": len(found)}
if args["kind"] != "jdbc":
    read["ids"] = sorted(int(row["id"]) for row in found)
boto3.client("s3").put_object(
    Bucket=args["notes_bucket"],
    Key=args["notes_key"] + args["JOB_RUN_ID"] + ".json",
    Body=json.dumps(read).encode(),
)
time.sleep(float(args["sleep"]))
if args["fail"] != "no":
    raise RuntimeError("failed as it was asked to")
job.commit()

"""The Glue script that Placekeeper runs: copies rows. It can be held after the listing, and told to fail."""

import sys
import time
from pathlib import Path

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target", "hold", "fail"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
rows = glue.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["source"]]},
    format="csv",
    format_options={"withHeader": True},
    transformation_ctx="rows",
)
if args["hold"] != "no":
    Path(args["hold"], "listed").touch()
    while not Path(args["hold"], "go").exists():
        time.sleep(0.02)
glue.write_dynamic_frame.from_options(
    frame=rows,
    connection_type="s3",
    connection_options={"path": args["target"]},
    format="csv",
    transformation_ctx="copy",
)
if args["fail"] == "yes":
    raise RuntimeError("this run was told to fail after it had written")
job.commit()

"""A case as a Glue script. Its work ends when job.commit() has returned."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

from benchmarks.engine.cases import CASES
from benchmarks.engine.timing import Stopwatch

args = getResolvedOptions(sys.argv, ["JOB_NAME", "case", "source", "target", "report"])
glue = GlueContext(SparkContext.getOrCreate())
watch = Stopwatch()
job = Job(glue)
job.init(args["JOB_NAME"], args)
case = next(case for case in CASES if case.name == args["case"])
result = case.glue(glue, args["source"], args["target"])
job.commit()
watch.report(args["report"], result)

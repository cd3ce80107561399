"""The names of AWS's interactive shell: `from awsglue.glue_shell import *` gives a GlueContext."""

from pyspark.context import SparkContext

from awsglue.context import GlueContext

sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
welcome_msg = "Placekeeper: sc, glueContext and spark are there."

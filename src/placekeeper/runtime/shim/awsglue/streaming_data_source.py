"""Streaming sources."""

from awsglue._absent import absent


class StreamingDataSource:
    """Not there yet."""

    def __init__(self, j_source, sql_ctx, name):
        absent("a streaming source", "use Spark's own spark.readStream on an engine that has it")

    def setFormat(self, format, **options):
        """Not there yet."""

    def getFrame(self):
        """Not there yet."""

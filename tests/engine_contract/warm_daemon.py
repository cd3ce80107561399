"""The daemon that forks Spark's Python workers, with what they need loaded: each would load it anew."""

import gc

import pandas  # noqa: F401
import pyspark.sql.conversion
import pyspark.sql.pandas.serializers
import pyspark.worker  # noqa: F401
from pyspark.daemon import manager

import placekeeper.runtime.formats.registry
import placekeeper.runtime.frames.relational
import placekeeper.runtime.scan
import placekeeper.runtime.sink  # noqa: F401

if __name__ == "__main__":
    gc.collect()
    gc.freeze()  # workers collect after every task
    manager()

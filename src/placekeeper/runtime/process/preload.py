"""Loading what takes long and every run needs, while nobody waits for it."""

import importlib.util

_MODULES = ("pandas", "pyarrow.parquet", "pyspark.sql", "grpc", "pysail.spark")


def preload() -> None:
    """Load those of the engines' modules that are installed."""
    for module in _MODULES:
        if importlib.util.find_spec(module.partition(".")[0]) is not None:
            importlib.import_module(module)

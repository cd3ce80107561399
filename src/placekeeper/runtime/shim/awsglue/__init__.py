"""The `awsglue` that Glue scripts import, on Placekeeper. Names and signatures are those of AWS Glue 6.0."""

import importlib
import importlib.util
from typing import Any

__all__ = ["DynamicFrame"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: a Python shell job has awsglue.utils, and no Spark to load the rest on.
    if name == "DynamicFrame":
        return importlib.import_module("awsglue.dynamicframe").DynamicFrame
    if not name.startswith("_") and importlib.util.find_spec(f"awsglue.{name}"):
        return importlib.import_module(f"awsglue.{name}")
    raise AttributeError(f"module 'awsglue' has no attribute '{name}'")

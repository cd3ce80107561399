"""A DataFrame together with the schema that its records were found to have."""

from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame

CHOICE_METADATA = {b"placekeeper": b"choice"}
"""Metadata of an Arrow struct field that stands for a choice: one child per type, named as Glue names the
type (`int`, `string`, …), at most one of them not null."""


@dataclass(frozen=True)
class Frame:
    """What a scan yields. `schema` is what the records were found to have, choices marked."""

    dataframe: DataFrame
    schema: pa.Schema

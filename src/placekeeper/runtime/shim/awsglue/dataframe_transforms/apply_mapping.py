"""ApplyMapping of a DataFrame."""

from pyspark.sql import DataFrame

from placekeeper.runtime.frames import mapping
from placekeeper.runtime.frames.schema import from_dataframe


class ApplyMapping:
    """The mapped fields of a DataFrame, as DynamicFrame.apply_mapping makes them."""

    @staticmethod
    def apply(frame: DataFrame, mappings: object) -> DataFrame:
        """Apply the mappings."""
        given, _ = from_dataframe(frame)
        mapped, _ = mapping.apply_mapping(given, mapping.parse_mappings(mappings))
        return mapped.dataframe

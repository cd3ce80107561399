"""ApplyMapping of a DataFrame."""

from pyspark.sql import DataFrame

from placekeeper.runtime.frames import mapping
from placekeeper.runtime.frames.schema import from_dataframe
from placekeeper.runtime.run import current


class ApplyMapping:
    """The mapped fields of a DataFrame, as DynamicFrame.apply_mapping makes them."""

    @staticmethod
    def apply(frame: DataFrame, mappings: object) -> DataFrame:
        """Apply the mappings."""
        given, _ = from_dataframe(frame)
        parsed = mapping.parse_mappings(mappings)
        mapped, notes = mapping.apply_mapping(given, parsed)
        mapping.tell(current.session(), given, mapped, parsed, notes)
        return mapped.dataframe

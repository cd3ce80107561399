"""CREATE TABLE … USING delta LOCATION: the catalog is told of a Delta table that is there.

Source: docs/reference/lake-formats.md#making-a-delta-table.
"""

from typing import Any

from pyspark.errors import AnalysisException

from placekeeper.lake.formats import load
from placekeeper.lake.taken_back import NoTable
from placekeeper.ports.objects import Objects
from placekeeper.rules.catalog.schema_changes import new_table, table_input
from placekeeper.rules.catalog.serdes import PARQUET_HIVE
from placekeeper.runtime.run.sql.names import Name
from placekeeper.runtime.scan.lake_files import frame_schema
from placekeeper.runtime.sql.definitions import DELTA, TableSaid
from placekeeper.runtime.types.spark import spark_type


def delta_definition(name: Name, said: TableSaid, objects: Objects) -> dict[str, Any]:
    """The members of CreateTable for a Delta table, whose columns are in its own log.

    Raises AnalysisException where there is no Delta table, UnsupportedFeature for columns that Spark cannot
    hold, MissingExtra and OSError.
    """
    full = ".".join(name)
    format = load(DELTA, f"CREATE TABLE {full} USING delta")
    try:
        table = format.open(full, {"StorageDescriptor": {"Location": said.location}}, objects)
    except NoTable:
        raise AnalysisException(
            f"[DELTA_TABLE_NOT_FOUND] CREATE TABLE {full} USING delta: there is no Delta table at "
            f"{said.location}. Write it first: df.write.format('delta').save('{said.location}')"
        ) from None
    fields = frame_schema(table.schema, full)
    columns = tuple((field.name.lower(), spark_type(field.type).simpleString()) for field in fields)
    made = new_table(
        columns=columns, keys=(), location=said.location, serde=PARQUET_HIVE, dialect={"separator": None}
    )
    spec = table_input(name[1], made)
    spec["Parameters"] |= {
        "classification": DELTA,
        "spark.sql.sources.provider": DELTA,
        "table_type": DELTA.upper(),
    }
    spec["StorageDescriptor"]["SerdeInfo"]["Parameters"] |= {"path": said.location}
    return {"TableInput": {**spec, "Description": said.comment} if said.comment else spec}

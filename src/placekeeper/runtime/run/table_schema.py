"""The schema of a catalog table, as a script asks for it."""

from pyspark.sql import types as spark_types

from placekeeper.model.catalog import TableRef
from placekeeper.rules.catalog.missing_names import missing_table
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.types.hive import column_type


def table_schema(client: Client, name: tuple[str, str]) -> spark_types.StructType:
    """The columns and the partition keys of a table; `name` has its database.

    Raises EntityNotFoundException, and UnsupportedFeature for a type that Spark does not have.
    """
    database, table = name
    spec = client.definition(TableRef(database=database, name=table)).spec
    if spec is None:
        raise missing_table(database, table, client.table_names(database).names or ())
    shown = f"{database}.{table}"
    columns = (spec.get("StorageDescriptor") or {}).get("Columns") or ()
    return spark_types.StructType(
        [
            spark_types.StructField(
                column["Name"], column_type(column.get("Type") or "string", column["Name"], shown)
            )
            for column in (*columns, *(spec.get("PartitionKeys") or ()))
        ]
    )

"""The kind of a table is what its definition says; what nothing reads is refused by name."""

from typing import Any

import pytest

from placekeeper.model.catalog import TableRef, TableSnapshot
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.table_files import files_of
from placekeeper.rules.catalog.table_kinds import REFUSED, TableKind, kind_of, refusal

CSV = {"SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"}}

SPECS: list[tuple[dict[str, Any], TableKind]] = [
    ({}, TableKind.FILES),
    ({"Parameters": {"classification": "csv"}, "StorageDescriptor": CSV}, TableKind.FILES),
    # A crawler of files notes the connection of its network.
    ({"Parameters": {"connectionName": "vpc"}, "StorageDescriptor": CSV}, TableKind.FILES),
    ({"Parameters": {"table_type": "ICEBERG", "metadata_location": "s3://b/m.json"}}, TableKind.ICEBERG),
    ({"Parameters": {"table_type": "iceberg"}}, TableKind.ICEBERG),
    ({"Parameters": {"spark.sql.sources.provider": "delta"}}, TableKind.DELTA),
    ({"Parameters": {"classification": "delta"}}, TableKind.DELTA),
    ({"Parameters": {"table_type": "DELTA"}}, TableKind.DELTA),
    ({"Parameters": {"spark.sql.sources.provider": "hudi"}}, TableKind.HUDI),
    (
        {"StorageDescriptor": {"InputFormat": "org.apache.hudi.hadoop.HoodieParquetInputFormat"}},
        TableKind.HUDI,
    ),
    ({"Parameters": {"classification": "postgresql", "connectionName": "pg"}}, TableKind.JDBC),
    ({"Parameters": {"classification": "MySQL"}}, TableKind.JDBC),
    ({"StorageDescriptor": {"Parameters": {"classification": "sqlserver"}}}, TableKind.JDBC),
    ({"Parameters": {"connectionName": "pg", "typeOfData": "table"}}, TableKind.JDBC),
    ({"Parameters": {"classification": "dynamodb"}}, TableKind.DYNAMODB),
    ({"Parameters": {"classification": "mongodb", "connectionName": "m"}}, TableKind.MONGODB),
    (
        {"StorageDescriptor": {**CSV, "Parameters": {"typeOfData": "kinesis"}}},
        TableKind.STREAM,
    ),
]


@pytest.mark.parametrize(("spec", "kind"), SPECS)
def test_the_definition_says_the_kind(spec: dict[str, Any], kind: TableKind) -> None:
    assert kind_of(spec) is kind
    assert (refusal("the table d.t", spec) is None) == (kind not in REFUSED)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"Parameters": {"classification": "postgresql", "connectionName": "Shop"}},
            r"the table d\.t is a table of a database",
        ),
        ({"Parameters": {"classification": "dynamodb"}}, "is a table of DynamoDB"),
        ({"Parameters": {"classification": "mongodb"}}, "is a collection of MongoDB"),
        ({"Parameters": {"table_type": "HUDI"}}, "is a Hudi table"),
        ({"Parameters": {"classification": "kafka"}}, "is a table on a stream"),
        ({"Parameters": {"table_type": "ICEBERG"}}, "is an Iceberg table"),
        ({"Parameters": {"classification": "delta"}}, "is a Delta Lake table"),
    ],
)
def test_such_a_table_is_not_read_as_files_and_nobody_hears_of_libraries(
    spec: dict[str, Any], said: str
) -> None:
    snapshot = TableSnapshot(ref=TableRef(database="d", name="t"), spec=spec, partitions=None)
    with pytest.raises(UnsupportedFeature, match=said) as refused:
        files_of(snapshot)
    assert "serialization" not in str(refused.value)

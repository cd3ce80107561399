"""CreateTable makes Iceberg tables that pyiceberg reads and writes through its catalog of the type glue."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError

COLUMNS = [
    {"Name": "id", "Type": "bigint"},
    {"Name": "tags", "Type": "array<struct<name:string,at:timestamp>>"},
    {"Name": "price", "Type": "decimal(9,2)"},
    {"Name": "kind", "Type": "varchar(10)"},
]


@pytest.fixture
def lake(glue: Any) -> Any:
    glue.create_database(DatabaseInput={"Name": "lake"})
    return glue


@pytest.fixture
def iceberg(lake: Any, tmp_path: Path) -> GlueCatalog:
    """pyiceberg's own catalog, at our server."""
    return GlueCatalog("test", lake, warehouse=f"file://{tmp_path}/warehouse")


def create(glue: Any, location: str, **iceberg: Any) -> None:
    glue.create_table(
        DatabaseName="lake",
        TableInput={"Name": "Items", "StorageDescriptor": {"Columns": COLUMNS, "Location": location}},
        OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE", **iceberg}},
    )


def test_columns_with_hives_types_become_a_schema(lake: Any, iceberg: GlueCatalog, tmp_path: Path) -> None:
    create(lake, f"file://{tmp_path}/items")
    table = iceberg.load_table("lake.items")
    assert [str(field.field_type) for field in table.schema().fields] == [
        "long",
        "list<struct<6: name: optional string, 7: at: optional timestamp>>",
        "decimal(9, 2)",
        "string",
    ]
    assert (table.format_version, table.current_snapshot()) == (2, None)
    table.append(pa.table({"id": [1], "kind": ["a"]}))
    assert iceberg.load_table("lake.items").scan().to_arrow()["id"].to_pylist() == [1]
    assert lake.get_table(DatabaseName="lake", Name="items")["Table"]["VersionId"] == "1"


def test_a_schema_with_partitions_is_taken_as_iceberg_spells_it(
    lake: Any, iceberg: GlueCatalog, tmp_path: Path
) -> None:
    wanted = {
        "Location": f"file://{tmp_path}/items",
        "Schema": {
            "Type": "struct",
            "Fields": [
                {"Id": 1, "Name": "id", "Type": "long", "Required": True},
                {"Id": 2, "Name": "at", "Type": "timestamptz", "Required": False},
            ],
        },
        "PartitionSpec": {"Fields": [{"SourceId": 2, "Transform": "day", "Name": "day"}]},
        "Properties": {"write.parquet.compression-codec": "snappy"},
    }
    lake.create_table(
        DatabaseName="lake",
        Name="items",
        OpenTableFormatInput={
            "IcebergInput": {"MetadataOperation": "CREATE", "CreateIcebergTableInput": wanted}
        },
    )
    table = iceberg.load_table("lake.items")
    assert str(table.spec().fields[0]) == "1000: day: day(2)"
    assert table.schema().find_field("id").required
    assert table.properties["write.parquet.compression-codec"] == "snappy"
    columns = lake.get_table(DatabaseName="lake", Name="items")["Table"]["StorageDescriptor"]["Columns"]
    assert [(column["Name"], column["Type"]) for column in columns] == [("id", "bigint"), ("at", "timestamp")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"StorageDescriptor": {"Columns": COLUMNS}}, "needs a location"),
        ({"StorageDescriptor": {"Location": "file:///x", "Columns": []}}, "it has no columns"),
        ({"PartitionKeys": [{"Name": "day"}]}, "PartitionSpec"),
        (
            {"StorageDescriptor": {"Location": "file:///x", "Columns": [{"Name": "a", "Type": "uniontype"}]}},
            "Iceberg does not have such a table",
        ),
    ],
)
def test_what_iceberg_does_not_have(lake: Any, tmp_path: Path, change: dict[str, Any], said: str) -> None:
    spec = {"Name": "t", "StorageDescriptor": {"Columns": COLUMNS, "Location": f"file://{tmp_path}/t"}}
    with pytest.raises(lake.exceptions.InvalidInputException, match=said):
        lake.create_table(
            DatabaseName="lake",
            TableInput=spec | change,
            OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE"}},
        )


def test_a_taken_name_and_another_version(lake: Any, tmp_path: Path) -> None:
    create(lake, f"file://{tmp_path}/items")
    with pytest.raises(lake.exceptions.AlreadyExistsException):
        create(lake, f"file://{tmp_path}/items")
    with pytest.raises(lake.exceptions.InvalidInputException, match="Version is one of 1, 2, not 9"):
        lake.create_table(
            DatabaseName="lake",
            TableInput={"Name": "t", "StorageDescriptor": {"Columns": COLUMNS, "Location": "file:///x"}},
            OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE", "Version": "9"}},
        )


def test_pyicebergs_own_catalog_makes_changes_renames_and_drops(lake: Any, iceberg: GlueCatalog) -> None:
    schema = pa.schema([("id", pa.int64())])
    table = iceberg.create_table("lake.rows", schema)
    with pytest.raises(TableAlreadyExistsError):
        iceberg.create_table("lake.rows", schema)
    other = iceberg.load_table("lake.rows")
    with table.update_schema() as update:
        update.add_column("name", table.schema().find_type("id"))
    with pytest.raises(CommitFailedException), other.update_schema() as update:
        update.add_column("price", table.schema().find_type("id"))
    assert iceberg.list_tables("lake") == [("lake", "rows")]
    renamed = iceberg.rename_table("lake.rows", "lake.lines")
    assert renamed.schema().column_names == ["id", "name"]
    iceberg.drop_table("lake.lines")
    with pytest.raises(NoSuchTableError):
        iceberg.load_table("lake.lines")

"""awswrangler (AWS SDK for pandas) opens what sinks have registered, also after the schema has grown."""

from typing import Any

import pytest

pytestmark = pytest.mark.clients

SINK = """\
df = glue.spark_session.sql('''SELECT * FROM VALUES ROWS''')
sink = glue.getSink(
    path=args["target"],
    connection_type="s3",
    updateBehavior="UPDATE_IN_DATABASE",
    partitionKeys=["year", "part"],
    compression="snappy",
    enableUpdateCatalog=True,
    transformation_ctx="sink",
)
sink.setCatalogInfo(catalogDatabase="shop", catalogTableName="Sales")
sink.setFormat("glueparquet")
sink.writeFrame(DynamicFrame.fromDF(df, glue, "rows"))
job.commit()
"""
FIRST = SINK.replace(
    "ROWS",
    """
    (1, 1Y, 2L, 1.5D, 2.50BD, 'a', true, date'2024-02-29', timestamp'2024-02-29 01:02:03', array(1, 2),
     named_struct('x', 1, 'y', 'b'), 2024, 'eu/west'),
    (2, 2Y, 3L, 2.5D, 3.75BD, null, false, null, null, null, null, 2025, 'us')
    AS t(id, tiny, big, ratio, price, name, flag, day, at, items, nested, year, part)""",
)
GROWN = SINK.replace(
    "ROWS",
    """
    (3, 'new', 2.5D, 2025, 'us'), (4, 'old', 3.5D, 2026, 'us')
    AS t(id, name, more, year, part)""",
)
WIDER = SINK.replace(
    "ROWS",
    """
    (3000000000, 2026, 'us')
    AS t(id, year, part)""",
)

TYPES = {
    "id": "int",
    "tiny": "tinyint",
    "big": "bigint",
    "ratio": "double",
    "price": "decimal(3,2)",
    "name": "string",
    "flag": "boolean",
    "day": "date",
    "at": "timestamp",
    "items": "array<int>",
    "nested": "struct<x:int,y:string>",
}
KEYS = {"year": "int", "part": "string"}

SEES = """\
import json
import sys

import awswrangler as wr
import pandas as pd

bucket, = sys.argv[1:]
said = {}
catalog = wr.catalog
said["databases"] = sorted(catalog.databases()["Database"])
said["tables"] = [
    [table["Name"] for table in catalog.get_tables(**given)]
    for given in (
        {"database": "shop"},
        {"database": "shop", "name_contains": "ale"},
        {"database": "shop", "name_prefix": "sa"},
        {"database": "shop", "name_suffix": "es"},
        {"database": "shop", "name_prefix": "x"},
        {"name_contains": "ale"},
    )
]
said["frame"] = catalog.tables(database="shop", name_contains="sales").to_dict("records")
said["search"] = [table["Name"] for table in catalog.search_tables(text="sales")]
said["exists"] = [catalog.does_table_exist("shop", name) for name in ("sales", "Sales", "none")]
said["types"] = catalog.get_table_types("shop", "sales")
said["columns"] = catalog.table("shop", "sales").to_dict("records")
said["location"] = catalog.get_table_location("shop", "sales")
said["parameters"] = catalog.get_table_parameters("shop", "sales")
said["description"] = catalog.get_table_description("shop", "sales")
said["comments"] = catalog.get_columns_comments("shop", "sales")
said["of_columns"] = catalog.get_columns_parameters("shop", "sales")
said["partitions"] = catalog.get_partitions("shop", "sales")
said["parquet"] = catalog.get_parquet_partitions("shop", "sales", expression="year = 2024")
versions = catalog.get_table_versions("shop", "sales")
said["versions"] = [catalog.get_table_number_of_versions("shop", "sales"), len(versions)]
mixed = {"database": "shop", "table": "sales", "validate_schema": False}
rows = json.loads(wr.s3.read_parquet_table(**mixed).to_json(orient="records", date_format="iso"))
said["rows"] = sorted(rows, key=lambda row: row["id"])
some = wr.s3.read_parquet_table(**mixed, partition_filter=lambda values: values["year"] == "2025")
said["some"] = sorted(some["id"].tolist())
few = wr.s3.read_parquet_table(**mixed, columns=["id", "year"])
said["few"] = sorted(few["id"].tolist())
print("SAID", json.dumps(said, default=str))
"""

READS_BY_ARROW = """\
import json
import os

import awswrangler as wr
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs
from awswrangler._data_types import athena2pyarrow

said = {"types": wr.catalog.get_table_types("shop", "sales")}
types = [(name, type) for name, type in said["types"].items() if name not in ("year", "part")]
schema = pa.schema([(name, athena2pyarrow(type)) for name, type in types])
paths = [path for place in wr.catalog.get_partitions("shop", "sales") for path in wr.s3.list_objects(place)]
s3 = pa.fs.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL_S3"])
files = ds.dataset([path.removeprefix("s3://") for path in paths], schema=schema, filesystem=s3)
said["ids"] = sorted(files.to_table(columns=["id"])["id"].to_pylist())
print("SAID", json.dumps(said))
"""


def test_it_opens_what_sinks_have_registered(lab: Any) -> None:
    lab.dev.glue.create_database(DatabaseInput={"Name": "shop"})
    lab.run_glue(FIRST)
    said = lab.said(SEES)
    assert said["databases"] == ["shop"]
    assert said["tables"] == [["sales"]] * 4 + [[], ["sales"]]
    (frame,) = said["frame"]
    assert (frame["TableType"], frame["Columns"]) == ("EXTERNAL_TABLE", ", ".join(TYPES))
    assert frame["Partitions"] == "year, part"
    assert said["search"] == ["sales"]
    assert said["exists"] == [True, True, False]
    assert list(said["types"].items()) == list({**TYPES, **KEYS}.items())
    assert [column["Column Name"] for column in said["columns"] if column["Partition"]] == list(KEYS)
    assert said["parameters"].items() >= {"classification": "parquet", "CreatedByJob": "copy"}.items()
    root = lab.workspace.place.url("out")
    assert said["location"] == root
    places = {
        f"{root}/year=2024/part=eu%2Fwest/": ["2024", "eu/west"],
        f"{root}/year=2025/part=us/": ["2025", "us"],
    }
    assert said["partitions"] == places
    assert said["parquet"] == dict([*places.items()][:1])
    assert said["versions"] == [1, 1]
    assert [(row["id"], row["price"], row["nested"]) for row in said["rows"]] == [
        (1, 2.5, {"x": 1, "y": "b"}),
        (2, 3.75, None),
    ]
    assert (said["some"], said["few"]) == ([2], [1, 2])

    lab.run_glue(GROWN)
    grown = lab.said(SEES)
    assert list(grown["types"].items()) == list({**TYPES, "more": "double", **KEYS}.items())
    assert sorted(grown["partitions"].values()) == [["2024", "eu/west"], ["2025", "us"], ["2026", "us"]]
    assert [(row["id"], row["more"]) for row in grown["rows"]] == [(1, None), (2, None), (3, 2.5), (4, 3.5)]
    assert grown["versions"] == [2, 2]

    lab.run_glue(WIDER)  # awswrangler joins no int with a bigint; Arrow does, when it is told the types
    wider = lab.said(READS_BY_ARROW)
    assert wider["types"] == {**TYPES, "id": "bigint", "more": "double", **KEYS}
    assert wider["ids"] == [1, 2, 3, 4, 3_000_000_000]

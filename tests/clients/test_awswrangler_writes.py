"""awswrangler makes tables, partitions and files, and jobs read and write them."""

from typing import Any

import pytest

pytestmark = pytest.mark.clients

WRITES = """\
import json
import sys

import awswrangler as wr
import pandas as pd

bucket, = sys.argv[1:]
said = {}
catalog, s3 = wr.catalog, wr.s3
place = f"s3://{bucket}/lake"
catalog.create_database("lake", exist_ok=True, description="first")
catalog.create_database("lake", exist_ok=True, description="second")

frame = pd.DataFrame({"id": [1, 2], "name": ["a", None], "Some Name": [1.5, 2.5], "day": ["mon", "tue"]})
given = {"dataset": True, "database": "lake", "table": "rows", "partition_cols": ["day"]}
s3.to_parquet(frame, f"{place}/rows/", **given, mode="overwrite", glue_table_settings={
    "description": "of rows", "parameters": {"owner": "us"}, "columns_comments": {"id": "the number"}
})
s3.to_parquet(frame.assign(id=[3, 4], day="wed"), f"{place}/rows/", **given, mode="append")
s3.to_parquet(frame.assign(id=[5, 6], day="wed"), f"{place}/rows/", **given, mode="overwrite_partitions")
s3.to_parquet(frame.assign(id=[7, 8], more=True), f"{place}/rows/", **given, schema_evolution=True)
try:
    s3.to_parquet(frame.assign(other=True), f"{place}/rows/", **given, schema_evolution=False)
except wr.exceptions.InvalidArgumentValue as error:
    said["refused"] = str(error)
said["types"] = catalog.get_table_types("lake", "rows")
said["description"] = catalog.get_table_description("lake", "rows")
said["comments"] = {name: said for name, said in catalog.get_columns_comments("lake", "rows").items() if said}
said["parameters"] = [
    catalog.get_table_parameters("lake", "rows")["owner"],
    catalog.upsert_table_parameters({"source": "mine"}, "lake", "rows")["source"],
    sorted(catalog.get_table_parameters("lake", "rows").keys() & {"owner", "source"}),
]
kept = catalog.get_table_parameters("lake", "rows")
catalog.overwrite_table_parameters({**kept, "source": "yours"}, "lake", "rows")
said["overwritten"] = catalog.get_table_parameters("lake", "rows")["source"]
catalog.add_column("lake", "rows", "late", "string", column_comment="last")
said["added"] = list(catalog.get_table_types("lake", "rows"))
catalog.delete_column("lake", "rows", "late")
said["deleted"] = list(catalog.get_table_types("lake", "rows"))
said["partitions"] = catalog.get_partitions("lake", "rows")
catalog.delete_partitions("rows", "lake", [["mon"], ["absent"]])
said["fewer"] = catalog.get_partitions("lake", "rows")
catalog.add_parquet_partitions("lake", "rows", {f"{place}/rows/day=mon/": ["mon"]})
catalog.add_parquet_partitions("lake", "rows", {f"{place}/rows/day=mon/": ["mon"]})  # it is there already
said["again"] = catalog.get_parquet_partitions("lake", "rows", expression="day = 'mon'")
many = {f"{place}/rows/day=d{n}/": [f"d{n}"] for n in range(230)}
catalog.add_parquet_partitions("lake", "rows", many)
said["many"] = len(catalog.get_partitions("lake", "rows"))
catalog.delete_partitions("rows", "lake", list(many.values()))
said["rows"] = sorted(s3.read_parquet_table("rows", "lake", validate_schema=False)["id"].tolist())

for form, write in (("csv", s3.to_csv), ("json", s3.to_json), ("orc", s3.to_orc)):
    more = {"index": False, "orient": "records", "lines": True} if form == "json" else {"index": False}
    plain = frame.rename(columns={"Some Name": "ratio"})
    write(plain, path=f"{place}/{form}/", **more, **{**given, "table": f"of_{form}"})
    write(plain.assign(day="new"), path=f"{place}/{form}/", **more, **{**given, "table": f"of_{form}"})
    values = catalog.get_partitions("lake", f"of_{form}").values()
    said[form] = [catalog.get_table_types("lake", f"of_{form}"), sorted(values)]
catalog.add_csv_partitions("lake", "of_csv", {f"{place}/csv/day=x/": ["x"]})
said["of_csv"] = catalog.get_csv_partitions("lake", "of_csv", expression="day = 'x'")
catalog.add_json_partitions("lake", "of_json", {f"{place}/json/day=x/": ["x"]})
catalog.add_orc_partitions("lake", "of_orc", {f"{place}/orc/day=x/": ["x"]})
said["x"] = [len(catalog.get_partitions("lake", f"of_{form}")) for form in ("csv", "json", "orc")]
of_csv = catalog.get_partitions("lake", "of_csv")
catalog.delete_all_partitions("of_csv", "lake")
said["none"] = catalog.get_partitions("lake", "of_csv")
catalog.add_csv_partitions("lake", "of_csv", of_csv)
said["orc rows"] = sorted(s3.read_orc_table("of_orc", "lake")["id"].tolist())

types = {"id": "bigint", "name": "string"}
keys = {"partitions_types": {"day": "string"}, "compression": "snappy"}
catalog.create_parquet_table("lake", "made_parquet", f"{place}/made/", types, **keys)
catalog.create_csv_table("lake", "made_csv", f"{place}/made/", types, skip_header_line_count=1)
catalog.create_json_table("lake", "made_json", f"{place}/made/", types)
catalog.create_orc_table("lake", "made_orc", f"{place}/made/", types)
found, _, _ = s3.store_parquet_metadata(f"{place}/rows/", "lake", "stored", dataset=True)
said["stored"] = [found, sorted(catalog.get_partitions("lake", "stored").values())]
said["tables"] = sorted(table["Name"] for table in catalog.get_tables(database="lake"))
said["made"] = [table["Name"] for table in catalog.get_tables(database="lake", name_prefix="made_")]
said["ends"] = [table["Name"] for table in catalog.get_tables(database="lake", name_suffix="_csv")]
said["gone"] = [catalog.delete_table_if_exists("lake", "made_orc") for _ in range(2)]
said["versions"] = catalog.get_table_number_of_versions("lake", "rows")
catalog.create_database("empty")
catalog.delete_database("empty")
said["databases"] = sorted(database["Name"] for database in catalog.get_databases())
print("SAID", json.dumps(said, default=str))
"""
READS = """\
for table in ("rows", "of_csv", "of_json", "of_orc"):
    frame = glue.create_dynamic_frame.from_catalog("lake", table, transformation_ctx=table)
    print("ids", table, sorted(row["id"] for row in frame.toDF().collect()))
df = glue.spark_session.sql("SELECT * FROM VALUES (9L, 'z', 9.5D, 'sun') AS t(id, name, some_name, day)")
frame = DynamicFrame.fromDF(df, glue, "rows")
glue.write_dynamic_frame_from_catalog(
    frame,
    "lake",
    "rows",
    additional_options={
        "partitionKeys": ["day"], "enableUpdateCatalog": True, "updateBehavior": "UPDATE_IN_DATABASE"
    },
)
job.commit()
"""

SEES_MORE = """\
import json

import awswrangler as wr

rows = wr.s3.read_parquet_table("rows", "lake", validate_schema=False)
said = {"ids": sorted(rows["id"].tolist()), "days": sorted(set(rows["day"]))}
print("SAID", json.dumps(said))
"""


def test_jobs_and_it_share_tables(lab: Any) -> None:
    said = lab.said(WRITES)
    assert "New column other with type boolean" in said["refused"]
    columns = ["id", "name", "some_name", "more"]
    assert list(said["types"]) == said["deleted"] == [*columns, "day"]
    assert said["added"] == [*columns, "late", "day"]
    assert (said["description"], said["comments"]) == ("of rows", {"id": "the number"})
    assert said["parameters"] == ["us", "mine", ["owner", "source"]]
    assert said["overwritten"] == "yours"
    assert sorted(said["partitions"].values()) == [["mon"], ["tue"], ["wed"]]
    assert sorted(said["fewer"].values()) == [["tue"], ["wed"]]
    assert [*said["again"].values()] == [["mon"]]
    assert (said["many"], said["rows"]) == (233, [1, 2, 5, 6, 7, 8])
    types = {"id": "bigint", "name": "string", "ratio": "double", "day": "string"}
    for form in ("csv", "json", "orc"):
        assert said[form] == [types, [["mon"], ["new"], ["tue"]]]
    assert ([*said["of_csv"].values()], said["x"], said["none"]) == ([["x"]], [4, 4, 4], {})
    assert said["orc rows"] == [1, 1, 2, 2]
    assert said["stored"] == [
        dict(zip(columns, ["bigint", "string", "double", "boolean"], strict=True)),
        [["mon"], ["tue"], ["wed"]],
    ]
    made = [f"made_{form}" for form in ("csv", "json", "orc", "parquet")]
    assert said["tables"] == [*made, "of_csv", "of_json", "of_orc", "rows", "stored"]
    assert (said["made"], said["ends"]) == (made, ["made_csv", "of_csv"])
    assert (said["gone"], said["databases"]) == ([True, False], ["lake"])

    ran = lab.run_glue(READS)
    ids = [line for line in ran.error.splitlines() if line.startswith("ids ")]
    others = [f"ids of_{form} [1, 1, 2, 2]" for form in ("csv", "json", "orc")]
    assert ids == ["ids rows [1, 2, 5, 6, 7, 8]", *others]
    more = lab.said(SEES_MORE)
    assert more == {"ids": [1, 2, 5, 6, 7, 8, 9], "days": ["mon", "sun", "tue", "wed"]}

"""Airflow's Amazon provider: the operators, the sensor and the hook of the Data Catalog."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.clients

DAG = """\
import datetime
import json
import os

from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.providers.amazon.aws.operators.glue_catalog import (
    GlueCatalogBatchDeletePartitionOperator,
    GlueCatalogCreateDatabaseOperator,
    GlueCatalogCreatePartitionOperator,
    GlueCatalogCreateTableOperator,
    GlueCatalogDeleteDatabaseOperator,
    GlueCatalogDeleteTableOperator,
)
from airflow.providers.amazon.aws.sensors.glue_catalog_partition import GlueCatalogPartitionSensor
from airflow.sdk import DAG, task

PLACE = os.environ["PLACE"]
STORAGE = {"Columns": [{"Name": "id", "Type": "bigint"}], "Location": PLACE}
TABLE = {
    "StorageDescriptor": STORAGE,
    "PartitionKeys": [{"Name": "day", "Type": "string"}],
    "TableType": "EXTERNAL_TABLE",
}
OF = {"database_name": "shop", "table_name": "rows"}


def partition(day):
    return {"Values": [day], "StorageDescriptor": {**STORAGE, "Location": f"{PLACE}/day={day}/"}}


with DAG("cataloguing", schedule=None, start_date=datetime.datetime(2026, 1, 1)):

    @task
    def asks():
        hook = GlueCatalogHook(aws_conn_id="aws_default")
        hook.create_partition("shop", "rows", partition("tue"))
        said = {
            "partitions": sorted(hook.get_partitions("shop", "rows", expression="day >= 'mon'", page_size=1)),
            "there": [hook.check_for_partition("shop", "rows", f"day='{day}'") for day in ("tue", "wed")],
            "table": hook.get_table("shop", "rows")["Name"],
            "location": hook.get_table_location("shop", "rows"),
            "partition": hook.get_partition("shop", "rows", ["tue"])["StorageDescriptor"]["Location"],
        }
        print("SAID", json.dumps(said))

    databases = [
        GlueCatalogCreateDatabaseOperator(task_id=f"database_{n}", database_name="shop", description="first",
                                          parameters={"a": "b"}, tags={"team": "data"})
        for n in (1, 2)
    ]
    tables = [GlueCatalogCreateTableOperator(task_id=f"table_{n}", table_input=TABLE, **OF) for n in (1, 2)]
    partitions = [
        GlueCatalogCreatePartitionOperator(task_id=f"partition_{n}", partition_input=partition("mon"), **OF)
        for n in (1, 2)
    ]
    given = {**OF, "expression": "day='mon'", "poke_interval": 1}
    senses = [
        GlueCatalogPartitionSensor(task_id="poked", **given),
        GlueCatalogPartitionSensor(task_id="deferred", deferrable=True, **given),
    ]
    ends = [
        GlueCatalogBatchDeletePartitionOperator(
            task_id="no_partitions", partitions_to_delete=[{"Values": [day]} for day in ("mon", "sun")], **OF
        ),
        GlueCatalogDeleteTableOperator(task_id="no_table", **OF),
        GlueCatalogDeleteDatabaseOperator(task_id="no_database", database_name="shop"),
    ]
    steps = [*databases, *tables, *partitions, *senses, asks(), *ends]
    for before, after in zip(steps, steps[1:]):
        before >> after
"""


def test_operators_sensor_and_hook(lab: Any, dag: Any) -> None:
    place = lab.workspace.place.url("rows")
    lines = dag("cataloguing", DAG, PLACE=place).splitlines()
    (said,) = [json.loads(line[line.index("SAID ") + 5 :]) for line in lines if "SAID {" in line]
    assert said == {
        "partitions": [["mon"], ["tue"]],
        "there": [True, False],
        "table": "rows",
        "location": place,
        "partition": f"{place}/day=tue/",
    }
    assert lab.dev.glue.get_databases()["DatabaseList"] == []

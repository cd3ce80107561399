"""A database behind a connection of the catalog, by the installed command: crawled, read on, and written."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from database_servers import Place, postgres_place
from dev import running_dev
from placekeeper.rules.databases.jdbc_urls import url_of
from workspace import Workspace

SCRIPT = """\
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glue = GlueContext(SparkContext())
job = Job(glue)
job.init(args["JOB_NAME"], args)
orders = glue.create_dynamic_frame.from_catalog(
    database="shop", table_name="THE_TABLE", transformation_ctx="orders",
    additional_options={"jobBookmarkKeys": ["id"], "jobBookmarkKeysSortOrder": "asc"},
)
mapped = ApplyMapping.apply(
    frame=orders, mappings=[("id", "int", "id", "int"), ("amount", "decimal(10,2)", "total", "decimal(10,2)")]
)
glue.write_dynamic_frame.from_jdbc_conf(
    frame=mapped,
    catalog_connection="pg",
    connection_options={"dbtable": "copies", "database": "THE_DATABASE"},
)
job.commit()
"""


@pytest.fixture
def place(postgres: Any) -> Place:
    made = postgres_place(postgres)
    made.run(
        "CREATE TABLE orders (id int PRIMARY KEY, amount numeric(10, 2), note text)",
        "INSERT INTO orders VALUES (1, 1.5, 'a'), (2, 2.5, NULL)",
    )
    return made


def test_a_job_reads_on_by_the_keys_of_a_table_that_a_crawl_has_found(
    local: Workspace, place: Place, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets.json"
    login = {"username": place.login.user, "password": place.login.password}
    secrets.write_text(json.dumps({"shop/pg": login}))
    local.environ["PLACEKEEPER_SECRETS_FILE"] = str(secrets)
    database = place.login.database
    with running_dev(local) as dev:
        glue = dev.glue
        glue.create_database(DatabaseInput={"Name": "shop"})
        properties = {"JDBC_CONNECTION_URL": url_of(place.login), "SECRET_ID": "shop/pg"}
        glue.create_connection(
            ConnectionInput={"Name": "pg", "ConnectionType": "JDBC", "ConnectionProperties": properties}
        )
        glue.test_connection(ConnectionName="pg")
        wrong = {"JDBC_CONNECTION_URL": url_of(place.login), "USERNAME": "u", "PASSWORD": "not-the-word"}
        with pytest.raises(glue.exceptions.FederationSourceException, match="Check user and password"):
            glue.test_connection(
                TestConnectionInput={"ConnectionType": "JDBC", "ConnectionProperties": wrong}
            )
        assert "not-the-word" not in (local.folder / "dev.log").read_text()
        targets = {"JdbcTargets": [{"ConnectionName": "pg", "Path": f"{database}/public/ord%"}]}
        glue.create_crawler(Name="c", Role="r", DatabaseName="shop", Targets=targets)
        crawl(glue)
        [table] = glue.get_tables(DatabaseName="shop")["TableList"]
        assert table["Name"] == f"{database}_public_orders"
        assert [(one["Name"], one["Type"]) for one in table["StorageDescriptor"]["Columns"]] == [
            ("id", "int"),
            ("amount", "decimal(10,2)"),
            ("note", "string"),
        ]
        script = local.script(SCRIPT.replace("THE_TABLE", table["Name"]).replace("THE_DATABASE", database))
        first = local.run(script)
        assert first.code == 0, first.error
        assert place.fetch("SELECT id, total FROM copies ORDER BY id") == place.fetch(
            "SELECT id, amount FROM orders ORDER BY id"
        )
        assert "1 of 1 source tracked" in first.error
        place.run("INSERT INTO orders VALUES (3, 3.5, 'c')")
        basic = {"Username": place.login.user, "Password": place.login.password}
        by_basic = {
            "Name": "pg",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {"JDBC_CONNECTION_URL": url_of(place.login)},
            "AuthenticationConfiguration": {
                "AuthenticationType": "BASIC",
                "BasicAuthenticationCredentials": basic,
            },
        }
        glue.update_connection(Name="pg", ConnectionInput=by_basic)
        secrets.unlink()
        glue.test_connection(ConnectionName="pg")
        local.run(script)
        assert [row[0] for row in place.fetch("SELECT id FROM copies ORDER BY id")] == [1, 2, 3]
        assert place.login.password not in first.error + first.output
        place.run("DROP TABLE orders CASCADE")
        crawl(glue)
        [gone] = glue.get_tables(DatabaseName="shop")["TableList"]
        assert "DEPRECATED_BY_CRAWLER" in gone["Parameters"]


def crawl(glue: Any) -> None:
    """Crawl to the end."""
    glue.start_crawler(Name="c")
    deadline = time.monotonic() + 60
    while glue.get_crawler(Name="c")["Crawler"]["State"] != "READY":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    last = glue.get_crawler(Name="c")["Crawler"]["LastCrawl"]
    assert last["Status"] == "SUCCEEDED", last

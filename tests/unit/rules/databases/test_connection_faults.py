"""What is certainly wrong with the address of a connection, and what may be right."""

import pytest

from placekeeper.rules.databases.connection_faults import connection_fault


def fault(url: str, kind: str = "JDBC", **more: str) -> str:
    return connection_fault(
        {"ConnectionType": kind, "ConnectionProperties": {"JDBC_CONNECTION_URL": url, **more}}
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://db/shop", "ConnectionProperties.JDBC_CONNECTION_URL does not begin with jdbc: as"),
        ("jdbc:postgresql://db:99999/shop", "JDBC_CONNECTION_URL has a port that is no number from 1 to"),
        ("jdbc:mysql://db:port/shop", "has a port that is no number from 1 to 65535. An example: jdbc:my"),
        ("jdbc:mysql:db/shop", "has no // after jdbc:mysql:"),
        ("jdbc:postgresql://:5432/shop", "has no server where it belongs"),
        ("jdbc:postgresql://me:hunter2@db/shop", "has a user before the server: give user and password as"),
        ("jdbc:oracle:thin:@:1521:SHOP", "has no server where it belongs"),
        ("jdbc:sqlserver://db;shop", "has properties, ;NAME=VALUE;NAME=VALUE, of which number 1 is none"),
        ("jdbc:snowflake:///?db=SHOP", "has no account"),
    ],
)
def test_a_url_that_no_driver_takes_is_a_fault(url: str, sentence: str) -> None:
    assert sentence in fault(url)
    assert "hunter2" not in fault(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "jdbc:db2://h:50000/SAMPLE",
        "jdbc:sap://h:30015/?databaseName=X",
        "jdbc:postgresql://db:5432/shop",
        "jdbc:postgresql://one,two/shop",
        "jdbc:mysql:replication://one,two/shop",
        "jdbc:mysql://${user}:${password}@${host}:${port}/${dbname}",
        "jdbc:oracle:oci:@SHOP",
        "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=h)(PORT=1521)))",
        "jdbc:redshift:iam://cluster.abc.eu-central-1.redshift.amazonaws.com:5439/dev",
        "jdbc:sqlite::memory:",
    ],
)
def test_what_a_driver_may_take_is_none(url: str) -> None:
    assert fault(url) == ""


def test_a_port_of_its_own_is_looked_at_where_the_product_is_known() -> None:
    assert fault("", HOST="db", PORT="99999").startswith("ConnectionProperties.PORT has a port that is no")
    assert fault("", "MYSQL", HOST="db", PORT="x").startswith("ConnectionProperties.PORT has a port that")
    assert fault("", "MYSQL", HOST="db", PORT="${port}") == ""
    assert fault("", "KAFKA", PORT="x") == ""
    assert fault("kafka://x", "CUSTOM") == ""
    spark = {"ConnectionType": "JDBC", "SparkProperties": {"JDBC_CONNECTION_URL": "jdbc:mysql:x"}}
    assert connection_fault(spark).startswith("SparkProperties.JDBC_CONNECTION_URL has no // after")


def test_a_name_of_a_server_that_nobody_can_look_up_is_a_fault() -> None:
    long = "h" * 64
    assert fault(f"jdbc:mysql://{long}.example.com/shop").startswith(
        "ConnectionProperties.JDBC_CONNECTION_URL has a server whose name cannot be looked up"
    )
    assert fault("", "MYSQL", HOST=long).startswith("ConnectionProperties.HOST has a server whose name")
    assert fault("", "MYSQL", HOST="h" * 63) == fault("", "MYSQL", HOST="${" + long + "}") == ""
    assert fault("", "KAFKA", HOST=long) == ""

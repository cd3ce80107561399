"""JDBC URLs, as each product spells them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.databases import Login
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.databases.jdbc_urls import (
    PRODUCTS,
    default_port,
    login_of,
    url_of,
    url_without_database,
)

PLACE = "the option url"


def login(product: str, host: str, port: int, database: str, **more: str) -> Login:
    user, password = more.pop("user", ""), more.pop("password", "")
    return Login(
        product=product,
        host=host,
        port=port,
        database=database,
        user=user,
        password=password,
        parameters=more,
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "jdbc:postgresql://db.example:6432/shop?sslmode=require",
            login("postgresql", "db.example", 6432, "shop", sslmode="require"),
        ),
        (
            "jdbc:postgresql://db/shop?user=a&password=b%26c",
            login("postgresql", "db", 5432, "shop", user="a", password="b&c"),
        ),
        ("jdbc:postgresql:shop", login("postgresql", "localhost", 5432, "shop")),
        ("jdbc:postgresql://[::1]:5433/shop", login("postgresql", "::1", 5433, "shop")),
        ("jdbc:postgresql://db/my%20shop", login("postgresql", "db", 5432, "my shop")),
        ("JDBC:MySQL://db/shop?useSSL=false", login("mysql", "db", 3306, "shop", useSSL="false")),
        ("jdbc:mysql://u:p%40@db:3307/shop", login("mysql", "db", 3307, "shop", user="u", password="p@")),
        ("jdbc:mysql://db:3306", login("mysql", "db", 3306, "")),
        ("jdbc:mariadb://db/shop", login("mariadb", "db", 3306, "shop")),
        ("jdbc:sqlite:/data/shop.db", login("sqlite", "", 0, "/data/shop.db")),
        ("jdbc:sqlite:///data/shop.db", login("sqlite", "", 0, "/data/shop.db")),
        ("jdbc:sqlite:file:shop.db?mode=ro", login("sqlite", "", 0, "shop.db", mode="ro")),
        (
            "jdbc:sqlserver://db;databaseName=shop;encrypt=true",
            login("sqlserver", "db", 1433, "shop", encrypt="true"),
        ),
        (
            r"jdbc:sqlserver://db\fast:1434;Database=shop;userName=sa;password={a;b}}c}",
            login("sqlserver", "db", 1434, "shop", user="sa", password="a;b}c", instanceName="fast"),
        ),
        ("jdbc:sqlserver://;serverName=db;portNumber=99", login("sqlserver", "db", 99, "")),
        ("jdbc:oracle:thin:@//db:1522/SHOP", login("oracle", "db", 1522, "SHOP")),
        ("jdbc:oracle:thin://@db:1521/SHOP", login("oracle", "db", 1521, "SHOP")),
        ("jdbc:oracle:thin:@db:1521:ORCL", login("oracle", "db", 1521, "ORCL", sid="true")),
        (
            "jdbc:oracle:thin:scott/tiger@db/SHOP",
            login("oracle", "db", 1521, "SHOP", user="scott", password="tiger"),
        ),
        ("jdbc:redshift://c.example:5439/dev", login("redshift", "c.example", 5439, "dev")),
        (
            "jdbc:snowflake://a.snowflakecomputing.com/?db=SHOP&warehouse=WH&user=u",
            login("snowflake", "a.snowflakecomputing.com", 443, "SHOP", user="u", warehouse="WH"),
        ),
    ],
)
def test_each_spelling_names_its_database(url: str, expected: Login) -> None:
    assert login_of(url, PLACE) == expected
    without_user = Login(
        product=expected.product,
        host=expected.host,
        port=expected.port,
        database=expected.database,
        parameters=expected.parameters,
    )
    assert login_of(url_of(expected), PLACE) == without_user


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgres://db/shop", "the option url does not begin with jdbc: "),
        (
            "jdbc:postgresql://db:54x/shop",
            "has a port that is no number from 1 to 65535. An example: jdbc:",
        ),
        ("jdbc:postgresql://db:0/shop", "has a port that is no number"),
        ("jdbc:postgresql://a,b/shop", "names several servers, and one"),
        ("jdbc:postgresql://me:hidden@db/shop", "has a user before the server"),
        ("jdbc:mysql:shop", "has no // after jdbc:mysql:"),
        ("jdbc:mysql:replication://a/shop", "has replication:, which spreads"),
        ("jdbc:mysql://db/shop?useSSL", "of which number 1 is none"),
        ("jdbc:sqlite::memory:", "names no file"),
        ("jdbc:sqlserver://db;shop", "of which number 1 is none"),
        ("jdbc:sqlserver://db;password={x", "does not end with }"),
        ("jdbc:oracle:oci:@db", "has no thin after jdbc:oracle:"),
        ("jdbc:oracle:thin:db/SHOP", "has no @ before the server"),
        ("jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=…))", "name the server, the port and the service instead"),
        ("jdbc:redshift:iam://c/dev", "by IAM, which Placekeeper does not do"),
        ("jdbc:snowflake:///?db=x", "has no account"),
        (f"jdbc:mysql://{'hidden' * 11}/shop", "has a server whose name cannot be looked up"),
        (f"jdbc:sqlserver://;serverName={'h' * 64}.de", "each part between its dots has from 1 to 63 char"),
        ("jdbc:postgresql://db..example.com/shop", "has a server whose name cannot be looked up"),
        (f"jdbc:oracle:thin:@//{'ü' * 60}/SHOP", "has a server whose name cannot be looked up"),
    ],
)
def test_a_wrong_url_is_told_with_its_place_and_an_example(url: str, sentence: str) -> None:
    with pytest.raises((UnsupportedFeature, UsageError)) as raised:
        login_of(url, PLACE)
    said = str(raised.value)
    assert sentence in said
    assert said.startswith(PLACE)
    assert "jdbc:" in said.rpartition("such as" if "such as" in said else "An example")[2]
    assert "hidden" not in said


@pytest.mark.parametrize(
    "url",
    [
        "jdbc:postgresql://a,b/shop",
        "jdbc:mysql:replication://a/shop",
        "jdbc:mysql://db/shop?useSSL",
        "jdbc:sqlite::memory:",
        "jdbc:oracle:oci:@db",
        "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=…))",
        "jdbc:redshift:iam://c/dev",
    ],
)
def test_what_a_driver_of_java_takes_is_not_there_and_not_wrong(url: str) -> None:
    with pytest.raises(UnsupportedFeature):
        login_of(url, PLACE)


def test_another_product_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnsupportedFeature, match=r"'postgres', and .* did you mean postgresql\?"):
        login_of("jdbc:postgres://db/shop", PLACE)
    with pytest.raises(UsageError, match="is a JDBC URL in a string"):
        login_of(None, PLACE)


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
hosts = st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z0-9]{1,8}){0,2}", fullmatch=True)
free = st.dictionaries(st.from_regex(r"x[A-Za-z]{1,8}", fullmatch=True), names, max_size=3)


@given(st.sampled_from(sorted(PRODUCTS)), hosts, st.integers(1, 65535), names, free)
def test_a_login_comes_back_from_its_url(
    product: str, host: str, port: int, database: str, parameters: dict[str, str]
) -> None:
    parameters = {name: value for name, value in parameters.items() if name != "xSid"}
    if product == "sqlite":
        host, port, database = "", 0, "/" + database.lstrip("/")
    said = Login(product=product, host=host, port=port, database=database, parameters=parameters)
    if product == "snowflake":
        assert login_of(url_without_database(said), PLACE).host == host
    assert login_of(url_of(said), PLACE) == said


def test_a_url_without_database_has_server_and_port() -> None:
    assert url_without_database(login("mysql", "db", 3306, "shop", useSSL="false")) == "jdbc:mysql://db:3306"
    assert url_without_database(login("sqlserver", "db", 1433, "shop")) == "jdbc:sqlserver://db:1433"
    assert default_port("redshift") == 5439


@pytest.mark.parametrize(
    "url",
    [
        "jdbc:postgresql://u:hidden@h1:5432,h2/db",
        "jdbc:postgresql://u:hidden/x@h/db",
        "jdbc:redshift://u:hidden,x@h/db",
        "jdbc:mysql://u:hidden/ret@host/db",
        "jdbc:mysql://u:12/hidden@host/db",
        "jdbc:mysql://u:hidden?ret@host/db",
        "jdbc:mysql://address=(host=h)(port=1)(password=hidden)/db",
        "jdbc:mysql://(host=h,port=1,password=hidden)/db",
        "jdbc:mysql://u:hidden@h:a/db",
        "jdbc:sqlserver://u:hidden,1@h",
        "jdbc:oracle:thin:u/hidden@//h:x/X",
    ],
)
def test_a_wrong_url_shows_nothing_that_may_be_a_password(url: str) -> None:
    with pytest.raises((UnsupportedFeature, UsageError)) as raised:
        login_of(url, PLACE)
    assert "hidden" not in str(raised.value)


def test_an_at_sign_after_the_question_mark_is_no_mistake() -> None:
    found = login_of("jdbc:mysql://h/db?user=me@there&password=a@b", PLACE)
    assert (found.user, found.password, found.host) == ("me@there", "a@b", "h")

"""Parameters of JDBC URLs that no driver here is told of."""

from placekeeper.model.databases import Login
from placekeeper.rules.databases.driver_parameters import without_effect


def login(product: str, **parameters: str) -> Login:
    return Login(product=product, host="db", database="shop", parameters=parameters)


def test_what_no_driver_is_told_of_is_noted() -> None:
    assert without_effect(login("postgresql", sslmode="require", tcpKeepAlive="true")) == [
        "parameter tcpKeepAlive of the URL has no effect: it is about Java's driver"
    ]
    assert without_effect(login("mysql", useSSL="true", zeroDateTimeBehavior="round")) == [
        "parameter zeroDateTimeBehavior of the URL has no effect: it is about Java's driver"
    ]
    assert without_effect(login("oracle", sid="true")) == []

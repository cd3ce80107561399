"""A server that cannot be reached ends reading and writing with a sentence, for each driver that is there."""

import importlib.util
import socket

import pytest
from msgspec.structs import replace

from placekeeper.databases.databases import SqlDatabases
from placekeeper.databases.products import PRODUCTS
from placekeeper.databases.writing.connections import transaction
from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed

SERVERS = sorted(product for product in PRODUCTS if product not in ("snowflake", "sqlite"))


@pytest.fixture
def login(request: pytest.FixtureRequest) -> Login:
    product: str = request.param
    for library in PRODUCTS[product].libraries:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    return Login(
        product=product, host="127.0.0.1", port=port, database="shop", user="me", password="geheim-77"
    )


@pytest.mark.parametrize("login", SERVERS, indirect=True)
def test_the_sentence_has_the_place_and_what_to_do(login: Login) -> None:
    said = []
    with pytest.raises(DatabaseFailed) as failure, SqlDatabases().at(login).session():
        pass
    said.append(str(failure.value))
    assert failure.value.may_pass
    with pytest.raises(DatabaseFailed) as failure, transaction(login, "writing to orders"):
        pass
    said.append(str(failure.value))
    assert failure.value.may_pass
    for sentence in said:
        assert sentence.startswith(f"{login.place}: ")
        assert sentence.endswith("Check that it runs, and host and port in the url.")
        assert "geheim" not in sentence
        assert "b'" not in sentence
        assert "\\n" not in sentence


@pytest.mark.parametrize("login", SERVERS, indirect=True)
def test_a_name_that_cannot_be_looked_up_is_told(login: Login) -> None:
    long = replace(login, host="h" * 64)
    told = rf"^{long.place}.* Check the host in the url\.$"
    for way in (SqlDatabases().at(long).session(), transaction(long, "writing to orders")):
        with pytest.raises(DatabaseFailed, match=told) as failure, way:
            pass
        assert "geheim" not in str(failure.value)

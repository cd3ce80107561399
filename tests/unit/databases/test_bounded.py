"""Servers that take a connection and then say nothing hold neither their callers nor other operations."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from msgspec.structs import replace

from placekeeper.databases.bounded import CONNECT_SECONDS, BoundedConnect
from placekeeper.databases.databases import SqlDatabases, connect_once, load
from placekeeper.databases.writing.connections import engine_of, transaction
from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed, OperationTimeoutException, UsageError

MOST = 4


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


def at(port: int, product: str = "mysql") -> Login:
    return Login(product=product, host="127.0.0.1", port=port, database="shop", user="me", password="geheim")


def test_a_server_that_says_nothing_is_given_up(silent: int) -> None:
    begun = monotonic()
    with pytest.raises(
        DatabaseFailed, match=r"^mysql://127\.0\.0\.1:\d+/shop: no answer within 0\.2 sec"
    ) as told:
        BoundedConnect(connect_once, seconds=0.2)(at(silent))
    assert told.value.cause == "OperationTimeoutException"
    assert monotonic() - begun < 5


def test_what_connecting_raises_reaches_the_caller() -> None:
    def refuses(login: Login) -> None:
        raise DatabaseFailed(f"{login.place}: no")

    connect = BoundedConnect(refuses, most=1)
    for _ in range(3):  # and the place is free again
        with pytest.raises(DatabaseFailed, match=r"no$"):
            connect(at(1))


def test_who_comes_when_all_threads_are_taken_is_told_so() -> None:
    begun, goes_on = threading.Semaphore(0), threading.Event()

    def waits(_: Login) -> None:
        begun.release()
        goes_on.wait(60)

    connect = BoundedConnect(waits, most=MOST, patience=0.05)
    with ThreadPoolExecutor(MOST) as pool:
        running = [pool.submit(connect, at(1)) for _ in range(MOST)]
        for _ in running:
            assert begun.acquire(timeout=30)
        with pytest.raises(OperationTimeoutException, match=f"^{MOST} connections are being tested"):
            connect(at(1))
        goes_on.set()
        for one in running:
            one.result()
        connect(at(1))


def test_a_stuck_thread_counts_until_its_driver_gives_up() -> None:
    goes_on, ended = threading.Event(), threading.Event()

    def stuck(_: Login) -> None:
        goes_on.wait(60)
        ended.set()

    connect = BoundedConnect(stuck, most=1, seconds=0.05, patience=0.05)
    with pytest.raises(DatabaseFailed, match="no answer"):
        connect(at(1))
    with pytest.raises(OperationTimeoutException):
        connect(at(1))
    goes_on.set()
    assert ended.wait(30)
    BoundedConnect(stuck, most=1)(at(1))


@pytest.mark.slow
def test_no_driver_waits_longer_than_that_to_connect(silent: int) -> None:
    def reads(login: Login) -> None:
        with SqlDatabases().at(login).session():
            pass

    def writes(login: Login) -> None:
        with transaction(login, "writing to orders"):
            pass

    def seconds(way: Callable[[Login], None], product: str) -> float:
        begun = monotonic()
        with pytest.raises(DatabaseFailed) as told:
            way(at(silent, product))
        assert told.value.may_pass
        return monotonic() - begun

    products = ("mariadb", "mysql", "postgresql", "redshift")
    for product in products:  # drivers are loaded before the threads, which would race for it
        load(product)
        engine_of(at(silent, product))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(seconds, way, product) for way in (reads, writes) for product in products]
        assert [round(one.result(), 1) for one in asked if one.result() > 2 * CONNECT_SECONDS] == []


def test_a_pipe_in_the_place_of_a_database_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.db"
    os.mkfifo(pipe)
    login = Login(product="sqlite", database=str(pipe))
    for _ in range(2):
        with pytest.raises(DatabaseFailed, match=r"unable to open database file: it is no regular file"):
            BoundedConnect(connect_once, seconds=5)(login)
    with pytest.raises(DatabaseFailed, match="no regular file"), transaction(login, "writing to t"):
        pass


@pytest.mark.parametrize(
    ("product", "parameter"),
    [("mysql", "serverSslCert"), ("postgresql", "sslrootcert"), ("redshift", "SSLKEY")],
)
def test_a_pipe_in_the_place_of_a_certificate_is_refused(
    silent: int, tmp_path: Path, product: str, parameter: str
) -> None:
    pipe = tmp_path / "pipe.pem"
    os.mkfifo(pipe)
    parameters = {parameter: str(pipe), "sslMode": "verify-ca"}
    with pytest.raises(UsageError, match=r"pipe\.pem as a certificate or key, which is no regular file"):
        BoundedConnect(connect_once, seconds=5)(replace(at(silent, product), parameters=parameters))


@pytest.mark.parametrize("path", ["/tmp/" + "n" * 5000, "/tmp/a\0b.db"])
def test_a_path_that_is_none_is_told_by_the_driver(path: str) -> None:
    with pytest.raises(DatabaseFailed, match="unable to open database file"):
        connect_once(Login(product="sqlite", database=path))

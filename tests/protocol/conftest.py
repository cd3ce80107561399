"""A real server over a real state: SQLite, one temporary folder per test, one free loopback port."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import msgspec
import pytest
import urllib3
from botocore.config import Config

from controls import control_over
from placekeeper.control.service import Control
from placekeeper.model.account import Account
from placekeeper.model.element import FileElement
from placekeeper.model.publication import StagedFile
from placekeeper.model.source import FileSource
from placekeeper.objects.stores import ObjectStores
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.server.app import create_app
from placekeeper.server.http.serve import Server
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.postgres import postgres_engine
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

START_MS = 1_700_000_000_123


class TickingClock:
    """One millisecond per look."""

    def __init__(self) -> None:
        self._ticks = itertools.count(START_MS)

    def now_ms(self) -> int:
        return next(self._ticks)


@dataclass
class RememberedStaging:
    """Publishes by remembering."""

    visible: list[str] = field(default_factory=list)

    def publish(self, file: StagedFile) -> None:
        self.visible.append(file.path)

    def take_back(self, file: StagedFile) -> None:
        if file.path in self.visible:
            self.visible.remove(file.path)

    def sweep(self, target: str, *, run_id: str) -> int:
        return 0


@dataclass(frozen=True)
class Answer:
    """A raw answer of the server."""

    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@pytest.fixture(scope="session")
def model() -> ServiceModel:
    return ServiceModel.of_botocore()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "state.db"
    migrated_sqlite(path).dispose()
    return path


@pytest.fixture
def database_kind() -> str:
    """SQLite, unless a test is parametrized with another."""
    return "sqlite"


@pytest.fixture
def account() -> Account:
    """An account that nobody has named, unless a test has another."""
    return Account()


@pytest.fixture
def keys() -> Keys:
    """No keys, unless a test has some."""
    return NO_KEYS


@pytest.fixture
def control(
    request: pytest.FixtureRequest, database_kind: str, account: Account, keys: Keys
) -> Iterator[Control]:
    numbers = itertools.count(1)
    if database_kind == "sqlite":
        store = SqlStore(sqlite_engine(request.getfixturevalue("database")), keys)
    else:
        store = SqlStore(postgres_engine(request.getfixturevalue("postgres_url")), keys)
    yield control_over(
        store=store,
        clock=TickingClock(),
        staging=RememberedStaging(),
        objects=ObjectStores(),
        random_hex=lambda size: f"{next(numbers):0{2 * size}x}",
        account=account,
        keys=keys,
    )
    store.close()


class Switch:
    """One listening server for all tests: each test puts the application of its own state in."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def listening() -> Iterator[tuple[Switch, Server]]:
    switch = Switch()
    with Server(switch) as running:
        yield switch, running


@pytest.fixture
def server(control: Control, model: ServiceModel, listening: tuple[Switch, Server]) -> Iterator[Server]:
    switch, running = listening
    switch.app = create_app(control, model)
    yield running
    switch.app = None


@pytest.fixture(scope="session")
def aws_session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-central-1")


@pytest.fixture
def connect(aws_session: boto3.Session) -> Iterator[Callable[..., Any]]:
    clients: list[Any] = []

    def make(url: str, **options: Any) -> Any:
        config = Config(**options)
        clients.append(aws_session.client("glue", endpoint_url=url, config=config))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def glue(server: Server, connect: Callable[..., Any]) -> Any:
    """boto3's client, as users have it."""
    return connect(server.url)


@pytest.fixture
def careless(server: Server, connect: Callable[..., Any]) -> Any:
    """boto3's client without its own validation: what is forbidden reaches the server."""
    return connect(server.url, parameter_validation=False)


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False) as pool:
        yield pool
        pool.clear()


@pytest.fixture
def post(server: Server, http: urllib3.PoolManager) -> Callable[..., Answer]:
    """POST / with a body (a value becomes JSON) and the headers of the protocol unless others are given."""

    def send(operation: str, body: Any = b"{}", **headers: str | None) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        wanted = {
            "x-amz-target": f"AWSGlue.{operation}",
            "content-type": "application/x-amz-json-1.1",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        sent = {name: value for name, value in wanted.items() if value is not None}
        found = http.request("POST", server.url + "/", body=raw, headers=sent)
        return Answer(found.status, found.headers, found.data)

    return send


@pytest.fixture
def say(server: Server, http: urllib3.PoolManager) -> Callable[..., Answer]:
    """What a job process says to the server."""

    def send(call: str, token: str | None, body: Any = b"{}") -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        found = http.request("POST", f"{server.url}/_placekeeper/v1/{call}", body=raw, headers=headers)
        return Answer(found.status, found.headers, found.data)

    return send


@pytest.fixture
def job() -> Callable[..., dict[str, Any]]:
    """CreateJob's input with what is required, and more."""

    def make(name: str = "flights", **more: Any) -> dict[str, Any]:
        command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/flights.py", "PythonVersion": "3"}
        return {"Name": name, "Role": "arn:aws:iam::123456789012:role/glue", "Command": command, **more}

    return make


@pytest.fixture
def wire_element() -> dict[str, Any]:
    """One state element, as a job process sends it."""
    source = FileSource(connection_type="s3", paths=("s3://in/flights/",), format="csv")
    element = FileElement(source=source, run=1, watermark_ms=START_MS)
    return json.loads(msgspec.json.encode(element))


@pytest.fixture
def committed(
    control: Control, say: Callable[..., Answer], wire_element: dict[str, Any]
) -> Callable[..., Any]:
    """A run that opened and committed the bookmark `name`, over HTTP."""

    def make(name: str, **commit: Any) -> Any:
        run, token = control.run_starter.register(
            name, script_location="flights.py", arguments={}, launcher="test:1:1"
        )
        opened = say("open", token, {"name": name, "option": "job-bookmark-enable"}).json
        request = {
            "name": name,
            "version": opened["version"],
            "elements": {"in": wire_element},
            "manifest": [],
        }
        answer = say("commit", token, request | commit)
        assert answer.status == 200, answer.raw
        return SimpleNamespace(run=run, token=token, version=answer.json["version"])

    return make


def _wrong(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Everything about a JSON value that is not as the shape says."""
    kinds = {
        "string": str,
        "boolean": bool,
        "integer": int,
        "long": int,
        "double": float,
        "timestamp": float,
    }
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            yield f"{path}: no object"
            return
        yield from (f"{path}.{name}: missing" for name in shape.required_members if name not in value)
        for name, item in value.items():
            if name not in shape.members:
                yield f"{path}.{name}: unknown"
            else:
                yield from _wrong(item, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for position, item in enumerate(value):
            yield from _wrong(item, shape.member, f"{path}[{position}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _wrong(key, shape.key, f"{path} key")
            yield from _wrong(item, shape.value, f"{path}[{key}]")
    elif type(value) is not kinds[shape.type_name]:
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif shape.metadata.get("enum") and value not in shape.metadata["enum"]:
        yield f"{path}: {value!r} is not in the enum"
    elif isinstance(value, str) and not (
        shape.metadata.get("min", 0) <= len(value) <= shape.metadata.get("max", len(value))
    ):
        yield f"{path}: length {len(value)}"


@pytest.fixture
def departures(model: ServiceModel) -> Callable[[str, Any], list[str]]:
    """What an answer has that the model does not, and the other way round: [] when it conforms."""

    def find(operation: str, answer: Any) -> list[str]:
        return list(_wrong(answer, model.operation(operation).output, operation))

    return find

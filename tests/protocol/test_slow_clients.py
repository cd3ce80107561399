"""Clients that send half of something, or nothing, or take no answer: each is given up in time, and the rest
are answered meanwhile."""

import asyncio
import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from placekeeper.server.app import create_app
from placekeeper.server.http import bodies, bounds
from placekeeper.server.http.serve import Server

SHORT_S = 0.3
BOUND = 6
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSGlue.GetJobs\r\n"
TYPED = HEAD + b"Content-Type: application/x-amz-json-1.1\r\n"
HALF_HEAD = HEAD
HALF_BODY = TYPED + b"Content-Length: 2\r\n\r\n{"
CHUNKED = TYPED + b"Transfer-Encoding: chunked\r\n\r\n"
REQUEST = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def alone(control: Any, model: Any) -> Iterator[Server]:
    """A server that no other test has connections to."""
    with Server(create_app(control, model)) as running:
        yield running


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """All patience is a moment."""
    for module, name in (
        (bodies, "BODY_SECONDS"),
        (bounds, "HEAD_SECONDS"),
        (bounds, "LEFTOVER_SECONDS"),
        (bounds, "UNREAD_SECONDS"),
    ):
        monkeypatch.setattr(module, name, SHORT_S)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few connections may be open at once."""
    monkeypatch.setattr(bounds, "most_connections", lambda: BOUND)


def connect(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def heard(connection: socket.socket) -> bytes:
    """All that is said until the server closes."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65536):
            found += data
    return found


def one_answer(connection: socket.socket) -> bytes:
    found = b""
    while True:
        head, end, body = found.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if end and length is not None and len(body) >= int(length[1]):
            return found
        data = connection.recv(65536)
        assert data, found
        found += data


def job_process(token: str, size: int) -> bytes:
    line = f"POST /_placekeeper/v1/open HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    return f"{line}Content-Length: {size}\r\n\r\n".encode()


def trickle(connection: socket.socket, piece: bytes) -> float:
    """Send a piece again and again until the server has had enough; for how long."""
    began = time.monotonic()
    connection.settimeout(0.02)
    while time.monotonic() < began + 30:
        try:
            connection.sendall(piece)
            if not connection.recv(1, socket.MSG_PEEK):
                break
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            break
        else:
            break
    connection.settimeout(30)
    return time.monotonic() - began


def held_by(server: Server) -> int:
    return len(server._uvicorn.server_state.connections)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("said", [b"P", b"POST / HT", HALF_HEAD, REQUEST + HALF_HEAD])
def test_half_a_head_is_answered_408(alone: Server, said: bytes) -> None:
    with connect(alone) as connection:
        connection.sendall(said)
        answer = heard(connection)
    *before, last = answer.split(b"HTTP/1.1 ")
    assert len(before) == (2 if said.startswith(REQUEST) else 1)  # what is before the first is empty
    assert last.startswith(b"408 Request Timeout\r\n")
    assert b"connection: close" in last
    assert last.endswith(b"The head did not arrive within 0.3 s.")


@pytest.mark.usefixtures("short")
def test_who_says_nothing_is_told_nothing(alone: Server) -> None:
    """An answer to what was never asked would be taken for the answer to what comes next."""
    with connect(alone) as connection:
        assert heard(connection) == b""


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("begin", "piece", "says"),
    [
        (HEAD, b"X: y\r\n", True),
        (b"", b"\r\n", False),
        (TYPED + b"Content-Length: 100000\r\n\r\n", b"{", True),
        (CHUNKED, b"1\r\n{\r\n", True),
        (CHUNKED + b"0\r\n", b"X: y\r\n", True),
        (CHUNKED, b"0", True),  # the size of a chunk, with zeros before it: any other is too large soon
    ],
)
def test_drops_give_no_more_time(alone: Server, begin: bytes, piece: bytes, says: bool) -> None:
    with connect(alone) as connection:
        connection.sendall(begin)
        took_s = trickle(connection, piece)
        answer = heard(connection)
    assert took_s < 20
    assert answer.startswith(b"HTTP/1.1 408 ") if says else answer == b""
    until(lambda: held_by(alone) == 0)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("size", [1, 300_000])
def test_half_a_body_is_answered_408_in_the_words_of_the_protocol(alone: Server, size: int) -> None:
    """Whatever came of it at once: nothing more comes."""
    with connect(alone) as connection:
        connection.sendall(TYPED + b"Content-Length: %d\r\n\r\n" % (size + 1) + b" " * size)
        began = time.monotonic()
        answer = heard(connection)
        assert time.monotonic() - began < 20
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer
    assert b'"__type":"RequestTimeoutException"' in answer.replace(b'": "', b'":"')
    assert b"%d bytes came in" % size in answer


@pytest.mark.usefixtures("short")
def test_a_job_process_that_slept_while_it_sent_sends_again(alone: Server, control: Any) -> None:
    run, token = control.run_starter.register("j", script_location="j.py", arguments={}, launcher="test:1:1")
    with connect(alone) as connection:
        connection.sendall(job_process(token, 90) + b"{")
        answer = heard(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")  # which its client repeats (runtime/run/client.py)
    assert b'"RequestTimeoutException"' in answer
    assert control.runs.find(run.id).state.value == "STARTING"


def test_a_large_body_that_comes_steadily_has_its_time(
    alone: Server, control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes longer than one that stops may."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", SHORT_S)
    _, token = control.run_starter.register("j", script_location="j.py", arguments={}, launcher="test:1:1")
    with connect(alone) as connection:
        connection.sendall(job_process(token, 200_001) + b"{")
        began = time.monotonic()
        for _ in range(10):
            time.sleep(0.08)
            connection.sendall(b" " * 20_000)
        answer = one_answer(connection)
        assert time.monotonic() - began > 2 * SHORT_S
    assert b"SerializationException" in answer  # it was read to its end


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("piece", [b"", b"x"])
def test_the_rest_of_a_refused_body_holds_no_connection(alone: Server, piece: bytes) -> None:
    """It is answered before the body is there, and thrown away for a moment."""
    lines = b"POST /_placekeeper/v1/open HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"
    with connect(alone) as connection:
        connection.sendall(lines)
        answer = one_answer(connection)
        assert trickle(connection, piece) < 20 if piece else heard(connection) == b""
    assert answer.startswith(b"HTTP/1.1 403 ")
    until(lambda: held_by(alone) == 0)


@pytest.mark.usefixtures("short")
def test_bytes_between_requests_do_not_keep_a_connection(control: Any, model: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("placekeeper.server.http.serve.KEEP_ALIVE_SECONDS", SHORT_S)
    with Server(create_app(control, model)) as alone, connect(alone) as connection:
        connection.sendall(REQUEST)
        one_answer(connection)
        assert trickle(connection, b"\r\n") < 20


def test_an_answer_that_nobody_takes_is_given_up(monkeypatch: Any) -> None:
    """Nobody reads, so nothing more can be sent: without a bound the connection would be held for ever."""
    monkeypatch.setattr(bounds, "UNREAD_SECONDS", SHORT_S)
    body = b"x" * 20_000_000

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    with Server(app) as alone:
        for ending in (b"", b"Connection: close\r\n"):
            with connect(alone) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + ending + b"\r\n")
                until(lambda: held_by(alone) == 1)
                until(lambda: held_by(alone) == 0)
        assert len(alone._uvicorn.server_state.tasks) == 0


def test_an_answer_that_is_taken_slowly_is_sent_whole(monkeypatch: Any) -> None:
    monkeypatch.setattr(bounds, "UNREAD_SECONDS", SHORT_S)
    body = b"x" * 12_000_000

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    with Server(app) as alone, connect(alone) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        while data := connection.recv(1_500_000):
            received += data
            time.sleep(0.02)
    assert received.partition(b"\r\n\r\n")[2] == body


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    "said", [b"", HALF_HEAD, HALF_BODY, REQUEST], ids=["nothing", "head", "body", "idle"]
)
def test_who_keeps_the_server_waiting_gives_way(alone: Server, http: Any, said: bytes) -> None:
    """More connections than may be open, which all wait for nothing: whoever asks is answered at once."""
    with contextlib.ExitStack() as held:
        connections = [held.enter_context(connect(alone)) for _ in range(BOUND)]
        for connection in connections:
            connection.sendall(said)
            if said == REQUEST:
                one_answer(connection)
        until(lambda: held_by(alone) == BOUND)
        time.sleep(0.05)  # what was sent is read by now
        for number in range(3):
            began = time.monotonic()
            http.clear()
            assert http.request("GET", f"{alone.url}/health").status == 200
            assert time.monotonic() - began < 20, number
        answer = heard(connections[0])  # the one that has waited for the longest
        assert answer.startswith(b"HTTP/1.1 408 " if said in (HALF_HEAD, HALF_BODY) else b"")
        assert held_by(alone) <= BOUND
        connections[-1].settimeout(0.05)
        with pytest.raises(TimeoutError):  # the newest goes on
            connections[-1].recv(1)


@pytest.mark.usefixtures("few")
def test_an_idle_client_gives_way_before_one_that_asks(alone: Server, http: Any) -> None:
    with contextlib.ExitStack() as held:
        slow = held.enter_context(connect(alone))
        slow.sendall(HALF_BODY)
        idle = [held.enter_context(connect(alone)) for _ in range(BOUND - 1)]
        for connection in idle:
            connection.sendall(REQUEST)
            one_answer(connection)
        for _ in range(BOUND - 1):
            assert http.request("GET", f"{alone.url}/health").status == 200
            http.clear()
        slow.sendall(b"}")
        assert one_answer(slow).startswith(b"HTTP/1.1 200 ")


@pytest.mark.usefixtures("few")
def test_who_is_being_answered_does_not_give_way(control: Any) -> None:
    """503 where all are being answered: their requests may have done something already."""
    go_on = threading.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        while not go_on.is_set():
            await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with Server(app) as alone, contextlib.ExitStack() as held:
        busy = [held.enter_context(connect(alone)) for _ in range(BOUND)]
        for connection in busy:
            connection.sendall(REQUEST)
        until(lambda: len(alone._uvicorn.server_state.tasks) == BOUND)
        with connect(alone) as one_more:
            assert heard(one_more).startswith(b"HTTP/1.1 503 ")
        go_on.set()
        assert all(one_answer(connection).endswith(b"ok") for connection in busy)


@pytest.mark.usefixtures("few", "short")
def test_nothing_is_left_of_a_storm(alone: Server, http: Any) -> None:
    """Ten times as many as may be open, of all kinds: then all is as before."""
    storm(alone, http, count=10 * BOUND)


@pytest.mark.soak
@pytest.mark.usefixtures("short")
def test_nothing_is_left_of_a_long_storm(alone: Server, http: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(bounds, "most_connections", lambda: 200)
    for _ in range(20):
        storm(alone, http, count=400)


def storm(server: Server, http: Any, *, count: int) -> None:
    assert http.request("GET", f"{server.url}/health").status == 200
    http.clear()
    until(lambda: held_by(server) == 0)
    sockets = open_sockets()
    kinds = [b"", HALF_HEAD, HALF_BODY, REQUEST, TYPED + b"Content-Length: 90000\r\n\r\n" + b" " * 70_000]
    slowest_s = 0.0
    with contextlib.ExitStack() as held:
        for number in range(count):
            connection = held.enter_context(connect(server))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(kinds[number % len(kinds)])
            if number % 10 == 9:
                began = time.monotonic()
                assert http.request("GET", f"{server.url}/health").status == 200
                http.clear()
                slowest_s = max(slowest_s, time.monotonic() - began)
    assert slowest_s < 20
    until(lambda: held_by(server) == 0 and not server._uvicorn.server_state.tasks)
    until(lambda: open_sockets() <= sockets)


def open_sockets() -> int:
    """Of this process: the clients of these tests, and the server's."""
    links = []
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # that of the folder itself
            links.append(str(file.readlink()))
    return sum(link.startswith("socket:") for link in links)

"""Hostile requests on raw sockets: each is refused with a reason, none is a 5xx, none changes anything.

PLACEKEEPER_FUZZ=10000 sends that many; PLACEKEEPER_FUZZ_SEED repeats a run.
"""

import contextlib
import json
import os
import random
import re
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from placekeeper.host.clock import SystemClock
from placekeeper.model.access import AccessKey
from placekeeper.server.access.callers import Callers
from placekeeper.server.app import create_app
from placekeeper.server.glue_api import requests as glue_module
from placekeeper.server.glue_api.operations import HANDLERS
from placekeeper.server.http import bounds

COUNT = int(os.environ.get("PLACEKEEPER_FUZZ", "600"))
SEED = int(os.environ.get("PLACEKEEPER_FUZZ_SEED", str(random.randrange(2**32))))
HOST = b"Host: 127.0.0.1\r\n"
Rng = random.Random


def framed(
    body: bytes, *lines: bytes, target: bytes = b"AWSGlue.GetJob", line: bytes = b"POST / HTTP/1.1"
) -> bytes:
    head = [line, b"Host: 127.0.0.1", b"Content-Length: %d" % len(body), *lines]
    if not any(given.lower().startswith(b"content-type") for given in lines):
        head.append(b"Content-Type: application/x-amz-json-1.1")
    return b"\r\n".join([*head, b"X-Amz-Target: " + target, b"", body])


def asked(rng: Rng, body: bytes, operations: list[str] | None = None) -> bytes:
    return framed(body, target=b"AWSGlue." + rng.choice(operations or sorted(HANDLERS)).encode())


def random_bytes(rng: Rng) -> bytes:
    return rng.randbytes(rng.randrange(1, 400)) + b"\r\n\r\n"


def random_body(rng: Rng) -> bytes:
    return asked(rng, b"\x01" + rng.randbytes(rng.randrange(0, 300)))


def wrong_types(rng: Rng) -> bytes:
    wrong = rng.choice([1, 1.5, True, [], {}, [[]], {"a": 1}, [None], -(2**70), ["x"]])
    needy = [
        "GetJob",
        "GetJobBookmark",
        "ResetJobBookmark",
        "StartJobRun",
        "GetJobRun",
        "DeleteJob",
        "GetJobRuns",
    ]
    return asked(rng, json.dumps({"JobName": wrong, "RunId": "jr_1"}).encode(), needy)


def no_object(rng: Rng) -> bytes:
    return asked(
        rng,
        rng.choice([b"", b"null", b"[]", b'"x"', b"7", b"{}{}", b"{", b'{"a":}', b"NaN", b"\xef\xbb\xbf{}"]),
    )


def deep(rng: Rng) -> bytes:
    depth = rng.choice([65, 500, 10_000, 100_000])
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    middle = opening * depth + b"1" + closing * depth * rng.choice([0, 1])
    return asked(rng, b'{"JobName":' + middle + b"}")


def numbers(rng: Rng) -> bytes:
    number = rng.choice(
        ["7" * rng.randrange(20, 9000), "1e999", "-1e999", "0x10", "01", "1e", "-", "1.5", "1" * 20]
    )
    return asked(rng, b'{"MaxResults":%b}' % number.encode(), ["GetJobs"])


def text(rng: Rng) -> bytes:
    odd = rng.choice(
        [
            b"\\ud800",
            b"\\udfff\\ud800",
            b"\\u0000",
            b"\xff\xfe",
            b"\xed\xa0\x80",
            b"\x00",
            b"\\x",
            b"\xe2\x80\xae",
            b"\\u202e",
            b"../" * 20 + b"etc/passwd",
            b"..\\\\..\\\\x",
            b"%2e%2e%2f",
            b"file:///etc/passwd",
            b"~root",
            b"$(id)",
            b"';--",
        ]
    )
    name = odd * rng.randrange(1, 40)
    return asked(
        rng,
        b'{"JobName":"%b","RunId":"%b"}' % (name, odd),
        ["GetJob", "GetJobBookmark", "StartJobRun", "GetJobRun"],
    )


def content_type(rng: Rng) -> bytes:
    kind = rng.choice(
        [b"", b"text/plain", b"application/x-www-form-urlencoded", b"\xff", b"application/xml", b"a" * 5000]
    )
    return framed(b"{}", b"Content-Type: " + kind, target=b"AWSGlue.GetJobs")


def targets(rng: Rng) -> bytes:
    names = [
        b"",
        b"AWSGlue",
        b"AWSGlue.",
        b"AWSGlue.__init__",
        b"S3.GetJob",
        b"AWSGlue.GetJob\xff",
        b"x" * 9000,
    ]
    return framed(b"{}", target=rng.choice([*names, b"AWSGlue." + rng.randbytes(8).hex().encode()]))


def paths(rng: Rng) -> bytes:
    tricks = [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e",
        "//",
        "/%00",
        "/x/../",
        "/_placekeeper/v1/../open",
        "*",
        "/health/..",
    ]
    more = [
        "/_placekeeper/v1/glue/../",
        "/_placekeeper/v1/glue/x/",
        "/%ff%fe",
        "/" + "a" * 3000,
        "http://[::1",
        "/metrics/x",
    ]
    method = rng.choice(["POST", "PUT", "PATCH", "DELETE", "TRACE"])
    return framed(
        b"{}", target=b"AWSGlue.GetJobs", line=f"{method} {rng.choice(tricks + more)} HTTP/1.1".encode()
    )


def methods(rng: Rng) -> bytes:
    method = rng.choice(
        [b"GET", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"BREW", b"get", b"PRI", b""]
    )
    return framed(b"{}", line=method + b" / HTTP/" + rng.choice([b"1.1", b"1.0", b"9.9", b"2.0"]))


def headers(rng: Rng) -> bytes:
    lines = rng.choice(
        [
            [b"Content-Length: 5"],
            [b"Content-Length: -1"],
            [b"Transfer-Encoding: chunked"],
            [b"Transfer-Encoding: x"],
            [b"no colon"],
            [b"a b: c"],
            [b"X: a\x00b"],
            [b": empty"],
            [b"X-Long: " + b"a" * rng.choice([70_000, 300_000])],
            [b"X-%d: y" % n + b"y" * 20 for n in range(4000)],
            [b"Origin: http://evil.example"],
            [b"X-Amz-Target: DynamoDB.GetItem"],
        ]
    )
    return framed(b"{}", *lines, target=b"AWSGlue.GetJobs")


def chunks(rng: Rng) -> bytes:
    head = (
        b"POST / HTTP/1.1\r\n"
        + HOST
        + b"Transfer-Encoding: chunked\r\nX-Amz-Target: AWSGlue.CreateJob\r\n\r\n"
    )
    junk = [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-1\r\n",
        b"f" * 40 + b"\r\n{}",
        b"2\r\n{}x\r\n0\r\n\r\n",
        b"0\r\n\r\n",
        b"2\r\n{}",
    ]
    return head + rng.choice([*junk, rng.randbytes(50)])


def truncated(rng: Rng) -> bytes:
    whole = framed(
        json.dumps({"Name": "a", "Role": "r", "Command": {"Name": "glueetl"}}).encode(),
        target=b"AWSGlue.CreateJob",
    )
    return whole[: rng.randrange(1, len(whole))]


def job_process(rng: Rng) -> bytes:
    call = rng.choice(["open", "commit", "published", "publication", "summary", "x", "..%2fopen"])
    bearer = rng.choice(
        [
            b"",
            b"Bearer",
            b"Bearer ",
            b"Basic eDp5",
            b"Bearer " + rng.randbytes(16).hex().encode(),
            b"Bearer \xff",
        ]
    )
    line = f"POST /_placekeeper/v1/{call} HTTP/1.1".encode()
    return framed(rng.choice([b"{}", b"", b"[" * 5000]), b"Authorization: " + bearer, line=line)


FAMILIES: list[Callable[[Rng], bytes]] = [
    *(random_bytes, random_body, wrong_types, no_object, deep, numbers, text, content_type, targets, paths),
    *(methods, headers, chunks, truncated, job_process),
]
MAY_END_UNANSWERED = (random_bytes, truncated, chunks)
"""What can end in the middle of a request: then there is nothing to answer to."""


def spoken(url: str, data: bytes, patience_s: float) -> bytes:
    """The first answer to raw bytes; nothing when none has come in time, or the connection was ended."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        answer = b""
        connection.settimeout(patience_s)
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            while not is_whole(answer) and (found := connection.recv(65536)):
                answer += found
    return answer


def is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


def contents(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def refusal(answer: bytes) -> tuple[int, str]:
    """Status and text of a first answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    length = re.search(rb"content-length: (\d+)", head)
    said = body[: int(length[1])] if length else body
    return status, said.decode()


def test_hostile_requests(server: Any, post: Any, job: Any, committed: Any, database: Path) -> None:
    post("CreateJob", job("flights"))
    committed("flights")
    before = contents(database)
    rng = random.Random(SEED)
    statuses: Counter[int] = Counter()
    for number in range(COUNT):
        family = FAMILIES[number % len(FAMILIES)]
        request = family(rng)
        answer = spoken(server.url, request, 0.05 if family in MAY_END_UNANSWERED else 30)
        said = f"{family.__name__}, seed {SEED}, number {number}: {request[:300]!r} → {answer[:500]!r}"
        if not answer:
            assert family in MAY_END_UNANSWERED, said
            statuses[0] += 1
            continue
        status, text = refusal(answer)
        statuses[status] += 1
        is_page = request.startswith(b"GET / ") and status == 200  # for people
        assert 400 <= status < 500 or is_page, said
        assert len(text) > 10, said
        if number % 500 == 0:
            assert contents(database) == before, said
    assert contents(database) == before
    assert post("GetJobs").status == 200
    print(f"seed {SEED}: {dict(statuses)}")


def test_a_head_that_does_not_end_is_refused_when_it_is_too_large(server: Any) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nX: ")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(100):
                connection.sendall(b"a" * 10_000)
                time.sleep(0.001)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_body_that_follows_a_request_at_once_does_not_count_as_its_head(server: Any) -> None:
    """The end of a large body and the beginning of the next head come in one packet."""
    large = framed(b'{"JobName":"a"' + b" " * 200_000 + b"}")
    following = framed(b'{"JobName":"b"}')
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(large + following[:40])
        answer = b""
        while not is_whole(answer):
            answer += connection.recv(65536)
        connection.sendall(following[40:])
        second = b""
        while not is_whole(second):
            second += connection.recv(65536)
    assert [refusal(said)[0] for said in (answer, second)] == [400, 400]
    assert b"EntityNotFoundException" in second


@pytest.mark.parametrize(("soft", "bound"), [(128, 32), (300, 44), (1024, 768), (10**6, 1000), (-1, 1000)])
def test_connections_leave_files_for_runs(monkeypatch: pytest.MonkeyPatch, soft: int, bound: int) -> None:
    monkeypatch.setattr(bounds.resource, "getrlimit", lambda _: (soft, soft))
    assert bounds.most_connections() == bound


def held_bodies(url: str, count: int, size: int, *lines: bytes) -> list[bytes]:
    """First answers to requests whose bodies lack their last byte; nothing where the server still waits."""
    host, port = url.removeprefix("http://").split(":")
    answers = []
    with contextlib.ExitStack() as held:
        for _ in range(count):
            connection = held.enter_context(socket.create_connection((host, int(port)), timeout=30))
            connection.sendall(framed(b"x" * size, *lines)[:-1])
            connection.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                answers.append(connection.recv(10_000))
    return answers


def test_large_bodies_have_a_bound_together(
    control: Any, model: Any, listening: Any, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch, running = listening
    monkeypatch.setattr(glue_module, "HELD_BYTES", 3_000_000)
    switch.app = create_app(control, model)
    answers = held_bodies(running.url, 5, 1_000_000)
    assert len(answers) == 2
    assert all(b"ThrottlingException" in answer for answer in answers)
    time.sleep(0.1)
    assert post("GetJobs", b"{" + b" " * 1_000_000 + b"}").status == 200  # what was held is given back


def test_small_bodies_are_read_whatever_is_held(
    control: Any, model: Any, listening: Any, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch, _ = listening
    monkeypatch.setattr(glue_module, "HELD_BYTES", 0)
    switch.app = create_app(control, model)
    assert post("GetJobs", b"{" + b" " * 60_000 + b"}").status == 200
    refused = post("GetJobs", b"{" + b" " * 70_000 + b"}")
    assert (refused.status, refused.json["__type"]) == (400, "ThrottlingException")


@pytest.mark.parametrize(
    "line", [b"", b"Authorization: AWS4-HMAC-SHA256 Credential=NOBODY/20261122/r/glue/x"]
)
def test_no_body_is_read_of_who_has_no_key(control: Any, model: Any, listening: Any, line: bytes) -> None:
    switch, running = listening
    keys = {"WRITER": AccessKey(id="WRITER", secret="correct horse battery staple")}
    switch.app = create_app(control, model, callers=Callers(keys, SystemClock()))
    (answer,) = held_bodies(running.url, 1, 1_000_000, *([line] if line else []))
    assert re.search(rb"(MissingAuthenticationToken|IncompleteSignature)Exception", answer)


def test_no_body_is_read_of_a_job_process_without_a_run(server: Any) -> None:
    line = b"POST /_placekeeper/v1/commit HTTP/1.1"
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(framed(b"x" * 1000, b"Authorization: Bearer x", line=line)[:-1])
        assert connection.recv(1000).startswith(b"HTTP/1.1 403 ")

"""Errors that cross from the server to a job process: the class and the message, whoever made it."""

import inspect
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from placekeeper.model import errors
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import GlueError, PlacekeeperError, VersionMismatchException
from placekeeper.runtime.run.answered_errors import error_in
from placekeeper.runtime.run.client import Client
from placekeeper.server.job_api.exchange import exchange_failure

MADE = {
    "BackfillUndecided": ("rows", 101, 5),
    "ChangeRefused": ("flights", "rows", 3),
    "MissingExtra": ("--engine sail", "sail"),
    "ObjectChanged": ("in/1.csv", "gone"),
    "PlanStale": ("flights", "it is gone"),
    "PublicationPending": ("jr_1", "it does not answer"),
    "RecordUnreadable": ("in/1.csv", "line 3", "a quote"),
    "SnapshotsForgotten": ("lake.items", 7),
    "VersionMismatchException": (3, 4),
}
"""Arguments of constructors that are not called with a message."""

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, PlacekeeperError) and kind not in (PlacekeeperError, GlueError)
]


URL = "http://127.0.0.1:1/_placekeeper/v1/open"


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that answers all with the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_arrives_as_it_was_raised(kind: type[PlacekeeperError]) -> None:
    raised = kind(*MADE.get(kind.__name__, ("what happened",)))

    heard = error_in(URL, 400, exchange_failure(raised, 400, "id").body)

    assert (type(heard), str(heard)) == (kind, str(raised))
    if isinstance(raised, GlueError):
        assert isinstance(heard, GlueError)
        assert heard.message == raised.message
    if isinstance(raised, VersionMismatchException):
        assert isinstance(heard, VersionMismatchException)
        assert (heard.expected, heard.found) == (3, 4)


def test_an_error_of_another_name_is_told_as_it_is() -> None:
    assert str(error_in(URL, 500, msgspec.json.encode({"error": "os", "message": "m"}))) == "os: m"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, b"This is not a valid HTTP request: Invalid method.", "'This is not a valid HTTP request: Inv"),
        (502, b"<html>\xff" + b"x" * 1000, "'<html>\\\\xff" + "x" * 190 + "'"),
        (500, b"", "nothing"),
        (500, b"[" * 100_000, "'[[["),
        (500, b'{"error": "\xff", "message": ""}', '\'{"error":'),
        (200, b"<html>", "'<html>'"),
        (200, b'{"names": 1}', "'{"),
    ],
)
def test_an_answer_that_is_not_ours_is_told_with_what_was_asked(status: int, body: bytes, said: str) -> None:
    with answering(status, body) as url, pytest.raises(errors.StateError) as told:
        Client(url, "secret").open("flights", BookmarkOption.ENABLE)
    assert f"the answer to POST {url}/_placekeeper/v1/open is not one of a Placekeeper" in str(told.value)
    assert f"status {status}, and it says {said}" in str(told.value)
    assert str(told.value).endswith("run the job again.")
    assert "secret" not in str(told.value)


def test_a_name_with_half_a_character_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(errors.UsageError, match=r"'\\ud800' has half a character"):
        Client("http://127.0.0.1:1", "token").open("\ud800", BookmarkOption.ENABLE)

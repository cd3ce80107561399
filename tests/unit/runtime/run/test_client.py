"""Errors that cross from the server to a job process: the class and the message, whoever made it."""

import inspect

import msgspec
import pytest

from placekeeper.model import errors
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import GlueError, PlacekeeperError, VersionMismatchException
from placekeeper.runtime.run.client import Client, _error
from placekeeper.server.job_api.exchange import exchange_failure

MADE = {
    "BackfillUndecided": ("rows", 101, 5),
    "ChangeRefused": ("flights", "rows", 3),
    "MissingExtra": ("--engine sail", "sail"),
    "ObjectChanged": ("in/1.csv", "gone"),
    "PlanStale": ("flights", "it is gone"),
    "PublicationPending": ("jr_1", "it does not answer"),
    "RecordUnreadable": ("in/1.csv", "line 3", "a quote"),
    "VersionMismatchException": (3, 4),
}
"""Arguments of constructors that are not called with a message."""

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, PlacekeeperError) and kind not in (PlacekeeperError, GlueError)
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_arrives_as_it_was_raised(kind: type[PlacekeeperError]) -> None:
    raised = kind(*MADE.get(kind.__name__, ("what happened",)))

    heard = _error(exchange_failure(raised, 400, "id").body, 400)

    assert (type(heard), str(heard)) == (kind, str(raised))
    if isinstance(raised, GlueError):
        assert isinstance(heard, GlueError)
        assert heard.message == raised.message
    if isinstance(raised, VersionMismatchException):
        assert isinstance(heard, VersionMismatchException)
        assert (heard.expected, heard.found) == (3, 4)


def test_an_answer_of_nobody_we_know_is_an_error_too() -> None:
    assert "500" in str(_error(b"<html>", 500))
    assert str(_error(msgspec.json.encode({"error": "os", "message": "m"}), 500)) == "os: m"


def test_a_name_with_half_a_character_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(errors.UsageError, match=r"'\\ud800' has half a character"):
        Client("http://127.0.0.1:1", "token").open("\ud800", BookmarkOption.ENABLE)

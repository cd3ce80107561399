"""boto3 against the server: bookmarks."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])


@pytest.mark.parametrize("operation", ["get_job_bookmark", "reset_job_bookmark"])
@pytest.mark.parametrize("arguments", [{}, {"RunId": "jr_1"}, {"RunId": ""}])
def test_no_bookmark(glue: Any, operation: str, arguments: dict[str, str]) -> None:
    with pytest.raises(glue.exceptions.EntityNotFoundException) as error:
        getattr(glue, operation)(JobName="flights", **arguments)
    assert str(error.value).endswith("operation: Continuation for job flights not found")


def test_names_have_no_limits(glue: Any) -> None:
    """The model constrains neither JobName nor RunId here (docs/reference/operations.md#bookmarks)."""
    for name in ("", "x" * 2000, "a\nb"):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            glue.get_job_bookmark(JobName=name)


def test_nul_is_no_part_of_a_name(glue: Any) -> None:
    for ask in (glue.get_job_bookmark, glue.reset_job_bookmark):
        with pytest.raises(glue.exceptions.InvalidInputException, match="NUL"):
            ask(JobName="a\0b")
    with pytest.raises(glue.exceptions.InvalidInputException, match="NUL"):
        glue.get_job_bookmark(JobName="a", RunId="\0")


def test_entries_of_two_runs_as_aws_counts(glue: Any, committed: Any, post: Any) -> None:
    first, second = committed("flights"), committed("flights")

    newest = glue.get_job_bookmark(JobName="flights")["JobBookmarkEntry"]
    older = glue.get_job_bookmark(JobName="flights", RunId=first.run.id)["JobBookmarkEntry"]

    bookmark = newest.pop("JobBookmark")
    assert list(json.loads(bookmark)) == ["in"]
    assert newest == {
        "JobName": "flights",
        "Version": 4,
        "Run": 3,
        "Attempt": 0,
        "PreviousRunId": first.run.id,
        "RunId": second.run.id,
    }
    assert (older["Version"], older["Run"], "PreviousRunId" in older) == (2, 2, False)
    assert b"null" not in post("GetJobBookmark", {"JobName": "flights", "RunId": first.run.id}).raw


def test_reset_and_rewind(glue: Any, committed: Any) -> None:
    first = committed("flights")
    committed("flights")
    rewound = glue.reset_job_bookmark(JobName="flights", RunId=first.run.id)["JobBookmarkEntry"]
    assert (rewound["Version"], rewound["RunId"]) == (5, first.run.id)
    empty = glue.reset_job_bookmark(JobName="flights")["JobBookmarkEntry"]
    assert (empty["Version"], empty["Attempt"], json.loads(empty["JobBookmark"])) == (6, 0, {})
    assert glue.get_job_bookmark(JobName="flights")["JobBookmarkEntry"] == empty
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.reset_job_bookmark(JobName="flights", RunId="jr_unknown")


def test_deleting_the_job_deletes_its_bookmark(glue: Any, committed: Any) -> None:
    committed("flights")
    glue.delete_job(JobName="flights")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_job_bookmark(JobName="flights")


def test_answers_are_as_the_model_says(post: Any, committed: Any, departures: Any) -> None:
    run = committed("flights").run
    for operation in ("GetJobBookmark", "ResetJobBookmark"):
        for body in ({"JobName": "flights"}, {"JobName": "flights", "RunId": run.id}):
            answer = post(operation, body)
            assert answer.status == 200, answer.raw
            assert departures(operation, answer.json) == []

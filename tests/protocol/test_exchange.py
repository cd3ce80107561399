"""What a job process and the server say to each other."""

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from placekeeper.host.clock import SystemClock
from placekeeper.model.access import AccessKey, ScriptAccess
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import DatabaseAway, StateError, StateNotWhole, StateUnfit
from placekeeper.model.exchange import GLUE_OF_A_RUN
from placekeeper.model.jobs import JobRunState
from placekeeper.runtime.run.client import _RETRY, Client
from placekeeper.server.access.callers import Callers
from placekeeper.server.app import create_app
from placekeeper.server.job_api.exchange import exchange_failure
from placekeeper.store import store
from postgres import PostgresServer

FILE = {"effect": "file", "path": "s3://out/a.csv", "size": 3, "rows": 1, "staged": "file:///tmp/a"}


def begin(control: Any) -> tuple[Any, str]:
    return control.run_starter.register("flights", script_location="f.py", arguments={}, launcher="test:1:1")


def test_open_commit_published(committed: Any, say: Any, wire_element: Any, control: Any) -> None:
    first = committed("flights", manifest=[FILE])
    assert first.version == 2
    assert say("published", first.token).json == {}
    _, token = begin(control)
    assert say("open", token, {"name": "flights", "option": "job-bookmark-enable"}).json == {
        "name": "flights",
        "run": 2,
        "attempt": 0,
        "version": 3,
        "state_version": 2,
        "state": {"in": wire_element},
        "bookmark_key": None,
        "range": None,
        "found": None,
        "marks": [],
    }


def test_publishing_that_fails_restores_the_state_before(committed: Any, say: Any, glue: Any) -> None:
    run = committed("flights", manifest=[FILE])
    answer = say("publish-failed", run.token, {"error": "denied"})
    assert (answer.status, answer.json) == (200, {"version": 3})
    assert glue.get_job_bookmark(JobName="flights")["JobBookmarkEntry"]["JobBookmark"] == "{}"


def test_pause_publishes_without_a_version(control: Any, say: Any) -> None:
    _, token = begin(control)
    opened = say("open", token, {"name": "flights", "option": "job-bookmark-pause"}).json
    assert opened["version"] is None
    assert say("staging", token, {"target": "s3://out/"}).json == {}
    assert say("publication", token, {"manifest": [FILE]}).json == {}
    assert say("published", token).json == {}


def test_a_summary(control: Any, say: Any) -> None:
    run, token = begin(control)
    answer = say("summary", token, {"summary": {"engine": "sail", "notes": ["n"]}, "error_message": "why"})
    assert answer.status == 200
    kept = control.runs.find(run.id)
    assert (kept.summary.engine, kept.error_message) == ("sail", "why")


def test_a_lost_race(control: Any, say: Any) -> None:
    (_, slow), (_, fast) = begin(control), begin(control)
    for token in (slow, fast):
        say("open", token, {"name": "flights", "option": "job-bookmark-enable"})
    answer = say("commit", slow, {"name": "flights", "version": 1, "elements": {}, "manifest": []})
    assert answer.status == 409
    assert answer.json == {
        "error": "VersionMismatchException",
        "message": "Continuation update failed due to version mismatch. "
        "Expected version 1 but found version 2",
        "expected": 1,
        "found": 2,
    }


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_a_token_of_no_run(say: Any, token: str | None) -> None:
    answer = say("open", token, {"name": "x", "option": "job-bookmark-enable"})
    assert (answer.status, answer.json["error"]) == (403, "AccessDeniedException")


def test_another_scheme(server: Any, http: Any, control: Any) -> None:
    _, token = begin(control)
    for headers in ({"authorization": f"Basic {token}"}, {"authorization": token}):
        answer = http.request("POST", f"{server.url}/_placekeeper/v1/published", body=b"{}", headers=headers)
        assert answer.status == 403


@pytest.mark.parametrize(
    ("call", "body", "error"),
    [
        ("nothing", {}, "UnknownOperationException"),
        ("open", {}, "SerializationException"),
        ("open", b"x", "SerializationException"),
        ("open", b"\xff", "SerializationException"),
        ("open", {"name": "x", "option": "sometimes"}, "SerializationException"),
        ("commit", {"name": "x", "version": "1", "elements": {}, "manifest": []}, "SerializationException"),
        ("commit", {"name": "x", "version": 1, "elements": {}, "manifest": []}, "EntityNotFoundException"),
        ("published", [], "SerializationException"),
    ],
)
def test_calls_that_are_refused(control: Any, say: Any, call: str, body: Any, error: str) -> None:
    _, token = begin(control)
    answer = say(call, token, body)
    assert (answer.status, answer.json["error"]) == (400, error), answer.raw


def test_an_error_that_is_not_glues_keeps_its_name(committed: Any, say: Any) -> None:
    run = committed("flights", manifest=[FILE])
    say("publish-failed", run.token, {"error": "denied"})
    answer = say("published", run.token)
    assert (answer.status, answer.json["error"]) == (400, "PublishFailed")


def test_a_fault_of_ours_is_500_and_tells_nothing(say: Any, control: Any, monkeypatch: Any) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    _, token = begin(control)
    monkeypatch.setattr(control.publications, "published", fail)
    answer = say("published", token)
    assert (answer.status, answer.json["error"]) == (500, "InternalServiceException")
    assert "secret" not in answer.json["message"]


@pytest.mark.parametrize("database_kind", ["postgres"])
def test_a_restart_of_the_database_costs_a_run_a_wait(
    control: Any, server: Any, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, token = control.run_starter.register("j", script_location="j.py", arguments={}, launcher="test:1:1")
    monkeypatch.setattr(store, "PATIENCE_S", 0)  # so it is the run that calls again
    client = Client(server.url, token)
    postgres.stop()
    starting = threading.Timer(0.5, postgres.start)
    starting.start()
    opened = client.open("j", BookmarkOption.ENABLE)
    starting.join()
    assert (opened.version, control.bookmarks.history("j")[0].run_id) == (1, run.id)


OPERATIONS = (
    ("GetJobRun", "flights"),
    ("GetJobRun", "other"),
    ("StartJobRun", "flights"),
    ("StartJobRun", "other"),
    ("DeleteJob", "other"),
)


@pytest.mark.parametrize(
    ("scripts", "answered", "opened"),
    [
        (ScriptAccess.OWN, [200, 200, 200, 400, 400], 403),
        (ScriptAccess.READ, [200, 200, 400, 400, 400], 403),
        (ScriptAccess.ALL, [200, 200, 200, 200, 200], 200),
        (None, [200, 200, 200, 200, 200], 200),  # without keys, whoever reaches the loopback may do all
    ],
)
def test_what_a_script_may_do_by_the_token_of_its_run(
    control: Any,
    model: Any,
    listening: Any,
    server: Any,
    http: Any,
    job: Any,
    scripts: ScriptAccess | None,
    answered: list[int],
    opened: int,
) -> None:
    for name in ("flights", "other"):
        control.jobs.create(job(name, ExecutionProperty={"MaxConcurrentRuns": 3}))
    run, token = begin(control)
    others, _ = control.run_starter.register(
        "other", script_location="f.py", arguments={}, launcher="test:1:1"
    )
    if scripts is not None:
        key = AccessKey(id="WRITER", secret="x" * 20)
        switch, _ = listening
        switch.app = create_app(control, model, callers=Callers({key.id: key}, SystemClock(), scripts))
    run_of = {"flights": run.id, "other": others.id}

    def ask(operation: str, name: str) -> int:
        headers = {"x-amz-target": f"AWSGlue.{operation}", "content-type": "application/x-amz-json-1.1"}
        body = {"JobName": name} | ({"RunId": run_of[name]} if operation == "GetJobRun" else {})
        url = f"{server.url}{GLUE_OF_A_RUN}/{token}"
        answer = http.request("POST", url, body=json.dumps(body).encode(), headers=headers)
        if answer.status != 200:
            assert b"AccessDeniedException" in answer.data
            assert b"[scripts]" in answer.data
        return int(answer.status)

    def open_bookmark(name: str) -> int:
        body = json.dumps({"name": name, "option": "job-bookmark-enable"}).encode()
        headers = {"authorization": f"Bearer {token}"}
        url = f"{server.url}/_placekeeper/v1/open"
        return int(http.request("POST", url, body=body, headers=headers).status)

    assert [open_bookmark("flights"), open_bookmark("a name of its own")] == [200, 200]
    assert open_bookmark("other") == opened
    assert [ask(*asked) for asked in OPERATIONS] == answered


@pytest.fixture
def script(control: Any, model: Any, listening: Any, server: Any, connect: Any, job: Any) -> Any:
    """boto3's client in a script of the job flights, where there are keys; `run` is its run."""
    control.jobs.create(job("flights", ExecutionProperty={"MaxConcurrentRuns": 9}))
    run, token = begin(control)
    key = AccessKey(id="WRITER", secret="x" * 20)
    switch, _ = listening
    switch.app = create_app(control, model, callers=Callers({key.id: key}, SystemClock()))
    return SimpleNamespace(run=run, glue=connect(f"{server.url}{GLUE_OF_A_RUN}/{token}"))


def test_a_script_starts_its_own_job_as_it_is_defined(script: Any, control: Any) -> None:
    started = script.glue.start_job_run(JobName="flights", Arguments={"--day": "2026-11-28"})["JobRunId"]
    assert control.runs.find(started).arguments == {"--day": "2026-11-28"}
    for arguments in (
        {"--scriptLocation": "/tmp/mine.py"},
        {"scriptLocation": "/tmp/mine.py", "--day": "1"},
        {"--additional-python-modules": "evil==1"},
        {"--conf": "spark.jars=/tmp/mine.jar"},
    ):
        with pytest.raises(ClientError) as refused:
            script.glue.start_job_run(JobName="flights", Arguments=arguments)
        said = refused.value.response["Error"]
        (name,) = {f"--{given.removeprefix('--')}" for given in arguments} - {"--day"}
        assert said["Code"] == "AccessDeniedException"
        assert f"to start its job flights with the argument {name} (" in said["Message"]
    with pytest.raises(ClientError, match="the member SecurityConfiguration"):
        script.glue.start_job_run(JobName="flights", SecurityConfiguration="none")
    runs = control.runs.page("flights", before=None, limit=10).items
    assert {run.id for _, run in runs} == {script.run.id, started}


def test_a_script_changes_no_definition_and_stops_its_own_run_alone(script: Any, control: Any) -> None:
    started = script.glue.start_job_run(JobName="flights")["JobRunId"]
    command = {"Name": "glueetl", "ScriptLocation": "/tmp/mine.py"}
    for call, members in (
        ("update_job", {"JobName": "flights", "JobUpdate": {"Role": "r", "Command": command}}),
        ("create_job", {"Name": "mine", "Role": "r", "Command": command}),
        ("delete_job", {"JobName": "flights"}),
        ("tag_resource", {"ResourceArn": "arn:aws:glue:a:1:job/flights", "TagsToAdd": {"a": "b"}}),
        ("batch_stop_job_run", {"JobName": "flights", "JobRunIds": [started]}),
        ("batch_stop_job_run", {"JobName": "flights", "JobRunIds": [script.run.id, started]}),
    ):
        with pytest.raises(ClientError, match=r"AccessDeniedException.*may change only jr_"):
            getattr(script.glue, call)(**members)
    assert control.jobs.get("flights").spec["Command"]["ScriptLocation"] == "s3://scripts/flights.py"
    stopped = script.glue.batch_stop_job_run(JobName="flights", JobRunIds=[script.run.id])
    assert stopped["SuccessfulSubmissions"] == [{"JobName": "flights", "JobRunId": script.run.id}]


def test_a_retry_of_what_an_operator_has_started_is_what_the_operator_has_started(
    script: Any, control: Any
) -> None:
    """A script's start of another attempt takes no arguments over: the run that is retried may be an
    operator's, with another script."""
    operators, _ = control.run_starter.register(
        "flights", script_location="f.py", arguments={"--scriptLocation": "/o.py"}, launcher="test:1:1"
    )
    control.lifecycle.move(operators, JobRunState.FAILED, "over")
    again = script.glue.start_job_run(JobName="flights", JobRunId=operators.id)["JobRunId"]
    assert control.runs.find(again).arguments is None


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DatabaseAway("a"), 503),
        (StateError("a"), 503),
        (StateUnfit("a"), 507),
        (StateNotWhole("a"), 507),
    ],
)
def test_only_what_may_pass_by_itself_is_asked_again(error: StateError, status: int) -> None:
    answer = exchange_failure(error, 400, "id")
    assert answer.status == status
    assert (status in _RETRY.status_forcelist) is (status == 503)

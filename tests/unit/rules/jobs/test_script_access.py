"""What a script may ask for by the token of its run."""

from typing import Any

import pytest

from placekeeper.model.access import RunKey, ScriptAccess, is_reading
from placekeeper.rules.jobs.extras import customer_variables
from placekeeper.rules.jobs.parameters import HONOURED
from placekeeper.rules.jobs.script_access import MEMBERS_OF_THE_RUN, OF_THE_DEFINITION, refusal
from placekeeper.rules.selection.reading_options import ARGUMENTS
from placekeeper.server.glue_api.operations import HANDLERS
from placekeeper.server.protocol.model import ServiceModel

OWN = RunKey(id="jr_1", secret="", job_name="flights", access=ScriptAccess.OWN)

DATA = {
    *("--JOB_NAME", "--JOB_ID", "--JOB_RUN_ID", "--SECURITY_CONFIGURATION", "--TempDir"),
    *("--job-bookmark-option", "--job-bookmark-from", "--job-bookmark-to"),
    *("--customer-driver-env-vars", "--customer-executor-env-vars", "--enable-glue-datacatalog"),
}
"""What Glue acts on and a script may give to its own job: what is read and written, not which code runs."""


def start(key: RunKey = OWN, **members: Any) -> str | None:
    return refusal(key, "StartJobRun", {"JobName": "flights", **members})


@pytest.mark.parametrize(
    ("operation", "parameters", "allowed"),
    [
        ("GetJob", {"JobName": "other"}, "own read all"),
        ("StartJobRun", {"JobName": "flights"}, "own all"),
        ("StartJobRun", {"JobName": "other"}, "all"),
        ("StartJobRun", {"JobName": "flights", "Arguments": {"--day": "1"}}, "own all"),
        ("StartJobRun", {"JobName": "flights", "Arguments": {"--scriptLocation": "/x.py"}}, "all"),
        ("ResetJobBookmark", {"JobName": "flights"}, "own all"),
        ("ResetJobBookmark", {"JobName": "other"}, "all"),
        ("BatchStopJobRun", {"JobName": "flights", "JobRunIds": ["jr_1"]}, "own all"),
        ("BatchStopJobRun", {"JobName": "other", "JobRunIds": ["jr_1"]}, "all"),
        ("BatchStopJobRun", {"JobName": "flights", "JobRunIds": ["jr_1", "jr_2"]}, "all"),
        ("UpdateJob", {"JobName": "flights"}, "all"),
        ("DeleteJob", {"JobName": "flights"}, "all"),
        ("CreateJob", {"Name": "flights"}, "all"),
        ("CreateTrigger", {"Name": "flights"}, "all"),
    ],
)
def test_what_a_run_s_token_opens(operation: str, parameters: dict[str, object], allowed: str) -> None:
    for access in ScriptAccess:
        key = RunKey(id="jr_1", secret="", job_name="flights", access=access)
        assert (refusal(key, operation, parameters) is None) == (access.value in allowed.split()), access


def test_of_all_operations_three_change_something_by_the_token_of_a_run() -> None:
    named = {"JobName": "flights", "Name": "flights", "JobRunIds": ["jr_1"], "ResourceArn": "a:job/flights"}
    allowed = {name for name in HANDLERS if not is_reading(name) and refusal(OWN, name, named) is None}
    assert allowed - {"StartJobRun"} == {"ResetJobBookmark", "BatchStopJobRun"}
    assert start() is None


@pytest.mark.parametrize("name", OF_THE_DEFINITION)
def test_a_script_starts_its_job_as_it_is_defined(name: str) -> None:
    for spelled in (name, name.removeprefix("--")):  # to the run they are the same
        why = start(Arguments={"--day": "1", spelled: ""})
        assert why is not None
        assert f"the argument {name} ({OF_THE_DEFINITION[name]})" in why
        assert "Leave that out" in why
        assert 'access = "all"' in why


def test_all_that_is_refused_is_named_at_once() -> None:
    why = start(Arguments={"--extra-jars": "a", "--conf": "b", "--day": "1"}, SecurityConfiguration="none")
    assert why is not None
    assert "--extra-jars (it names classes that Spark loads), the argument --conf (" in why
    assert ") and the member SecurityConfiguration: a script starts" in why
    assert "--day" not in why


def test_every_argument_that_counts_is_decided() -> None:
    """Whoever adds one says in docs/reference/operations.md#a-script-that-starts-its-job whether a script
    may give it to its own job."""
    assert set(HONOURED) == DATA | (OF_THE_DEFINITION.keys() & HONOURED.keys())
    assert not DATA & OF_THE_DEFINITION.keys()
    ours = {*ARGUMENTS, "--engine", "--output-visibility", "--bookmark-plan", "--bookmark-list-concurrency"}
    assert start(Arguments=dict.fromkeys((*DATA, *ours, "--continuation-option"), "x")) is None


def test_every_member_of_a_start_is_decided() -> None:
    members = ServiceModel.of_botocore().operation("StartJobRun").input.members.keys()
    assert members - MEMBERS_OF_THE_RUN == {"SecurityConfiguration", "ExecutionRoleSessionPolicy"}
    for name in ("SecurityConfiguration", "ExecutionRoleSessionPolicy", "AMemberToCome"):
        assert f"with the member {name}: " in (start(**{name: "x"}) or "")
    assert start(Timeout=5, WorkerType="G.1X", NumberOfWorkers=2, JobRunId="jr_0") is None


def test_variables_of_a_run_cannot_name_code() -> None:
    """Why --customer-…-env-vars may be given: what Python and the linker look for is not among them."""
    text = "PYTHONPATH=/evil,LD_PRELOAD=/evil.so, CUSTOMER_A=1,PYTHONSTARTUP=/x.py,customer_b=2"
    variables, notes = customer_variables("--customer-driver-env-vars", text)
    assert variables == {"CUSTOMER_A": "1"}
    assert len(notes) == 4

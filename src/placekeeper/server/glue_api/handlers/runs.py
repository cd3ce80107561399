"""Job runs on the wire.

Source: docs/reference/operations.md#job-runs, docs/reference/operations.md#the-life-of-a-run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.rules.jobs.definition_defaults import with_defaults
from placekeeper.server.glue_api.handler import GroupHandler, Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import RUNS_ON_A_PAGE, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchStopJobRunRequestTypeDef,
        GetJobRunRequestTypeDef,
        GetJobRunsRequestTypeDef,
        JobRunTypeDef,
        StartJobRunRequestTypeDef,
    )

    from placekeeper.control.service import Control

LOG_GROUP = "/aws-glue/jobs"
"""The log group of a run at AWS; Airflow and Dagster read it."""

_FROM_DEFINITION = (
    "AllocatedCapacity",
    "ExecutionClass",
    "ExecutionRoleSessionPolicy",
    "GlueVersion",
    "JobMode",
    "JobRunQueuingEnabled",
    "MaintenanceWindow",
    "MaxCapacity",
    "NotificationProperty",
    "NumberOfWorkers",
    "SecurityConfiguration",
    "Timeout",
    "WorkerType",
)
"""Members of a run that come from the job's definition when the run started."""


def start_job_runs(
    control: Control, requests: Sequence[StartJobRunRequestTypeDef]
) -> Sequence[Mapping[str, object] | Exception]:
    """StartJobRun, several at once."""
    outcomes = control.run_starter.start_all(cast("Sequence[dict[str, Any]]", requests))
    return [{"JobRunId": outcome} if isinstance(outcome, str) else outcome for outcome in outcomes]


def batch_stop_job_run(control: Control, params: BatchStopJobRunRequestTypeDef) -> Mapping[str, object]:
    """BatchStopJobRun: each run stops, or has its error; a run that is stopping already is a success."""
    name = params["JobName"]
    answers = {run_id: control.runs.stop(name, run_id) for run_id in params["JobRunIds"]}
    return {
        "SuccessfulSubmissions": [
            {"JobName": name, "JobRunId": run_id} for run_id, problem in answers.items() if problem is None
        ],
        "Errors": [
            {
                "JobName": name,
                "JobRunId": run_id,
                "ErrorDetail": {"ErrorCode": problem.code, "ErrorMessage": problem.message},
            }
            for run_id, problem in answers.items()
            if problem is not None
        ],
    }


def get_job_run(control: Control, params: GetJobRunRequestTypeDef) -> Mapping[str, object]:
    """GetJobRun; a missing one is EntityNotFoundException."""
    return {"JobRun": run_on_wire(control.runs.get(params["JobName"], params["RunId"]))}


def get_job_runs(control: Control, params: GetJobRunsRequestTypeDef) -> Mapping[str, object]:
    """GetJobRuns, newest first. Pages go by ordinal, so runs that start meanwhile do not shift them.

    A job that neither exists nor ever ran is EntityNotFoundException.
    """
    name = params["JobName"]
    size = params.get("MaxResults", RUNS_ON_A_PAGE)
    listing = f"GetJobRuns {name}"
    before = paging.ordinal_before(listing, params.get("NextToken"))
    page = control.runs.page(name, before=before, limit=size)
    return {
        "JobRuns": [run_on_wire(run) for _, run in page.items],
        "NextToken": paging.token(listing, page.items[-1][0]) if page.more else None,
    }


def run_on_wire(run: JobRun) -> JobRunTypeDef:
    """The members of a run as AWS has them; unknown ones are left out.

    Arguments are those of the start call alone (docs/reference/operations.md#getjobrun). ExecutionTime is in
    whole seconds, 0 until the run has ended, and without the time that it waited.
    """
    definition = with_defaults(run.job_spec)
    shown = {
        **{name: definition[name] for name in _FROM_DEFINITION if name in definition},
        "Id": run.id,
        "Attempt": run.attempt,
        "PreviousRunId": run.previous_run_id,
        "JobName": run.job_name,
        "StartedOn": timestamp(run.started_ms),
        "LastModifiedOn": timestamp(run.modified_ms),
        "CompletedOn": None if run.completed_ms is None else timestamp(run.completed_ms),
        "JobRunState": run.state.value,
        "Arguments": run.arguments,
        "ErrorMessage": run.error_message,
        "StateDetail": run.state_detail if run.state is JobRunState.WAITING else None,
        "PredecessorRuns": [],
        "ExecutionTime": _execution_seconds(run),
        "LogGroupName": LOG_GROUP,
    }
    return cast("JobRunTypeDef", shown)


def _execution_seconds(run: JobRun) -> int:
    if run.running_ms is None or run.completed_ms is None:
        return 0
    return max(0, run.completed_ms - run.running_ms) // 1000


OPERATIONS: Mapping[str, Handler | GroupHandler] = {
    "BatchStopJobRun": Handler(batch_stop_job_run),
    "GetJobRun": Handler(get_job_run, is_quick=True),
    "GetJobRuns": Handler(get_job_runs),
    "StartJobRun": GroupHandler(start_job_runs),
}
"""The operations of this module."""

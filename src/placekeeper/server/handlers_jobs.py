"""Jobs on the wire (glue-api.md §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from placekeeper.engine.job_defaults import derived_members
from placekeeper.model.jobs import Job
from placekeeper.server import paging

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        CreateJobRequestTypeDef,
        DeleteJobRequestTypeDef,
        GetJobRequestTypeDef,
        GetJobsRequestTypeDef,
        JobTypeDef,
    )

    from placekeeper.control.service import Control

PAGE_SIZE = 100
"""Jobs on a page when the caller does not say; AWS documents only the maximum, 1000."""

_NOT_SHOWN = frozenset({"Tags"})
"""Members of CreateJob that Job does not have."""


def create_job(control: Control, params: CreateJobRequestTypeDef) -> Mapping[str, object]:
    """CreateJob."""
    return {"Name": control.jobs.create(cast("dict[str, Any]", params))}


def get_job(control: Control, params: GetJobRequestTypeDef) -> Mapping[str, object]:
    """GetJob; a missing one is EntityNotFoundException."""
    return {"Job": job_on_wire(control.jobs.get(params["JobName"]))}


def get_jobs(control: Control, params: GetJobsRequestTypeDef) -> Mapping[str, object]:
    """GetJobs, by name; NextToken while there are more."""
    size = params.get("MaxResults", PAGE_SIZE)
    after = paging.name_after("GetJobs", params.get("NextToken"))
    jobs = control.jobs.page(after=after, limit=size + 1)
    more = len(jobs) > size
    return {
        "Jobs": [job_on_wire(job) for job in jobs[:size]],
        "NextToken": paging.token("GetJobs", jobs[size - 1].name) if more else None,
    }


def delete_job(control: Control, params: DeleteJobRequestTypeDef) -> Mapping[str, object]:
    """DeleteJob; a job that is not there is no error (AWS: "no exception is thrown")."""
    control.jobs.delete(params["JobName"])
    return {"JobName": params["JobName"]}


def job_on_wire(job: Job) -> JobTypeDef:
    """What was sent, and what AWS derives from it."""
    sent = {name: value for name, value in job.spec.items() if name not in _NOT_SHOWN}
    shown = {
        **derived_members(job.spec),
        **sent,
        "Name": job.name,
        "CreatedOn": timestamp(job.created_ms),
        "LastModifiedOn": timestamp(job.modified_ms),
    }
    return cast("JobTypeDef", shown)


def timestamp(epoch_ms: int) -> datetime:
    """Epoch milliseconds as a value of the wire."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)

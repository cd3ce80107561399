"""Jobs on the wire (docs/reference/operations.md#jobs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from placekeeper.model.jobs import Job
from placekeeper.rules.jobs.definition_defaults import with_defaults
from placekeeper.server.glue_api.handler import Handler
from placekeeper.server.protocol import paging
from placekeeper.server.protocol.wire import PAGE_SIZE, timestamp

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchGetJobsRequestTypeDef,
        CreateJobRequestTypeDef,
        DeleteJobRequestTypeDef,
        GetJobRequestTypeDef,
        GetJobsRequestTypeDef,
        JobTypeDef,
        ListJobsRequestTypeDef,
        UpdateJobRequestTypeDef,
    )

    from placekeeper.control.service import Control


def create_job(control: Control, params: CreateJobRequestTypeDef) -> Mapping[str, object]:
    """CreateJob."""
    return {"Name": control.jobs.create(params)}


def get_job(control: Control, params: GetJobRequestTypeDef) -> Mapping[str, object]:
    """GetJob; a missing one is EntityNotFoundException."""
    return {"Job": job_on_wire(control.jobs.get(params["JobName"]))}


def get_jobs(control: Control, params: GetJobsRequestTypeDef) -> Mapping[str, object]:
    """GetJobs, by name; NextToken while there are more."""
    size = params.get("MaxResults", PAGE_SIZE)
    after = paging.name_after("GetJobs", params.get("NextToken"))
    page = control.jobs.page(after=after, limit=size)
    return {
        "Jobs": [job_on_wire(job) for job in page.items],
        "NextToken": paging.token("GetJobs", page.items[-1].name) if page.more else None,
    }


def list_jobs(control: Control, params: ListJobsRequestTypeDef) -> Mapping[str, object]:
    """ListJobs: names in their order, of jobs that have all of the tags asked for."""
    size = params.get("MaxResults", PAGE_SIZE)
    tags = params.get("Tags", {})
    listing = paging.listing_of("ListJobs", tags)
    after = paging.name_after(listing, params.get("NextToken"))
    names = control.jobs.names(tags=tags, after=after, limit=size + 1)
    return {"JobNames": names[:size], "NextToken": paging.next_by_name(listing, names, size)}


def batch_get_jobs(control: Control, params: BatchGetJobsRequestTypeDef) -> Mapping[str, object]:
    """BatchGetJobs; unknown names are not an error."""
    jobs, missing = control.jobs.named(params["JobNames"])
    return {"Jobs": [job_on_wire(job) for job in jobs], "JobsNotFound": missing}


def update_job(control: Control, params: UpdateJobRequestTypeDef) -> Mapping[str, object]:
    """UpdateJob: the whole definition is overwritten; a missing job is EntityNotFoundException."""
    control.jobs.update(params["JobName"], params["JobUpdate"])
    return {"JobName": params["JobName"]}


def delete_job(control: Control, params: DeleteJobRequestTypeDef) -> Mapping[str, object]:
    """DeleteJob; a missing job is not an error (AWS: "no exception is thrown")."""
    control.jobs.delete(params["JobName"])
    return {"JobName": params["JobName"]}


def job_on_wire(job: Job) -> JobTypeDef:
    """The members that were sent, and those that AWS derives."""
    shown = {
        **with_defaults(job.spec),
        "Name": job.name,
        "CreatedOn": timestamp(job.created_ms),
        "LastModifiedOn": timestamp(job.modified_ms),
    }
    return cast("JobTypeDef", shown)


OPERATIONS: Mapping[str, Handler] = {
    "BatchGetJobs": Handler(batch_get_jobs),
    "CreateJob": Handler(create_job),
    "DeleteJob": Handler(delete_job),
    "GetJob": Handler(get_job, is_quick=True),
    "GetJobs": Handler(get_jobs),
    "ListJobs": Handler(list_jobs),
    "UpdateJob": Handler(update_job),
}
"""The operations of this module."""

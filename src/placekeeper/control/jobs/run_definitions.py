"""The definition that a run gets: the job's, with what the start call overrides, checked as a whole."""

from collections.abc import Mapping
from typing import Any

from placekeeper.control.security_configurations import configuration_of
from placekeeper.model.jobs import Job
from placekeeper.ports.store import Transaction
from placekeeper.rules.jobs.arguments import effective_arguments
from placekeeper.rules.jobs.definitions import check_arguments, check_run, definition_of_run, stated

_NOT_OF_THE_JOB = frozenset({"JobName", "JobRunId", "Arguments"})
"""Members of StartJobRun that are the run's own; all others override the job's for this run."""


def definition_for_run(tx: Transaction, job: Job, request: Mapping[str, Any]) -> dict[str, Any]:
    """The job's definition with what `request` (StartJobRun's input) overrides.

    Raises InvalidInputException for capacity, timeout and arguments that are not allowed, and for a security
    configuration that does not exist, the job's own too: it may have been deleted since.
    """
    overrides = {name: value for name, value in stated(request).items() if name not in _NOT_OF_THE_JOB}
    spec = definition_of_run(job.spec, overrides)
    check_run(spec)
    check_arguments(
        effective_arguments(
            spec.get("DefaultArguments"), request.get("Arguments"), spec.get("NonOverridableArguments")
        )
    )
    configuration_of(tx, spec)
    return spec

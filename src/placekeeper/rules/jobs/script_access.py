"""What a script may ask for with the token of its run, on a server with keys.

A script may start its own job as the job is defined. Only the definition decides which code runs: otherwise
anybody with the token of a run could run any program as the server's user.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from placekeeper.model.access import RunKey, ScriptAccess, is_reading
from placekeeper.rules.jobs.arguments import effective_arguments

OF_THE_DEFINITION: Mapping[str, str] = MappingProxyType(
    {
        "--scriptLocation": "it names the script",
        "--job-language": "it says what kind of program the script is",
        "--class": "it names where a program begins",
        "--extra-py-files": "it names modules that the script imports",
        "--additional-python-modules": "it names packages that are installed",
        "--python-modules-installer-option": "it says from where packages are installed",
        "--extra-files": "it puts files beside the script",
        "--extra-jars": "it names classes that Spark loads",
        "--user-jars-first": "it says whose classes Spark loads first",
        "--datalake-formats": "it names classes that Spark loads",
        "--use-postgres-driver": "it names classes that Spark loads",
        "--conf": "its settings can name classes, files and programs that the run loads",
        "--master": "it names the machines that get the code and the data",
    }
)
"""Arguments that a script may not give to a run of its job, and why. It may give all others: they decide what
is read and written, or are the script's own;
docs/reference/operations.md#a-script-that-starts-its-job has the reasons."""

MEMBERS_OF_THE_RUN = frozenset(
    {
        *("JobName", "JobRunId", "Arguments", "Timeout", "NotificationProperty", "JobRunQueuingEnabled"),
        *("AllocatedCapacity", "MaxCapacity", "WorkerType", "NumberOfWorkers", "ExecutionClass"),
    }
)
"""Members of StartJobRun that a script may state. SecurityConfiguration would take the encryption from its
job's bookmark, and ExecutionRoleSessionPolicy changes what a run may do; later ones are not known yet."""

_HOW_TO_ALLOW = 'write [scripts] and access = "all" in the keys file, and start the server again'


def refusal(key: RunKey, operation: str, parameters: Mapping[str, Any]) -> str | None:
    """Why a script may not ask for an operation with its run's token, and what to do; None if it may.

    `parameters` are the members of the call, checked against the model.
    """
    if key.access is ScriptAccess.ALL or is_reading(operation):
        return None
    if key.access is ScriptAccess.READ or not _is_own(key, operation, parameters):
        own = f"only {key.id} of the job {key.job_name}" if key.access is ScriptAccess.OWN else "nothing"
        return (
            f"The script of run {key.id} is not authorized to perform: glue:{operation} on this resource: "
            f"with the token of its run it may change {own}. To let scripts do more, {_HOW_TO_ALLOW}"
        )
    return _otherwise_than_defined(key, parameters) if operation == "StartJobRun" else None


def _is_own(key: RunKey, operation: str, parameters: Mapping[str, Any]) -> bool:
    """Whether an operation changes the run of a token or its job, and nothing else."""
    if parameters.get("JobName") != key.job_name:
        return False
    match operation:
        case "StartJobRun" | "ResetJobBookmark":
            return True
        case "BatchStopJobRun":
            return set(parameters["JobRunIds"]) == {key.id}
        case _:
            return False


def _otherwise_than_defined(key: RunKey, parameters: Mapping[str, Any]) -> str | None:
    """Why a start differs from the job's definition in a forbidden way; None if it does not.

    Arguments may be named with or without `--`.
    """
    names = effective_arguments(None, parameters.get("Arguments"), None)
    arguments = [f"the argument {name} ({why})" for name, why in OF_THE_DEFINITION.items() if name in names]
    members = [f"the member {name}" for name in sorted(parameters.keys() - MEMBERS_OF_THE_RUN)]
    found = [*arguments, *members]
    if not found:
        return None
    return (
        f"The script of run {key.id} is not authorized to start its job {key.job_name} with "
        f"{_listed(found)}: a script starts its own job as it is defined. Leave that out, and set it in the "
        f"job's definition (UpdateJob, with a key). To let scripts do more, {_HOW_TO_ALLOW}"
    )


def _listed(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last

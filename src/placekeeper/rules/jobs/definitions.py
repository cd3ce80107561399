"""The checks by which AWS refuses a job's definition. Each rule returns AWS's text or None.

Texts marked "ours" are not AWS's: no answer of AWS was found for that case.

Source: docs/reference/errors.md#refusals-of-definitions.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from placekeeper.model.errors import InvalidInputException
from placekeeper.model.jobs import Job
from placekeeper.rules.jobs.arguments import effective_arguments
from placekeeper.rules.jobs.definition_defaults import glue_version

MAX_TIMEOUT_MINUTES = 10_080
"""Seven days (AWS, CreateJob.Timeout)."""

MAX_RETRIES = 10
"""The largest MaxRetries that AWS's console accepts."""

MAX_ARGUMENT_BYTES = 260 * 1024
"""The largest total size of a run's argument names and values, in bytes (AWS, job parameters)."""

PYTHON_SHELL_CAPACITIES = (0.0625, 1.0)
"""AWS, CreateJob.MaxCapacity."""

SPARK_CAPACITIES = (2, 100)
"""The fewest and the most DPU of a Spark job, whole numbers (AWS, CreateJob.MaxCapacity)."""

MAX_WORKERS: Mapping[str, int] = MappingProxyType({"G.025X": 299, "G.1X": 299, "G.2X": 149})
"""The most workers of a type, by AWS's CreateJob.NumberOfWorkers (older pages) and its error for G.025X."""

MAX_OTHER_WORKERS = 1000
"""The most workers of the types for which AWS documents no limit (ours)."""

FLEX_FROM = 3
"""The major GlueVersion from which jobs may be FLEX (AWS, CreateJob.ExecutionClass)."""

_SPARK = ("glueetl", "gluestreaming")

_WORKERS = ("WorkerType", "NumberOfWorkers")
_CAPACITIES = ("MaxCapacity", "AllocatedCapacity")

Rule = Callable[[Mapping[str, Any]], str | None]
"""What is wrong with a definition, None when nothing is."""

DEFINED_BY_RUN = "Defined by: placekeeper run "
"""How the Description of a job begins that `placekeeper run` has defined."""


def stated(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a definition or a start call states.

    An AllocatedCapacity of 0 counts as not stated: AWS's model has no null there, and some clients send 0.
    """
    return {name: value for name, value in members.items() if (name, value) != ("AllocatedCapacity", 0)}


def check_definition(spec: Mapping[str, Any]) -> None:
    """Check a definition as CreateJob and UpdateJob do. Raises InvalidInputException."""
    _refuse(spec, (_command, _concurrent_runs, _retries, *_LIMITS))
    _check_size(effective_arguments(spec.get("DefaultArguments"), None, spec.get("NonOverridableArguments")))


def check_run(spec: Mapping[str, Any]) -> None:
    """Check the definition of a run as StartJobRun does. Raises InvalidInputException."""
    _refuse(spec, _LIMITS)


def check_arguments(arguments: Mapping[str, str]) -> None:
    """Refuse arguments that no process can be given, or that are too large together.

    Raises InvalidInputException (texts: ours).
    """
    for name, value in arguments.items():
        if not name.removeprefix("--"):
            raise InvalidInputException(f"'{name}' is not an argument name: write --NAME.")
        if "=" in name:
            raise InvalidInputException(
                f"The argument '{name}' has a '=' in its name. The script would read it as part of the "
                "value: remove it."
            )
        if "\0" in name or "\0" in value:
            raise InvalidInputException(f"The argument {name!r} has the character NUL (U+0000); remove it.")
    _check_size(arguments)


def _check_size(arguments: Mapping[str, str]) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in arguments.items())
    if size > MAX_ARGUMENT_BYTES:
        raise InvalidInputException(
            f"The names and values of the arguments are {size} bytes together; at most "
            f"{MAX_ARGUMENT_BYTES} are allowed. Put large values into an object and pass its path."
        )


def definition_of_run(spec: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """A job's definition with what a start call overrides.

    Capacity is stated in one of two ways, workers or units. A call that states it in one way replaces the
    job's whole statement in the other (our inference: AWS says only that the two exclude each other).
    """
    replaced: tuple[str, ...] = ()
    if any(name in overrides for name in _CAPACITIES):
        replaced = (*_WORKERS, *_CAPACITIES)
    elif any(name in overrides for name in _WORKERS):
        replaced = _CAPACITIES
    return {name: value for name, value in spec.items() if name not in replaced} | dict(overrides)


def _refuse(spec: Mapping[str, Any], rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        text = rule(spec)
        if text is not None:
            raise InvalidInputException(text)


def _command_name(spec: Mapping[str, Any]) -> str:
    return str(spec.get("Command", {}).get("Name") or "")


def _command(spec: Mapping[str, Any]) -> str | None:
    if not _command_name(spec):
        return "Command name should not be null or empty."
    if _command_name(spec) == "glueray" and not spec["Command"].get("Runtime"):
        return "Runtime parameter is required for GlueRay command"
    return None


def _concurrent_runs(spec: Mapping[str, Any]) -> str | None:
    runs = spec.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
    return None if runs >= 1 else f"MaxConcurrentRuns must be at least 1, not {runs}."


def _retries(spec: Mapping[str, Any]) -> str | None:
    retries = spec.get("MaxRetries", 0)
    if 0 <= retries <= MAX_RETRIES:
        return None
    return f"MaxRetries must be between 0 and {MAX_RETRIES}, not {retries}."


def _timeout(spec: Mapping[str, Any]) -> str | None:
    if "Timeout" not in spec:
        return None
    if _command_name(spec) == "glueray":
        return "Timeout not supported for Ray jobs"
    if spec["Timeout"] > MAX_TIMEOUT_MINUTES:
        return f"Timeout must be at most {MAX_TIMEOUT_MINUTES} minutes (7 days), not {spec['Timeout']}."
    return None


def _python_shell(spec: Mapping[str, Any]) -> str | None:
    if _command_name(spec) != "pythonshell":
        return None
    if any(name in spec for name in _WORKERS):
        return "Worker Type is not supported for Job Command pythonshell"
    capacity = spec.get("MaxCapacity", PYTHON_SHELL_CAPACITIES[0])
    if capacity not in PYTHON_SHELL_CAPACITIES:
        return f"MaxCapacity of a pythonshell job must be 0.0625 or 1, not {capacity}."
    if spec.get("AllocatedCapacity", 0) > 1:
        return f"AllocatedCapacity of a pythonshell job must be 1, not {spec['AllocatedCapacity']}."
    return None


def _spark(spec: Mapping[str, Any]) -> str | None:
    if _command_name(spec) not in _SPARK:
        return None
    fewest, most = SPARK_CAPACITIES
    for name in _CAPACITIES:
        capacity = spec.get(name) or fewest  # another rule refuses 0
        if not (fewest <= capacity <= most and capacity == int(capacity)):
            return f"{name} of a Spark job must be a whole number from {fewest} to {most}, not {capacity}."
    return None


def _flex(spec: Mapping[str, Any]) -> str | None:
    if spec.get("ExecutionClass") != "FLEX":
        return None
    major = glue_version(spec).partition(".")[0]
    if _command_name(spec) == "glueetl" and not (major.isdecimal() and int(major) < FLEX_FROM):
        return None
    return f"ExecutionClass FLEX is for glueetl jobs with GlueVersion {FLEX_FROM}.0 or later."


def _ray(spec: Mapping[str, Any]) -> str | None:
    if _command_name(spec) == "glueray" and spec.get("WorkerType") != "Z.2X":
        return "Worker type cannot be null and only [Z.2X] worker types are supported for glueray jobs"
    return None


def _one_way(spec: Mapping[str, Any]) -> str | None:
    """Workers or units, not both; and of units one member."""
    if spec.get("MaxCapacity", 1) <= 0 or spec.get("AllocatedCapacity", 0) < 0:
        return "MaxCapacity and AllocatedCapacity must be greater than 0."
    workers = any(name in spec for name in _WORKERS)
    allocated = bool(spec.get("AllocatedCapacity"))  # 0 is the model's way of saying nothing
    if "MaxCapacity" in spec and allocated:
        return "Please set only Allocated Capacity or Max Capacity"
    if "MaxCapacity" in spec and workers:
        return "Please do not set Max Capacity if using Worker Type and Number of Workers."
    if allocated and workers:
        return "Please do not set Allocated Capacity if using Worker Type and Number of Workers."
    return None


def _workers(spec: Mapping[str, Any]) -> str | None:
    stated = [name for name in _WORKERS if name in spec]
    if not stated:
        return None
    if len(stated) < len(_WORKERS):
        return "Please set both Worker Type and Number of Workers."
    count = spec["NumberOfWorkers"]
    if count < 1:
        return f"Number of Workers must be at least 1, not {count}."
    kind = spec["WorkerType"]
    most = MAX_WORKERS.get(kind, MAX_OTHER_WORKERS)
    if count > most:
        return f"To use Worker Type {kind}, maximum allowed value of Number of Workers is {most}."
    return None


_LIMITS: tuple[Rule, ...] = (_timeout, _python_shell, _ray, _one_way, _spark, _workers, _flex)


def is_defined_by_run(job: Job) -> bool:
    """Whether a run has defined a job, and nobody has said since what it is."""
    return str(job.spec.get("Description", "")).startswith(DEFINED_BY_RUN)

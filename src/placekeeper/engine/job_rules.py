"""What AWS refuses in a job's definition (glue-api.md §7.2): pure rules, each answers AWS's text or None.

Texts marked "ours" are not AWS's: no answer of AWS was found for that case.
"""

from collections.abc import Callable, Mapping
from typing import Any

from placekeeper.model.errors import InvalidInputException

MAX_TIMEOUT_MINUTES = 10_080
"""Seven days (AWS, CreateJob.Timeout)."""

MAX_RETRIES = 10
"""The most that AWS's console accepts."""

MAX_ARGUMENT_BYTES = 260 * 1024
"""The most that the names and values of a run's arguments may be together (AWS, job parameters)."""

PYTHON_SHELL_CAPACITIES = (0.0625, 1.0)
"""AWS, CreateJob.MaxCapacity."""

G_025X_WORKERS = 299

_WORKERS = ("WorkerType", "NumberOfWorkers")
_CAPACITIES = ("MaxCapacity", "AllocatedCapacity")

Rule = Callable[[Mapping[str, Any]], str | None]
"""What is wrong with a definition, None when nothing is."""


def stated(members: Mapping[str, Any]) -> dict[str, Any]:
    """What a definition or a start call says.

    An AllocatedCapacity of 0 says nothing: AWS's model has no null there, and some clients send its zeros.
    """
    return {name: value for name, value in members.items() if (name, value) != ("AllocatedCapacity", 0)}


def check_definition(spec: Mapping[str, Any]) -> None:
    """What CreateJob and UpdateJob refuse. Raises InvalidInputException."""
    _refuse(spec, (_command, _concurrent_runs, _retries, *_LIMITS))


def check_run(spec: Mapping[str, Any]) -> None:
    """What StartJobRun refuses in the definition that a run gets. Raises InvalidInputException."""
    _refuse(spec, _LIMITS)


def check_arguments(arguments: Mapping[str, str]) -> None:
    """Refuse arguments that are too large together. Raises InvalidInputException (text: ours)."""
    size = sum(len(name.encode()) + len(value.encode()) for name, value in arguments.items())
    if size > MAX_ARGUMENT_BYTES:
        raise InvalidInputException(
            f"The names and values of the run's arguments are {size} bytes together; at most "
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
    return None


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
    if spec["WorkerType"] == "G.025X" and count > G_025X_WORKERS:
        return f"To use Worker Type G.025X, maximum allowed value of Number of Workers is {G_025X_WORKERS}."
    return None


_LIMITS: tuple[Rule, ...] = (_timeout, _python_shell, _ray, _one_way, _workers)

"""The members that AWS adds to a job's definition: GetJob shows them although nobody sent them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

DEFAULT_GLUE_VERSION = "6.0"
"""The version of a job that names none (AWS, CreateJob.GlueVersion; JobRun's says 5.1, older pages 0.9)."""

DEFAULT_WORKERS_DPU = 10.0
"""The capacity of a Spark job that states none (AWS, CreateJob.AllocatedCapacity)."""

PYTHON_SHELL_DPU = 0.0625
"""The capacity of a Python shell job that states none (AWS, CreateJob.MaxCapacity)."""

TIMEOUT_MINUTES = 480
"""The default from Glue 5.0 on (AWS, CreateJob.Timeout)."""

TIMEOUT_MINUTES_BEFORE_5 = 2880
"""The default up to Glue 4.0 (AWS, CreateJob.Timeout)."""

DPU_PER_WORKER: Mapping[str, float] = MappingProxyType(
    {
        "Standard": 1.0,
        "G.025X": 0.25,
        "G.1X": 1.0,
        "G.2X": 2.0,
        "G.4X": 4.0,
        "G.8X": 8.0,
        "G.12X": 12.0,
        "G.16X": 16.0,
        "R.1X": 1.0,
        "R.2X": 2.0,
        "R.4X": 4.0,
        "R.8X": 8.0,
        "Z.2X": 2.0,
    }
)
"""AWS's worker types, in (memory-optimised) data processing units."""

_WITHOUT_TIMEOUT = frozenset({"glueray", "gluestreaming"})
_INT_BOUND = 2**31 - 1


def with_defaults(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A definition as GetJob shows it: the members that were sent, over those that AWS derives.

    An AllocatedCapacity of 0 counts as not sent, because AWS's model has no null there.
    """
    derived = derived_members(spec)
    execution = {**derived["ExecutionProperty"], **spec.get("ExecutionProperty", {})}
    stated = {name: value for name, value in spec.items() if (name, value) != ("AllocatedCapacity", 0)}
    return {**derived, **stated, "ExecutionProperty": execution}


def glue_version(spec: Mapping[str, Any]) -> str:
    """The version of a job."""
    return spec.get("GlueVersion") or DEFAULT_GLUE_VERSION


def derived_members(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The members that AWS derives for a definition; those that were sent win over them.

    MaxRetries, GlueVersion, ExecutionProperty and Timeout have defaults; MaxCapacity and AllocatedCapacity
    follow from workers and DPU per worker (docs/reference/members.md#capacity). A Ray job has no timeout
    (docs/reference/members.md#timeout); neither has a streaming job (our inference, from what Terraform's
    provider says).
    """
    version = glue_version(spec)
    capacity = _capacity(spec)
    derived: dict[str, Any] = {
        "MaxRetries": 0,
        "GlueVersion": version,
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxCapacity": capacity,
        "AllocatedCapacity": max(-_INT_BOUND, min(_INT_BOUND, int(capacity))),
    }
    if _command(spec) not in _WITHOUT_TIMEOUT:
        derived["Timeout"] = _timeout_minutes(version)
    return derived


def _capacity(spec: Mapping[str, Any]) -> float:
    # An AllocatedCapacity of 0 counts as not sent.
    stated = spec.get("MaxCapacity") or spec.get("AllocatedCapacity")
    if stated:
        return float(stated)
    workers = spec.get("NumberOfWorkers")
    if workers is not None:
        return float(workers) * DPU_PER_WORKER.get(spec.get("WorkerType", "G.1X"), 1.0)
    return PYTHON_SHELL_DPU if _command(spec) == "pythonshell" else DEFAULT_WORKERS_DPU


def _command(spec: Mapping[str, Any]) -> str:
    return str(spec.get("Command", {}).get("Name") or "")


def _timeout_minutes(version: str) -> int:
    major = version.partition(".")[0]
    # `auto` and versions that are not numbers follow the newest version.
    return TIMEOUT_MINUTES_BEFORE_5 if major.isdecimal() and int(major) < 5 else TIMEOUT_MINUTES

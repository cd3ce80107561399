"""What a job's definition may not be."""

from typing import Any

import pytest

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.jobs.definition_defaults import with_defaults
from placekeeper.rules.jobs.definitions import (
    MAX_ARGUMENT_BYTES,
    check_arguments,
    check_definition,
    check_run,
    definition_of_run,
)

BOTH = "Please set both Worker Type and Number of Workers."
NOT_MAX = "Please do not set Max Capacity if using Worker Type and Number of Workers."


def spec(command: str = "glueetl", /, **members: Any) -> dict[str, Any]:
    return {"Command": {"Name": command, "Runtime": "Ray2.4"}, **members}


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        ({}, "Command name should not be null or empty."),
        ({"Command": {"ScriptLocation": "s3://b/k"}}, "Command name should not be null or empty."),
        (
            {"Command": {"Name": "glueray"}, "WorkerType": "Z.2X", "NumberOfWorkers": 2},
            "Runtime parameter is required for GlueRay command",
        ),
        (spec(MaxCapacity=2.0, WorkerType="G.1X", NumberOfWorkers=2), NOT_MAX),
        (spec(MaxCapacity=2.0, NumberOfWorkers=2), NOT_MAX),
        (spec(MaxCapacity=2.0, AllocatedCapacity=2), "Please set only Allocated Capacity or Max Capacity"),
        (
            spec(AllocatedCapacity=2, WorkerType="G.1X", NumberOfWorkers=2),
            "Please do not set Allocated Capacity if using Worker Type and Number of Workers.",
        ),
        (spec(WorkerType="G.1X"), BOTH),
        (spec(NumberOfWorkers=2), BOTH),
        (
            spec(WorkerType="G.025X", NumberOfWorkers=300),
            "To use Worker Type G.025X, maximum allowed value of Number of Workers is 299.",
        ),
        (
            spec(WorkerType="G.1X", NumberOfWorkers=300),
            "To use Worker Type G.1X, maximum allowed value of Number of Workers is 299.",
        ),
        (
            spec(WorkerType="G.2X", NumberOfWorkers=150),
            "To use Worker Type G.2X, maximum allowed value of Number of Workers is 149.",
        ),
        (
            spec("pythonshell", WorkerType="G.1X", NumberOfWorkers=2),
            "Worker Type is not supported for Job Command pythonshell",
        ),
        (spec("glueray", WorkerType="Z.2X", Timeout=5), "Timeout not supported for Ray jobs"),
        *(
            (
                spec("glueray", **workers),
                "Worker type cannot be null and only [Z.2X] worker types are supported for glueray jobs",
            )
            for workers in ({}, {"WorkerType": "G.1X", "NumberOfWorkers": 2})
        ),
    ],
)
def test_aws_texts(definition: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidInputException) as error:
        check_definition(definition)
    assert error.value.message == text


@pytest.mark.parametrize(
    ("definition", "named"),
    [
        (spec("pythonshell", MaxCapacity=0.5), "0.0625 or 1"),
        (spec(Timeout=10_081), "10080 minutes"),
        (spec(MaxRetries=11), "between 0 and 10"),
        (spec(MaxRetries=-1), "between 0 and 10"),
        (spec(ExecutionProperty={"MaxConcurrentRuns": 0}), "at least 1"),
        (spec(WorkerType="G.1X", NumberOfWorkers=0), "at least 1"),
        (spec(MaxCapacity=-1.0), "greater than 0"),
        (spec(AllocatedCapacity=-1), "greater than 0"),
        (spec(MaxCapacity=0.0), "greater than 0"),
        (spec(MaxCapacity=1.0), "from 2 to 100, not 1.0"),
        (spec(MaxCapacity=2.5), "whole number"),
        (spec(MaxCapacity=1e308), "from 2 to 100"),
        (spec("gluestreaming", MaxCapacity=101.0), "from 2 to 100"),
        (spec(AllocatedCapacity=1), "AllocatedCapacity .* from 2 to 100"),
        (spec(AllocatedCapacity=101), "AllocatedCapacity .* from 2 to 100"),
        (spec("pythonshell", AllocatedCapacity=7), "must be 1, not 7"),
        (spec(WorkerType="R.8X", NumberOfWorkers=2**31 - 1), "R.8X, maximum allowed .* is 1000"),
        (spec("pythonshell", ExecutionClass="FLEX"), "FLEX is for glueetl"),
        (spec("gluestreaming", ExecutionClass="FLEX"), "FLEX is for glueetl"),
        (spec(ExecutionClass="FLEX", GlueVersion="2.0"), "GlueVersion 3.0 or later"),
        (spec(DefaultArguments={"--x": "y" * MAX_ARGUMENT_BYTES}), f"{MAX_ARGUMENT_BYTES + 3} bytes"),
    ],
)
def test_our_texts(definition: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInputException, match=named):
        check_definition(definition)


@pytest.mark.parametrize(
    "definition",
    [
        spec(),
        spec(MaxCapacity=10.0, Timeout=10_080, MaxRetries=10),
        spec(AllocatedCapacity=0, WorkerType="G.1X", NumberOfWorkers=2),
        spec(WorkerType="G.025X", NumberOfWorkers=299),
        spec(WorkerType="G.1X", NumberOfWorkers=299),
        spec(WorkerType="G.2X", NumberOfWorkers=149),
        spec(WorkerType="Standard", NumberOfWorkers=1000),
        spec(MaxCapacity=2.0),
        spec(AllocatedCapacity=100),
        spec("pythonshell", AllocatedCapacity=1),
        spec("another", MaxCapacity=0.5),
        spec(ExecutionClass="FLEX"),
        spec(ExecutionClass="FLEX", GlueVersion="auto"),
        spec("pythonshell", ExecutionClass="STANDARD", GlueVersion="1.0"),
        spec("pythonshell"),
        spec("pythonshell", MaxCapacity=0.0625),
        spec("pythonshell", MaxCapacity=1),
        spec("glueray", WorkerType="Z.2X", NumberOfWorkers=2),
        spec("gluestreaming", ExecutionProperty={}),
    ],
)
def test_what_is_allowed(definition: dict[str, Any]) -> None:
    check_definition(definition)


def test_a_job_of_an_earlier_version_without_a_command_name_still_starts() -> None:
    check_run({"Command": {"ScriptLocation": "s3://b/k"}, "MaxRetries": 99})


@pytest.mark.parametrize(
    ("job", "overrides", "effective"),
    [
        ({"MaxCapacity": 2.0}, {"Timeout": 5}, {"MaxCapacity": 2.0, "Timeout": 5}),
        (
            {"WorkerType": "G.1X", "NumberOfWorkers": 2},
            {"NumberOfWorkers": 9},
            {"WorkerType": "G.1X", "NumberOfWorkers": 9},
        ),
        (
            {"AllocatedCapacity": 2},
            {"WorkerType": "G.1X", "NumberOfWorkers": 9},
            {"WorkerType": "G.1X", "NumberOfWorkers": 9},
        ),
        ({"WorkerType": "G.1X", "NumberOfWorkers": 2}, {"MaxCapacity": 4.0}, {"MaxCapacity": 4.0}),
        ({"MaxCapacity": 2.0}, {"AllocatedCapacity": 4}, {"AllocatedCapacity": 4}),
    ],
)
def test_what_a_start_call_overrides(
    job: dict[str, Any], overrides: dict[str, Any], effective: dict[str, Any]
) -> None:
    assert definition_of_run(job, overrides) == effective


def test_arguments_are_measured_in_bytes_with_their_names() -> None:
    check_arguments({"--é": "x" * (MAX_ARGUMENT_BYTES - 4)})
    with pytest.raises(InvalidInputException, match=f"{MAX_ARGUMENT_BYTES + 1} bytes"):
        check_arguments({"--é": "x" * (MAX_ARGUMENT_BYTES - 3)})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"": "x"}, "is not an argument name"),
        ({"--": "x"}, "is not an argument name"),
        ({"--a=b": "c"}, "has a '='"),
        ({"--a": "x\0y"}, "NUL"),
        ({"--a\0": "x"}, "NUL"),
    ],
)
def test_arguments_that_no_process_can_be_given(arguments: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInputException, match=said):
        check_arguments(arguments)


def test_names_without_dashes_and_values_with_signs_are_arguments() -> None:
    check_arguments({"day": "a=b", "--x": "", "-y": "--z"})


def test_a_capacity_of_nothing_is_not_shown() -> None:
    shown = with_defaults(spec(AllocatedCapacity=0, WorkerType="G.1X", NumberOfWorkers=3))
    assert (shown["AllocatedCapacity"], shown["MaxCapacity"]) == (3, 3.0)


def test_defaults_fill_what_an_execution_property_leaves_out() -> None:
    shown = with_defaults(spec(ExecutionProperty={}, Timeout=7))
    assert (shown["ExecutionProperty"], shown["Timeout"]) == ({"MaxConcurrentRuns": 1}, 7)

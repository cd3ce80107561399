"""What AWS derives for a job's definition."""

from typing import Any

import pytest

from placekeeper.rules.jobs.definition_defaults import DPU_PER_WORKER, derived_members
from placekeeper.server.protocol.model import ServiceModel


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            {},
            {
                "MaxRetries": 0,
                "GlueVersion": "6.0",
                "Timeout": 480,
                "MaxCapacity": 10.0,
                "AllocatedCapacity": 10,
            },
        ),
        ({"GlueVersion": "4.0"}, {"Timeout": 2880}),
        ({"GlueVersion": "0.9"}, {"Timeout": 2880}),
        ({"GlueVersion": "5.0"}, {"Timeout": 480}),
        ({"GlueVersion": "10.0"}, {"Timeout": 480}),
        ({"GlueVersion": "auto"}, {"Timeout": 480, "GlueVersion": "auto"}),
        ({"WorkerType": "G.025X", "NumberOfWorkers": 6}, {"MaxCapacity": 1.5, "AllocatedCapacity": 1}),
        ({"WorkerType": "G.8X", "NumberOfWorkers": 3}, {"MaxCapacity": 24.0, "AllocatedCapacity": 24}),
        ({"NumberOfWorkers": 3}, {"MaxCapacity": 3.0}),
        ({"AllocatedCapacity": 0}, {"MaxCapacity": 10.0}),
        ({"AllocatedCapacity": 0, "WorkerType": "G.2X", "NumberOfWorkers": 3}, {"MaxCapacity": 6.0}),
        ({"AllocatedCapacity": 4}, {"MaxCapacity": 4.0}),
        ({"MaxCapacity": 2.0}, {"AllocatedCapacity": 2}),
        ({"MaxCapacity": 1e300}, {"AllocatedCapacity": 2**31 - 1}),
        ({"Command": {"Name": "pythonshell"}}, {"MaxCapacity": 0.0625, "AllocatedCapacity": 0}),
    ],
)
def test_derived(spec: dict[str, Any], expected: dict[str, Any]) -> None:
    derived = derived_members(spec)
    assert {name: derived[name] for name in expected} == expected


@pytest.mark.parametrize("command", ["glueray", "gluestreaming"])
def test_jobs_without_a_timeout(command: str) -> None:
    assert "Timeout" not in derived_members({"Command": {"Name": command}})


def test_every_worker_type_of_the_model_has_a_size(model: ServiceModel) -> None:
    workers = model.operation("CreateJob").input.members["WorkerType"]
    assert set(workers.metadata["enum"]) == set(DPU_PER_WORKER)

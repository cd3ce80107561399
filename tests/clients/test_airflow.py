"""Airflow's Amazon provider: GlueJobOperator and GlueJobSensor in runs of a DAG."""

import json
from typing import Any

import pytest

from workspace import COPY

pytestmark = pytest.mark.clients

DAG = """\
import datetime
import json
import os

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.sensors.glue import GlueJobSensor
from airflow.sdk import DAG

with DAG("copying", schedule=None, start_date=datetime.datetime(2026, 1, 1)):
    options = json.loads(os.environ["OPTIONS"])
    run = GlueJobOperator(
        task_id="run", job_name="copy", replace_script_file=True, job_poll_interval=0.2, **options
    )
    if not options.get("wait_for_completion", True):
        run >> GlueJobSensor(task_id="wait", job_name="copy", run_id=run.output, poke_interval=0.5)
"""


@pytest.fixture
def airflow(lab: Any, dag: Any) -> Any:
    """Runs the DAG with options of the operator."""

    def run(**options: Any) -> list[str]:
        # On this machine: the operator uploads it.
        script = lab.workspace.script(COPY + "print('copied', 'all')\n")
        given = {
            "script_location": str(script),
            "s3_bucket": lab.bucket,
            "script_args": lab.arguments,
            "iam_role_arn": "arn:aws:iam::000000000000:role/glue",
            "create_job_kwargs": {"GlueVersion": "5.0", "Tags": {"team": "data"}},
            **options,
        }
        said = dag("copying", DAG, OPTIONS=json.dumps(given))
        assert options.get("verbose", False) == ("copied all" in said)
        return [found["JobRunState"] for found in lab.runs("copy")]

    return run


def test_operator_and_sensor(lab: Any, airflow: Any) -> None:
    assert airflow(verbose=True) == ["SUCCEEDED"]
    assert lab.workspace.ids() == [1, 2, 3]
    shown = lab.dev.glue.get_job(JobName="copy")["Job"]
    assert shown["Command"]["ScriptLocation"] == f"s3://{lab.bucket}/artifacts/glue-scripts/copy_rows.py"

    lab.workspace.put_rows("b.csv", 4)
    assert airflow(wait_for_completion=False) == ["SUCCEEDED"] * 2
    assert lab.workspace.ids() == [1, 2, 3, 4]


def test_an_update_and_waiting_in_the_triggerer(lab: Any, airflow: Any) -> None:
    assert airflow(update_config=True) == ["SUCCEEDED"]
    definition = {"GlueVersion": "5.0", "Timeout": 7, "Tags": {"team": "ops"}}
    airflow(update_config=True, create_job_kwargs=definition, deferrable=True, waiter_delay=1)
    assert lab.dev.glue.get_job(JobName="copy")["Job"]["Timeout"] == 7
    tags = lab.dev.glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:000000000000:job/copy")["Tags"]
    assert tags == {"team": "ops"}
    assert [run["JobRunState"] for run in lab.runs("copy")] == ["SUCCEEDED"] * 2

"""Dagster's PipesGlueClient: an asset that a Glue job makes, with messages over S3 or in its logs."""

from typing import Any

import pytest

pytestmark = pytest.mark.clients

SCRIPT = """\
import sys

import boto3
from dagster_pipes import PipesCliArgsParamsLoader, PipesS3ContextLoader
from dagster_pipes import PipesS3MessageWriter, open_dagster_pipes

s3 = boto3.client("s3")
with open_dagster_pipes(
    params_loader=PipesCliArgsParamsLoader(),
    context_loader=PipesS3ContextLoader(client=s3),
    message_writer=PipesS3MessageWriter(client=s3) if "--messages-over-s3" in sys.argv else None,
) as pipes:
    pipes.log.info(f"made for {pipes.asset_key}")
    pipes.report_asset_materialization(metadata={"rows": 7})
"""

CLIENT = """\
import sys

import boto3
from dagster import AssetExecutionContext, asset, materialize
from dagster_aws.pipes import (
    PipesCloudWatchMessageReader, PipesGlueClient, PipesS3ContextInjector, PipesS3MessageReader
)

s3, (_, bucket, over) = boto3.client("s3"), sys.argv
start = {"JobName": "pipes", "Arguments": {"--messages-over-s3": "yes"} if over == "s3" else {}}
reader = (
    PipesS3MessageReader(bucket=bucket, client=s3, interval=1)
    if over == "s3"
    else PipesCloudWatchMessageReader()  # the default
)

@asset
def flights(context: AssetExecutionContext, pipes: PipesGlueClient):
    return pipes.run(context=context, start_job_run_params=start).get_materialize_result()

pipes = PipesGlueClient(
    client=boto3.client("glue"),
    context_injector=PipesS3ContextInjector(bucket=bucket, client=s3),
    message_reader=reader,
)
made = materialize([flights], resources={"pipes": pipes})
(event,) = made.get_asset_materialization_events()
print("rows:", event.materialization.metadata["rows"].value)
"""


@pytest.mark.parametrize("over", ["s3", "logs"])
def test_an_asset(lab: Any, over: str) -> None:
    lab.workspace.place.put("scripts/pipes.py", SCRIPT.encode())
    lab.dev.glue.create_job(
        Name="pipes",
        Role="any",
        Command={"Name": "pythonshell", "ScriptLocation": f"s3://{lab.bucket}/scripts/pipes.py"},
        DefaultArguments={"--additional-python-modules": "dagster-pipes"},
    )
    said = lab.python(CLIENT, lab.bucket, over, DAGSTER_HOME="", AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=lab.url)
    assert "rows: 7" in said
    assert "made for flights" in said

"""Terraform's provider for AWS (Go's SDK): what is applied shows no difference afterwards.

It needs Terraform on the PATH; where the provider cannot be downloaded, PLACEKEEPER_TERRAFORM_PLUGINS names a
folder that has it (terraform init -plugin-dir).
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.clients

ROLE = "arn:aws:iam::000000000000:role/glue"
KEY = "arn:aws:kms:us-east-1:000000000000:key/1"


def definition(url: str, *, workers: int = 2, **tags: str) -> dict[str, Any]:
    """Jobs of all types, with much and with little, and a security configuration."""

    def command(name: str, **more: str) -> list[dict[str, str]]:
        return [{"name": name, "script_location": "s3://scripts/job.py", **more}]

    encryption = {
        "cloudwatch_encryption": [{"cloudwatch_encryption_mode": "DISABLED"}],
        "job_bookmarks_encryption": [{"job_bookmarks_encryption_mode": "DISABLED"}],
        "s3_encryption": [{"s3_encryption_mode": "SSE-S3"}],
    }
    jobs: dict[str, dict[str, Any]] = {
        "full": {
            "description": "everything",
            "glue_version": "4.0",
            "worker_type": "G.1X",
            "number_of_workers": workers,
            "max_retries": 1,
            "timeout": 60,
            "execution_class": "STANDARD",
            "security_configuration": "${aws_glue_security_configuration.s.name}",
            "job_run_queuing_enabled": True,
            "command": command("glueetl", python_version="3"),
            "default_arguments": {"--job-bookmark-option": "job-bookmark-enable", "--empty": ""},
            "non_overridable_arguments": {"--x": "1"},
            "connections": ["c"],
            "execution_property": [{"max_concurrent_runs": 3}],
            "notification_property": [{"notify_delay_after": 5}],
            "tags": tags,
        },
        "least": {"command": [{"script_location": "s3://scripts/job.py"}]},
        "shell": {"max_capacity": 0.0625, "command": command("pythonshell", python_version="3.9")},
        "stream": {"maintenance_window": "Sun:10", "command": command("gluestreaming")},
        "ray": {
            "glue_version": "4.0",
            "worker_type": "Z.2X",
            "number_of_workers": 2,
            "command": command("glueray", python_version="3.9", runtime="Ray2.4"),
        },
    }
    return configuration(
        url,
        aws_glue_security_configuration={"s": {"name": "s", "encryption_configuration": [encryption]}},
        aws_glue_job={name: {"name": name, "role_arn": ROLE, **job} for name, job in jobs.items()},
    )


def configuration(url: str, **resources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The provider, and resources by their types and names."""
    return {
        "terraform": [{"required_providers": [{"aws": {"source": "hashicorp/aws"}}]}],
        "provider": {
            "aws": {
                "region": "us-east-1",
                "access_key": "k",
                "secret_key": "s",
                "skip_metadata_api_check": True,
                "endpoints": [{"glue": url, "sts": url}],
            }
        },
        "resource": resources,
    }


def catalog(url: str, *, changed: bool = False) -> dict[str, Any]:
    """What a catalog has beside tables."""
    word = "after" if changed else "before"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": word, "Resource": "*"}]}
    return configuration(
        url,
        aws_glue_catalog_database={
            "full": {
                "name": "shop",
                "description": word,
                "location_uri": "s3://lake/shop/",
                "parameters": {"word": word},
                "tags": {"word": word},
            },
            "least": {"name": "least"},
        },
        aws_glue_connection={
            "jdbc": {
                "name": "Orders",
                "description": word,
                "match_criteria": ["a", "b"],
                "connection_properties": {
                    "JDBC_CONNECTION_URL": "jdbc:postgresql://db/shop",
                    "USERNAME": "reader",
                    "PASSWORD": word,
                },
                "physical_connection_requirements": [
                    {
                        "availability_zone": "us-east-1a",
                        "security_group_id_list": ["sg-1"],
                        "subnet_id": "subnet-1",
                    }
                ],
                "tags": {"word": word},
            },
            "network": {"name": "network", "connection_type": "NETWORK"},
        },
        aws_glue_user_defined_function={
            "area": {
                "name": "Area",
                "catalog_id": "${aws_glue_catalog_database.full.catalog_id}",
                "database_name": "${aws_glue_catalog_database.full.name}",
                "class_name": f"com.example.{word}",
                "owner_name": "us",
                "owner_type": "GROUP",
                "resource_uris": [{"resource_type": "JAR", "uri": "s3://jars/a.jar"}],
            }
        },
        aws_glue_resource_policy={"p": {"policy": json.dumps(policy), "enable_hybrid": "TRUE"}},
        aws_glue_data_catalog_encryption_settings={
            "e": {
                "data_catalog_encryption_settings": [
                    {
                        "connection_password_encryption": [
                            {"return_connection_password_encrypted": changed, "aws_kms_key_id": KEY}
                        ],
                        "encryption_at_rest": [{"catalog_encryption_mode": "DISABLED"}],
                    }
                ]
            }
        },
    )


@pytest.fixture
def terraform(lab: Any) -> Callable[..., str]:
    if shutil.which("terraform") is None:
        pytest.skip("no Terraform on the PATH")
    folder = lab.workspace.folder / "terraform"
    folder.mkdir()
    plugins = os.environ.get("PLACEKEEPER_TERRAFORM_PLUGINS")

    def done(*command: str, applied: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        (folder / "main.tf.json").write_text(json.dumps(applied))
        return subprocess.run(
            ["terraform", *command, "-no-color", "-input=false"],
            env={**lab.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )

    def run(*command: str, applied: dict[str, Any]) -> str:
        ended = done(*command, applied=applied)
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

    begun = done("init", *([f"-plugin-dir={plugins}"] if plugins else []), applied=definition(lab.url))
    if "could not connect to registry" in begun.stdout:
        pytest.skip(
            "the provider cannot be downloaded here: name its folder in PLACEKEEPER_TERRAFORM_PLUGINS"
        )
    assert begun.returncode == 0, begun.stdout
    return run


def test_apply_plan_update_import_destroy(lab: Any, terraform: Callable[..., str]) -> None:
    glue = lab.dev.glue
    first = definition(lab.url, env="dev", team="data")
    assert "6 added" in terraform("apply", "-auto-approve", applied=first)
    assert "No changes." in terraform("plan", "-detailed-exitcode", applied=first)

    second = definition(lab.url, workers=5, env="prod")
    assert "0 added, 1 changed, 0 destroyed" in terraform("apply", "-auto-approve", applied=second)
    assert "No changes." in terraform("plan", "-detailed-exitcode", applied=second)
    assert glue.get_job(JobName="full")["Job"]["NumberOfWorkers"] == 5
    tags = glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:000000000000:job/full")["Tags"]
    assert tags == {"env": "prod"}

    glue.delete_job(JobName="least")  # behind its back
    assert "1 added, 0 changed, 0 destroyed" in terraform("apply", "-auto-approve", applied=second)

    terraform("destroy", "-auto-approve", applied=second)
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.get_job(JobName="full")


def test_the_catalog_beside_its_tables(lab: Any, terraform: Callable[..., str]) -> None:
    glue = lab.dev.glue
    first, second = catalog(lab.url), catalog(lab.url, changed=True)
    assert "7 added" in terraform("apply", "-auto-approve", applied=first)
    assert "No changes." in terraform("plan", "-detailed-exitcode", applied=first)
    assert "0 added, 5 changed, 0 destroyed" in terraform("apply", "-auto-approve", applied=second)
    assert "No changes." in terraform("plan", "-detailed-exitcode", applied=second)
    tags = glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:000000000000:connection/Orders")["Tags"]
    assert tags == {"word": "after"}

    glue.delete_connection(ConnectionName="network")  # behind its back
    glue.delete_database(Name="least")
    assert "2 added, 0 changed, 0 destroyed" in terraform("apply", "-auto-approve", applied=second)

    terraform("destroy", "-auto-approve", applied=second)
    assert glue.get_databases()["DatabaseList"] == glue.get_connections()["ConnectionList"] == []
    with pytest.raises(ClientError, match="Policy not found"):
        glue.get_resource_policy()

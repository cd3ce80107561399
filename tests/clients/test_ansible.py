"""Ansible's modules glue_job and glue_connection of community.aws: what differs is changed, nothing twice."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.clients

DEFINITION = {
    "name": "copy",
    "command_script_location": "s3://scripts/copy.py",
    "command_python_version": 3,
    "default_arguments": {"--a": "1"},
    "description": "first",
    "glue_version": "5.0",
    "max_concurrent_runs": 3,
    "max_retries": 1,
    "tags": {"env": "dev", "team": "data"},
    "timeout": 60,
    "worker_type": "G.1X",
    "number_of_workers": 2,
}
CHANGED = {**DEFINITION, "description": "second", "number_of_workers": 5, "tags": {"env": "prod"}}


CONNECTION = {
    "name": "warehouse",
    "connection_properties": {
        "JDBC_CONNECTION_URL": "jdbc:postgresql://db/x",
        "USERNAME": "u",
        "PASSWORD": "p",
    },
    "description": "first",
}
CHANGED_CONNECTION = {**CONNECTION, "description": "second", "match_criteria": ["fast"]}


@pytest.mark.parametrize(
    ("module", "first", "second", "present"),
    [
        ("glue_job", DEFINITION, CHANGED, {"role": "arn:aws:iam::000000000000:role/glue"}),
        ("glue_connection", CONNECTION, CHANGED_CONNECTION, {}),
    ],
)
def test_an_apply_changes_what_differs(
    lab: Any, module: str, first: dict[str, Any], second: dict[str, Any], present: dict[str, Any]
) -> None:
    # One endpoint for all: the module asks STS for the account at the same URL.
    connection = {"endpoint_url": lab.url, "region": "us-east-1", "access_key": "k", "secret_key": "s"}
    present = {"state": "present", **present, **connection}
    absent = {"state": "absent", "name": first["name"], **connection}
    applied = [present | first, present | first, present | second, present | second, absent, absent]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [{f"community.aws.{module}": step, "register": f"r{n}"} for n, step in enumerate(applied)]
        + [{"debug": {"msg": f"changed: {{{{ [{', '.join(f'r{n}.changed' for n in range(6))}] }}}}"}}],
    }
    playbook = lab.workspace.folder / "play.json"
    playbook.write_text(json.dumps([play]))
    said = lab.call("ansible-playbook", "-i", "localhost,", "-c", "local", playbook)
    assert "changed: [true, false, true, false, true, false]" in said.replace("True", "true").replace(
        "False", "false"
    )

"""capo-glue: a client without botocore, with signatures and a deserialiser of its own."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.clients

CLIENT = """\
import json
import sys
import time

from capo_glue import GlueClient, errors

_, url, script, arguments = sys.argv
definition = {
    "role": "any",
    "command": {"name": "glueetl", "script_location": script},
    "default_arguments": json.loads(arguments),
}
with GlueClient(endpoint=url, region="us-east-1", credentials={"access_key": "k", "secret_key": "s"}) as glue:
    for name in ("a", "b", "copy"):
        glue.create_job(name=name, **definition)
    assert [job["name"] for job in glue.iter_get_jobs(max_results=2)] == ["a", "b", "copy"]
    glue.update_job(job_name="copy", job_update=definition)
    assert glue.get_job(job_name="copy")["job"]["allocated_capacity"] == 10
    run_id = glue.start_job_run(job_name="copy")["job_run_id"]
    state = "STARTING"
    while state in ("STARTING", "RUNNING"):
        time.sleep(0.2)
        run = glue.get_job_run(job_name="copy", run_id=run_id)["job_run"]
        state = run["job_run_state"]
    assert state == "SUCCEEDED", run
    assert run["completed_on"] >= run["started_on"]
    assert glue.get_job_bookmark(job_name="copy")["job_bookmark_entry"]["run_id"] == run_id
    glue.reset_job_bookmark(job_name="copy")
    refused = glue.batch_stop_job_run(job_name="copy", job_run_ids=[run_id])["errors"][0]
    assert refused["error_detail"]["error_code"] == "JobRunInTerminalStateException"
    glue.delete_job(job_name="copy")
    try:
        glue.get_job(job_name="copy")
    except errors.EntityNotFoundException as error:
        print(error)
"""


def test_a_job_from_definition_to_bookmark(lab: Any) -> None:
    said = lab.python(CLIENT, lab.url, lab.script, json.dumps(lab.arguments))
    assert "Job with name: copy not found." in said
    assert lab.workspace.ids() == [1, 2, 3]

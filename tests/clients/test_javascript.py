"""AWS's SDK for JavaScript: dates, pages, and the classes of its errors. It needs Node and npm."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.clients

CLIENT = """\
import * as sdk from "@aws-sdk/client-glue";
const [url, script, given] = process.argv.slice(2);
const glue = new sdk.GlueClient({
  endpoint: url, region: "us-east-1", credentials: { accessKeyId: "k", secretAccessKey: "s" },
});
const send = (operation, input) => glue.send(new sdk[operation + "Command"](input));
const Command = { Name: "glueetl", ScriptLocation: script };
const job = { Role: "any", Command, DefaultArguments: JSON.parse(given) };
for (const Name of ["a", "b", "copy"]) await send("CreateJob", { ...job, Name, Description: "é ☃ 😀" });
const pages = [];
for await (const page of sdk.paginateGetJobs({ client: glue, pageSize: 2 }, {})) pages.push(page.Jobs.length);
const { JobRunId } = await send("StartJobRun", { JobName: "copy" });
let run;
do {
  await new Promise((resolve) => setTimeout(resolve, 200));
  run = (await send("GetJobRun", { JobName: "copy", RunId: JobRunId })).JobRun;
} while (["STARTING", "RUNNING"].includes(run.JobRunState));
const entry = (await send("GetJobBookmark", { JobName: "copy" })).JobBookmarkEntry;
const failed = await send("GetJob", { JobName: "absent" }).catch((error) => error);
console.log(JSON.stringify({
  pages,
  state: run.JobRunState,
  seconds: (run.CompletedOn - run.StartedOn) / 1000,
  described: (await send("GetJob", { JobName: "copy" })).Job.Description,
  bookmark: entry.RunId === JobRunId,
  failed: failed instanceof sdk.EntityNotFoundException && failed.message,
  status: failed.$metadata.httpStatusCode,
}));
"""


def test_a_job_from_definition_to_bookmark(lab: Any) -> None:
    modules = Path(__file__).resolve().parents[2] / ".venv-clients" / "js" / "node_modules"
    node = shutil.which("node")
    if node is None or not modules.exists():
        pytest.skip("no Node, or no npm when the clients were installed")
    (lab.workspace.folder / "node_modules").symlink_to(modules)
    script = lab.workspace.folder / "client.mjs"
    script.write_text(CLIENT)
    command = [node, script, lab.url, lab.script, json.dumps(lab.arguments)]
    done = subprocess.run(command, env=lab.environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answered = json.loads(done.stdout)
    assert 0 < answered.pop("seconds") < 100
    assert answered == {
        "pages": [2, 1],
        "state": "SUCCEEDED",
        "described": "é ☃ 😀",
        "bookmark": True,
        "failed": "Job with name: absent not found.",
        "status": 400,
    }
    assert lab.workspace.ids() == [1, 2, 3]

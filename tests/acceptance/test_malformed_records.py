"""Malformed records in bookmarked runs: error records by --bad-input, and the file counts as read."""

import io
import json
from typing import Any

import pyarrow.parquet as pq

from workspace import COPY, S3_IN_SOAK, Ended, Workspace

KEEP = ("--bad-input", "error-record")
SAID = COPY.replace(
    "rows = ApplyMapping",
    """\
errors = rows.errorsAsDynamicFrame()
glue.write_dynamic_frame.from_options(
    frame=errors,
    connection_type="s3",
    connection_options={"path": args["target"] + "-errors"},
    format="json",
    transformation_ctx="errors",
)
rows = ApplyMapping""",
)
"""The copying script, which writes its error records too."""


def done(ended: Ended) -> Ended:
    assert ended.code == 0, ended.error
    return ended


def written_errors(workspace: Workspace) -> list[dict[str, Any]]:
    texts = [data for _, data in sorted(workspace.place.read_all("out-errors").items())]
    lines = b"".join(texts).decode().splitlines()
    return sorted((json.loads(line)["error"] for line in lines), key=lambda error: error["source"])


@S3_IN_SOAK
def test_three_runs_read_each_file_once_and_say_what_is_malformed(workspace: Workspace) -> None:
    script = workspace.script(SAID)
    line = SAID[: SAID.index("rows = glue.create_dynamic_frame")].count("\n") + 1
    workspace.place.put("in/1.csv", b'id,part\n1,a\n2,b,c\n3,"a\n4,b\n')
    first = done(workspace.run(script, arguments=KEEP))
    assert workspace.ids() == [1, 4]
    assert workspace.counts(first) == {"new": 1}
    (stage,) = first.summary["summary"]["stages"]
    assert (stage["stage"], stage["errors"]) == ("read rows", 2)
    url = workspace.place.url("in/1.csv")
    assert f"{url}, line 3: the row has 3 fields" in stage["sample"]
    assert f"read rows ({script}:{line}): 2 error records. One says: " in first.error
    found = written_errors(workspace)
    assert [error["input"] for error in found] == ["2,b,c", '3,"a']
    assert found[0]["source"].endswith("in/1.csv, line 3")

    workspace.put_rows("2.csv", 5)
    workspace.place.put("in/3.csv", b"id,part\n6,a\n7,b,c\n")
    second = done(workspace.run(script, arguments=KEEP))
    assert workspace.ids() == [1, 4, 5, 6]
    assert workspace.counts(second) == {"new": 2, "done": 1}
    assert [stage["errors"] for stage in second.summary["summary"]["stages"]] == [1]
    assert len(written_errors(workspace)) == 3

    third = done(workspace.run(script, arguments=KEEP))
    assert workspace.counts(third) == {"done": 3}
    assert third.summary["summary"].get("stages", []) == []
    assert workspace.ids() == [1, 4, 5, 6]


def test_without_the_argument_the_run_fails_and_the_source_may_say_otherwise(local: Workspace) -> None:
    local.place.put("in/1.csv", b"id,part\n1,a\n2,b,c\n")
    failed = local.run()
    assert failed.code == 1
    assert "line 3: the row has 3 fields" in failed.summary["error_message"]
    assert local.ids() == []
    options = 'format_options={"withHeader": True'
    script = local.script(COPY.replace(options, f'{options}, "isFailFast": "false"'))
    assert local.run(script).code == 0
    assert local.ids() == [1]


def test_a_bad_file_is_quarantined_and_a_malformed_record_is_not(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.place.put("in/2.csv", b"id,part\n2,a\n3,b,c\n")
    local.place.put("in/3.csv", b"id,part\n4,\xff\n")
    run = done(local.run(arguments=(*KEEP, "--on-bad-file", "quarantine")))
    assert local.counts(run) == {"new": 2, "quarantined": 1}
    assert local.ids() == [1, 2]
    assert [stage["errors"] for stage in run.summary["summary"]["stages"]] == [1]
    names = [name for name in local.place.read_all("out") if name.endswith(".parquet")]
    rows = [pq.ParquetFile(io.BytesIO(local.place.read_all("out")[name])).metadata.num_rows for name in names]
    assert sum(rows) == 2

"""A file that cannot be read: the run fails and says the ways out, or goes on without it and remembers."""

import json
import shlex
from typing import Any

from workspace import COPY, Ended, Workspace

QUARANTINE = ("--on-bad-file", "quarantine")
BAD = b"id,part\n1,a\n2,b,c,d\n"
"""The third line has more fields than the header."""

CAUGHT = COPY.replace(
    "glue.write_dynamic_frame.from_options(\n    frame=rows,\n",
    "try:\n    rows.count()\nexcept Exception as error:\n    print('went on')\n"
    "rows = rows.filter(lambda row: True) if False else glue.create_dynamic_frame.from_options(\n"
    '    connection_type="s3", connection_options={"paths": [args["source"] + "-other"]}, format="csv",\n'
    '    format_options={"withHeader": True}, transformation_ctx="other",\n)\n'
    "glue.write_dynamic_frame.from_options(\n    frame=rows,\n",
)
"""A script that catches what reading raises, writes something else, and commits."""


def put_bad(workspace: Workspace, name: str) -> str:
    """A file that cannot be read; its path as people write it."""
    workspace.place.put(f"in/{name}", BAD)
    return workspace.place.url(f"in/{name}")


def marks(workspace: Workspace) -> list[dict[str, Any]]:
    return json.loads(workspace.inside("bookmark", "bad", "copy", "--json").output)


def uri(path: str) -> str:
    return path if "://" in path else f"file://{path}"


def done(ended: Ended) -> Ended:
    assert ended.code == 0, ended.error
    return ended


def test_a_bad_file_fails_the_run_which_says_the_ways_out(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    path = put_bad(workspace, "it's bad.csv")

    failed = workspace.run()
    assert failed.code == 1
    message = failed.summary["error_message"]
    assert message.startswith(f"RecordUnreadable: {uri(path)}, ")
    assert "--on-bad-file quarantine" in message
    skip = message[message.index("placekeeper bookmark skip") :]
    assert workspace.ids() == []
    assert marks(workspace) == []

    said = done(workspace.inside(*shlex.split(skip)[1:]))
    assert "bookmark retry copy" in said.error
    assert workspace.counts(done(workspace.run())) == {"new": 1, "left-out": 1}
    assert workspace.ids() == [1]


def test_bad_files_are_quarantined_at_once_and_the_run_begins_again(workspace: Workspace) -> None:
    for number in range(30):
        workspace.put_rows(f"{number:02}.csv", number)
    paths = [put_bad(workspace, f"bad{number}.csv") for number in range(2)]

    run = done(workspace.run(arguments=QUARANTINE))
    assert workspace.counts(run) == {"new": 30, "quarantined": 2}
    assert workspace.ids() == list(range(30))
    assert run.error.count("the run begins again without them") == 1
    assert run.summary["attempt"] == 0
    assert any("2 objects could not be read" in note for note in run.summary["summary"]["notes"])
    assert [mark["path"] for mark in marks(workspace)] == [uri(path) for path in paths]
    assert all("context" in mark and mark["run_id"] == run.summary["id"] for mark in marks(workspace))
    assert not workspace.place.left_staged("out")

    planned = done(workspace.inside("plan", "copy"))
    assert "would read 0; skipped 32: 30 done, 2 quarantined" in planned.output
    assert planned.output.count("quarantined since") == 2
    # Without the argument, what was quarantined stays so; a file that is bad anew fails the run.
    assert workspace.counts(done(workspace.run())) == {"done": 30, "quarantined": 2}

    workspace.put_rows("bad0.csv", 100)
    assert workspace.counts(done(workspace.run())) == {"new": 1, "done": 30, "quarantined": 1}
    assert [mark["path"] for mark in marks(workspace)] == [uri(paths[1])]
    assert "quarantined" in workspace.inside("bookmark", "history", "copy").output
    assert "left out: 1 quarantined" in workspace.inside("bookmark", "show", "copy").output

    done(workspace.inside("bookmark", "retry", "copy", paths[1]))
    assert marks(workspace) == []
    assert workspace.run().code == 1
    workspace.place.put("in/bad1.csv", b"id,part\n200,a\n")
    done(workspace.run())
    assert workspace.ids() == [*range(30), 100, 200]

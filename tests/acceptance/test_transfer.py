"""Bookmarks between AWS and here, by the command. A second server of ours stands for AWS: it speaks Glue."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dev import running_dev
from placekeeper.rules.bookmarks.aws_string import include_list, iso_instant
from placekeeper.rules.selection.bounds import MOST_LISTED
from workspace import Workspace

HOUR = 3600
VECTORS = Path(__file__).parents[1] / "vectors"


def aws_entry(started: float, in_band: list[tuple[str, int]] | None = None) -> dict[str, Any]:
    """An entry as AWS prints it, of a run that started then."""
    timestamps = {
        "RUN": "6",
        "HIGH_BAND": "900000",
        "CURR_LATEST_PARTITION": "0",
        "CURR_LATEST_PARTITIONS": "",
        "CURR_RUN_START_TIME": iso_instant(int(started * 1000)),
        "INCLUDE_LIST": include_list(in_band or []),
    }
    element = {"jsonClass": "HadoopDataSourceJobBookmarkState", "timestamps": timestamps}
    text = json.dumps({"rows": element}, separators=(",", ":"))
    return {
        "JobBookmarkEntry": {
            "JobName": "theirs",
            "Version": 12,
            "Run": 7,
            "Attempt": 0,
            "PreviousRunId": "jr_a",
            "RunId": "jr_b",
            "JobBookmark": text,
        }
    }


def take(workspace: Workspace, entry: dict[str, Any], *more: str) -> None:
    file = workspace.folder / "aws.json"
    file.write_text(json.dumps(entry))
    taken = workspace.inside("bookmark", "import", "copy", "--file", file, *more)
    assert taken.code == 0, taken.error


def export(workspace: Workspace) -> tuple[int, dict[str, Any], str]:
    given = workspace.inside("bookmark", "export", "copy")
    return given.code, json.loads(given.output), given.error


def uri(workspace: Workspace, name: str) -> str:
    return f"file://{workspace.place.url(f'in/{name}')}"


def test_a_run_goes_on_where_aws_has_stopped(local: Workspace) -> None:
    now = time.time()
    local.put_rows("old.csv", 1, modified=now - 5 * HOUR)
    local.put_rows("listed.csv", 2, modified=now - 2 * HOUR - 60)
    local.put_rows("in-band.csv", 3, modified=now - 2 * HOUR - 60)
    local.put_rows("new.csv", 4, modified=now - HOUR)
    listed = (uri(local, "listed.csv"), int(now - 2 * HOUR - 60) * 1000)
    local.place.put("in/listed.csv", b"id,part\n2,a\n", modified=listed[1] / 1000)
    entry = aws_entry(now - 2 * HOUR, [listed])

    take(local, entry)
    assert export(local) == (
        0,
        entry | {"JobBookmarkEntry": entry["JobBookmarkEntry"] | {"JobName": "copy"}},
        "",
    )

    run = local.run()
    assert local.counts(run) == {"assumed": 2, "new": 2}
    assert local.ids() == [3, 4]
    assert (local.entry()["Version"], local.entry()["Run"]) == (14, 8)
    local.put_rows("late.csv", 5, modified=now - 6 * HOUR)  # from now on the ledger decides
    assert local.counts(local.run()) == {"done": 4, "late": 1}


def test_after_an_import_the_ledger_knows_what_aws_had_read_by_either_policy(local: Workspace) -> None:
    now = time.time()
    local.put_rows("old.csv", 1, modified=now - 5 * HOUR)
    take(local, aws_entry(now - 2 * HOUR))
    local.put_rows("new.csv", 2, modified=now - HOUR)

    by_window = local.run(arguments=("--bookmark-policy", "window"))
    assert local.counts(by_window) == {"assumed": 1, "new": 1}
    assert local.counts(local.run()) == {"done": 2}
    assert local.ids() == [2]


def test_an_imported_bookmark_can_be_gone_back_to(local: Workspace) -> None:
    local.put_rows("1.csv", 1, modified=time.time() - HOUR)
    take(local, aws_entry(time.time() - 2 * HOUR))
    local.run()
    local.put_rows("2.csv", 2)
    local.run()

    assert local.inside("bookmark", "reset", "copy", "--run-id", "jr_b").code == 0

    assert local.counts(local.run()) == {"new": 2}


def test_a_captured_entry_is_the_same_after_import_and_export(local: Workspace) -> None:
    for captured in json.loads((VECTORS / "captured_entries.json").read_text())["entries"]:
        take(local, captured, "--replace")
        code, given, _ = export(local)
        assert code == 0
        assert given["JobBookmarkEntry"]["JobBookmark"] == captured["JobBookmark"]
        assert given["JobBookmarkEntry"]["RunId"] == captured["RunId"]


def test_what_a_bookmark_remembers_is_not_replaced_unasked(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    (local.folder / "aws.json").write_text(json.dumps(aws_entry(time.time())))

    refused = local.inside("bookmark", "import", "copy", "--file", local.folder / "aws.json")

    assert refused.code == 1
    assert "--replace" in refused.error
    assert local.entry()["Version"] == 2


def test_an_export_that_would_lose_objects_says_so(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    local.put_rows("late.csv", 2, modified=time.time() - 2 * HOUR)

    code, _, said = export(local)
    assert code == 4
    assert "AWS would lose 1 object" in said
    assert "late.csv" in said
    local.run()
    assert export(local)[0] == 0


def test_an_export_names_what_bounded_runs_have_left_and_aws_would_never_read(local: Workspace) -> None:
    now = time.time()
    local.put_rows("1.csv", 1, modified=now - HOUR)
    local.run(local.script(local.script().read_text().replace('"recurse": True', '"boundedFiles": 1')))
    for number in (2, 3, 4):
        local.put_rows(f"late-{number}.csv", number, modified=now - 5 * HOUR)

    code, _, error = export(local)

    assert code == 4
    assert "AWS would lose 3 objects" in error
    assert all(f"late-{number}.csv" in error for number in (2, 3, 4))


def test_of_a_bounded_run_an_export_loses_nothing(local: Workspace) -> None:
    for number in range(1, 4):
        local.put_rows(f"{number}.csv", number, modified=time.time() - 5 * HOUR + number)
    script = local.script((local.script().read_text()).replace('"recurse": True', '"boundedFiles": 1'))
    local.run(script)

    code, given, _ = export(local)

    assert code == 0
    text = json.loads(given["JobBookmarkEntry"]["JobBookmark"])["rows"]["timestamps"]["CURR_RUN_START_TIME"]
    watermark = datetime.fromisoformat(text).astimezone(UTC).timestamp()
    assert watermark < time.time() - 4 * HOUR  # it stops at what is left


def test_of_many_fresh_objects_the_bookmark_lists_a_thousand_and_an_export_all(local: Workspace) -> None:
    count = MOST_LISTED + 5
    for number in range(count):
        local.place.put(f"in/{number:04}.csv", f"id,part\n{number},a\n".encode())
    local.run()

    assert listed_in(local.entry()) == MOST_LISTED
    shown = local.inside("bookmark", "show", "copy")
    assert "1,000 objects in the window, 5 more in the ledger only" in shown.output
    code, entry, error = export(local)
    assert (code, error) == (0, "")
    assert listed_in(entry["JobBookmarkEntry"]) == count
    assert local.inside("bookmark", "compare", "copy").output == "both would read the same\n"

    by_window = ("--bookmark-policy", "window")
    # AWS's own rule goes on from here without reading anything twice, from the state and from the export
    assert local.counts(local.run(arguments=by_window)) == {"done": count}
    take(local, entry, "--replace")
    assert local.counts(local.run(arguments=by_window)) == {"assumed": count}


def listed_in(entry: dict[str, Any]) -> int:
    """How many objects AWS's list has."""
    hashes = json.loads(entry["JobBookmark"])["rows"]["timestamps"]["INCLUDE_LIST"].split(",")
    return len(hashes) // 2


def test_compare_says_where_the_two_disagree(local: Workspace) -> None:
    now = time.time()
    local.put_rows("1.csv", 1, modified=now - HOUR)
    local.run()
    local.put_rows("late.csv", 2, modified=now - 5 * HOUR)

    own = json.loads(local.inside("bookmark", "compare", "copy", "--json").output)
    assert [(d["decision"]["reason"], d["decision"]["elsewhere"]) for d in own] == [("late", "skipped")]

    (local.folder / "aws.json").write_text(json.dumps(aws_entry(now - 2 * HOUR)))
    said = local.inside("bookmark", "compare", "copy", "--file", local.folder / "aws.json").output
    rows = [line.split()[:2] for line in said.splitlines()]
    assert ["late", "skipped"] in rows
    assert ["done", "new"] in rows
    assert "1 object would be read here and not on AWS, 1 on AWS and not here" in said


def test_of_a_source_by_the_window_an_export_loses_what_its_runs_do_and_compare_names_it(
    local: Workspace,
) -> None:
    now = time.time()
    local.put_rows("1.csv", 1, modified=now - HOUR)
    local.run(arguments=("--bookmark-policy", "window"))
    local.put_rows("late.csv", 2, modified=now - 5 * HOUR)

    assert export(local)[0] == 0  # neither side reads it
    own = json.loads(local.inside("bookmark", "compare", "copy", "--json").output)
    assert [(d["decision"]["reason"], d["decision"]["elsewhere"]) for d in own] == [("late", "skipped")]


def test_aws_reads_all_of_a_source_that_its_bookmark_does_not_know(local: Workspace) -> None:
    local.put_rows("1.csv", 1, modified=time.time() - HOUR)
    local.run()
    other = aws_entry(time.time())
    entry = other["JobBookmarkEntry"]
    entry["JobBookmark"] = entry["JobBookmark"].replace('"rows"', '"others"')
    (local.folder / "aws.json").write_text(json.dumps(other))

    said = local.inside("bookmark", "compare", "copy", "--file", local.folder / "aws.json").output
    assert ["done", "new"] in [line.split()[:2] for line in said.splitlines()]
    assert "0 objects would be read here and not on AWS, 1 on AWS and not here" in said


def test_the_run_of_a_string_alone_goes_on_by_one(local: Workspace) -> None:
    text = aws_entry(time.time())["JobBookmarkEntry"]["JobBookmark"]
    assert '"RUN":"6"' in text
    (local.folder / "aws.json").write_text(text)
    assert local.inside("bookmark", "import", "copy", "--file", local.folder / "aws.json").code == 0
    assert local.entry()["Run"] == 7
    local.put_rows("1.csv", 1)
    local.run()

    assert '"RUN":"7"' in local.entry()["JobBookmark"]
    assert local.entry()["Run"] == 8


def test_where_there_is_nothing_to_compare_nothing_is_the_same(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    take(local, aws_entry(time.time()))

    for name in ("copy", "absent"):  # the one is imported, and no run has told its sources yet
        compared = local.inside("bookmark", "compare", name)
        assert (compared.code, compared.output) == (3, "")


def test_the_plan_shows_both_policies(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    local.run()
    local.put_rows("late.csv", 2, modified=time.time() - 2 * HOUR)

    both = local.inside("plan", "copy", "--policy", "both").output
    assert "by window" in both
    assert ["late", "skipped"] in [line.split()[:2] for line in both.splitlines()]
    assert "late.csv" not in local.inside("plan", "copy", "--policy", "window").output
    assert "1.csv" in local.inside("plan", "copy", "--reason", "done").output


def test_a_live_bookmark_is_taken_by_the_api(local: Workspace, tmp_path: Path) -> None:
    theirs = Workspace(tmp_path / "theirs", local.place, local.environ)
    theirs.folder.mkdir()
    local.put_rows("1.csv", 1)
    theirs.run()
    with running_dev(theirs) as dev:
        aws = {
            "AWS_ENDPOINT_URL_GLUE": dev.glue.meta.endpoint_url,
            "AWS_ACCESS_KEY_ID": "k",
            "AWS_SECRET_ACCESS_KEY": "s",
        }
        live = ("--from-aws", "copy", "--region", "us-east-1")
        taken = local.command("bookmark", "import", "copy", *live, **aws)
        assert taken.code == 0, taken.error
        missing = local.command(
            "bookmark", "compare", "copy", "--from-aws", "x", "--region", "eu-west-1", **aws
        )
    assert missing.code == 2
    assert "Continuation for job x not found" in missing.error
    assert local.entry()["JobBookmark"] == theirs.entry()["JobBookmark"]


def test_what_is_no_bookmark_is_refused(local: Workspace) -> None:
    file = local.folder / "aws.json"
    for text in ("", "nonsense", '{"a": 1}', '{"JobBookmarkEntry": {"JobBookmark": "{}"}}'):
        file.write_text(text)
        refused = local.inside("bookmark", "import", "copy", "--file", file)
        assert refused.code == 2, text
        assert refused.error.count("\n") == 1
    assert local.inside("bookmark", "import", "copy").code == 2
    assert local.inside("bookmark", "import", "copy", "--file", "/nowhere").code == 2

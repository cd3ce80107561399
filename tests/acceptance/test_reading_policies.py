"""How sources are read, as a user says it: policies, bounds, ranges of runs, the backfill guard."""

import time
from pathlib import Path

import pytest

from s3 import S3Server
from workspace import COPY, S3_IN_SOAK, Ended, S3Place, Workspace

HOUR = 3600


def options(workspace: Workspace, text: str) -> Ended:
    """A run of the copying script with more connection options."""
    return workspace.run(workspace.script(COPY.replace('"recurse": True', f'"recurse": True, {text}')))


def test_the_window_loses_what_the_ledger_reads(local: Workspace) -> None:
    local.put_rows("1.csv", 1, modified=time.time() - 60)
    window = ("--bookmark-policy", "window")
    assert local.counts(local.run(arguments=window)) == {"new": 1}
    local.put_rows("late.csv", 2, modified=time.time() - 2 * HOUR)
    local.put_rows("in-band.csv", 3, modified=time.time() - 90)

    assert local.counts(local.run(arguments=window)) == {"new": 1, "done": 1, "skipped": 1}
    assert local.ids() == [1, 3]
    assert local.counts(local.run()) == {"late": 1, "done": 2}  # the ledger was kept all the while
    assert local.ids() == [1, 2, 3]


@S3_IN_SOAK
def test_folders_that_are_not_looked_into_are_counted_and_said(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    workspace.put_rows("sub/2.csv", 2)
    flat = workspace.script(COPY.replace('"recurse": True', '"recurse": False'))

    run = workspace.run(flat)
    assert workspace.counts(run) == {"new": 1, "folder": 1}
    assert any("1 folder below is not read" in note for note in run.summary["summary"]["notes"])
    planned = workspace.inside("plan", "copy", "--all").output
    assert [line.split()[0] for line in planned.splitlines() if line.rstrip().endswith("/in/sub/")] == [
        "folder"
    ]
    assert workspace.counts(workspace.run(flat)) == {"done": 1, "folder": 1}
    assert workspace.ids() == [1]


def test_by_the_window_what_the_list_has_no_room_for_is_left_and_said(local: Workspace) -> None:
    for number in range(3):
        local.put_rows(f"{number}.csv", number)
    script = local.script(COPY.replace('"recurse": True', '"recurse": True, "maxFilesInBand": 2'))
    run = local.run(script, arguments=("--bookmark-policy", "window"))
    assert local.counts(run) == {"new": 2, "bounded": 1}
    assert any("1 object of the last 900 s" in note for note in run.summary["summary"]["notes"])


@S3_IN_SOAK
def test_a_bounded_run_takes_the_oldest_and_the_next_ones_the_rest(workspace: Workspace) -> None:
    for number in range(1, 6):
        workspace.put_rows(f"{number}.csv", number, modified=time.time() - HOUR + number)
    counts = [workspace.counts(options(workspace, '"boundedFiles": "2"')) for _ in range(4)]
    assert counts == [
        {"new": 2, "bounded": 3},
        {"new": 2, "bounded": 1, "done": 2},
        {"new": 1, "done": 4},
        {"done": 5},
    ]
    assert workspace.ids() == [1, 2, 3, 4, 5]


def test_objects_of_storage_classes_that_are_excluded(s3: S3Server, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, S3Place(s3, bucket := s3.new_bucket()), s3.environ)
    workspace.put_rows("1.csv", 1)
    s3.client().put_object(Bucket=bucket, Key="in/2.csv", Body=b"id,part\n2,a\n", StorageClass="GLACIER")
    without = '"excludeStorageClasses": ["GLACIER", "DEEP_ARCHIVE"]'

    assert workspace.counts(options(workspace, without)) == {"new": 1, "excluded-class": 1}
    planned = workspace.inside("plan", "copy", "--reason", "excluded-class")
    assert "would read 0; skipped 2: 1 done, 1 excluded-class" in planned.output
    assert "in/2.csv" in planned.output
    assert workspace.counts(options(workspace, '"maxBand": 900000')) == {"new": 1, "done": 1}
    assert workspace.counts(options(workspace, without)) == {"done": 2}
    assert workspace.ids() == [1, 2]


def test_what_is_known_and_different_can_be_ignored_or_refused(local: Workspace) -> None:
    local.put_rows("1.csv", 1, modified=time.time() - 60)
    local.run()
    local.put_rows("1.csv", 2, modified=time.time() - 30)

    refused = local.run(arguments=("--bookmark-changed", "fail"))
    assert refused.code == 1
    assert "1 object of 'rows'" in refused.summary["error_message"]
    assert "--bookmark-changed read" in refused.summary["error_message"]
    assert local.counts(local.run(arguments=("--bookmark-changed", "ignore"))) == {"ignored": 1}
    assert local.counts(options(local, '"bookmarkChanged": "read"')) == {"changed": 1}
    assert local.ids() == [1, 2]


def test_a_range_of_runs_is_read_again(local: Workspace) -> None:
    runs = []
    for number in range(1, 5):
        local.put_rows(f"{number}.csv", number)
        runs.append(local.run().summary["id"])
    local.put_rows("3.csv", 33, modified=time.time() + 1)
    version = local.entry()["Version"]

    bounds = ("--job-bookmark-from", runs[0][:15], "--job-bookmark-to", runs[2])  # as tables show it
    again = local.run(option="pause", arguments=bounds)

    assert local.counts(again) == {"again": 1, "overwritten": 1, "outside": 2}
    assert local.ids() == [1, 2, 2, 3, 4]
    assert local.entry()["Version"] == version
    local.place.delete("in/2.csv")
    assert local.counts(local.run(option="pause", arguments=bounds)) == {
        "gone": 1,
        "overwritten": 1,
        "outside": 2,
    }


def test_a_range_leaves_out_what_was_remembered_and_never_read(local: Workspace) -> None:
    for number in range(200):
        local.put_rows(f"new/{number}.csv", number, modified=time.time() - 9 * HOUR)
    local.put_rows("1.csv", 1)
    narrow = COPY.replace('[args["source"]]', '[args["source"] + "/1.csv"]')
    runs = [local.run(local.script(narrow)).summary["id"]]
    seeded = local.run(arguments=("--bookmark-backfill", "seed"))
    assert local.counts(seeded) == {"done": 1, "seeded": 200}
    local.put_rows("2.csv", 2)
    runs.append(local.run().summary["id"])

    bounds = ("--job-bookmark-from", runs[0], "--job-bookmark-to", runs[1])
    assert local.counts(local.run(option="pause", arguments=bounds)) == {"again": 1, "outside": 201}
    assert local.ids() == [1, 2, 2]


def test_by_the_window_a_wider_band_reads_nothing_twice(local: Workspace) -> None:
    local.put_rows("1.csv", 1, modified=time.time() - 60)

    def run(band_ms: int) -> dict[str, int]:
        script = COPY.replace('"recurse": True', f'"recurse": True, "maxBand": {band_ms}')
        return local.counts(local.run(local.script(script), arguments=("--bookmark-policy", "window")))

    assert [run(band_ms) for band_ms in (1, HOUR * 1000, HOUR * 1000)] == [
        {"new": 1},
        {"done": 1},
        {"done": 1},
    ]
    assert local.ids() == [1]


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (
            ("--job-bookmark-from", "{1}", "--job-bookmark-to", "jr_y"),
            "--job-bookmark-to: The bookmark copy does not know the run jr_y",
        ),
        (("--job-bookmark-from", "{2}", "--job-bookmark-to", "{1}"), "swap them"),
    ],
)
def test_a_range_that_means_nothing_fails_before_anything_is_read(
    local: Workspace, bounds: tuple[str, ...], message: str
) -> None:
    runs = []
    for number in (1, 2):
        local.put_rows(f"{number}.csv", number)
        runs.append(local.run().summary["id"])

    failed = local.run(option="pause", arguments=tuple(bound.format("", *runs) for bound in bounds))

    assert failed.code == 1
    assert message in failed.summary["error_message"]
    assert local.ids() == [1, 2]


def test_a_source_that_grew_by_many_old_objects_waits_for_a_word(local: Workspace) -> None:
    both = COPY.replace('[args["source"]]', '[args["source"], args["source"] + "-old"]')
    local.put_rows("1.csv", 0)
    local.run()
    for number in range(1, 102):
        old = f"../in-old/{number}.csv"
        local.put_rows(old, number, modified=time.time() - 2 * HOUR)
    script = local.script(both, "both.py")

    undecided = local.run(script)
    assert undecided.code == 1
    assert "It has 101 unread objects older than the last run" in undecided.summary["error_message"]
    seeded = local.run(script, arguments=("--bookmark-backfill", "seed"))
    assert local.counts(seeded) == {"done": 1, "seeded": 101}
    assert local.counts(local.run(script)) == {"done": 102}
    assert local.ids() == [0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--bookmark-policy", "exactly"), "--bookmark-policy must be one of exact, window, not 'exactly'"),
        (("--bookmark-backfill", ""), "--bookmark-backfill must be one of fail, allow, seed, keep, not ''"),
    ],
)
def test_a_word_that_is_none_of_an_arguments_is_refused_at_once(
    local: Workspace, arguments: tuple[str, str], message: str
) -> None:
    refused = local.inside(*local.run_arguments(local.script(), arguments=arguments))

    assert refused.code == 2
    assert message in refused.error


def test_two_bounds_at_once_are_refused(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    failed = options(local, '"boundedFiles": 1, "boundedSize": "10"')
    assert failed.code == 1
    assert "cannot be used together" in failed.summary["error_message"]

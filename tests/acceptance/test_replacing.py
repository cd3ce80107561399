"""Runs delete what runs of other jobs have published, publish now, or overwrite too."""

import sqlite3
from pathlib import Path

import pytest

from s3 import S3Server
from workspace import COMMAND, COPY, S3Place, Workspace

_SINK = COPY[COPY.index("glue.write_dynamic_frame") : COPY.index("job.commit()")]
_REPLACING = {
    "overwrite": COPY.replace(
        _SINK,
        "df = glue.spark_session.range(100, 102).coalesce(1)\n"
        'df.write.mode("overwrite").parquet(args["target"])\n',
    ),
    "purge": COPY.replace(
        "glue.write_dynamic_frame",
        'glue.purge_s3_path(args["target"], {"retentionPeriod": 0})\nglue.write_dynamic_frame',
    ),
}


def _forget_that_it_was_published(workspace: Workspace) -> None:
    """As if the process and its launcher had been killed when all was visible, before that was recorded."""
    with sqlite3.connect(workspace.state / "placekeeper.db") as database:
        database.execute("UPDATE publications SET state = 'publishing', settled_ms = NULL")
        database.execute("UPDATE job_runs SET state = 'FAILED'")


def _hide_one_again(workspace: Workspace) -> None:
    """As if only one of two files had become visible."""
    with sqlite3.connect(workspace.state / "placekeeper.db") as database:
        ((manifest,),) = database.execute("SELECT manifest FROM publications").fetchall()
    path = workspace.folder / "data" / "out" / "part=a"
    (file,) = path.iterdir()
    staged = next(Path(text[7:]) for text in manifest.split('"') if "/part=a/_placekeeper/" in text)
    staged.parent.mkdir(parents=True)
    file.rename(staged)


@pytest.mark.parametrize("how", _REPLACING)
def test_what_is_visible_and_not_recorded_may_be_deleted(workspace: Workspace, how: str) -> None:
    workspace.put_rows("1.csv", *range(4))
    assert workspace.run().code == 0
    _forget_that_it_was_published(workspace)
    _replace_and_go_on(workspace, how)


@pytest.mark.parametrize("how", _REPLACING)
def test_what_is_half_visible_is_finished_before_it_is_deleted(local: Workspace, how: str) -> None:
    local.put_rows("1.csv", *range(4))
    assert local.run().code == 0
    _forget_that_it_was_published(local)
    _hide_one_again(local)
    assert local.ids() == [1, 3]
    _replace_and_go_on(local, how)


def _replace_and_go_on(workspace: Workspace, how: str) -> None:
    """Delete all rows by a job that writes others; then the first job has one more object to read."""
    replaced = workspace.inside(*_of_job(workspace, "other", _REPLACING[how], option="disable"))
    assert replaced.code == 0, replaced.error
    left = [100, 101] if how == "overwrite" else list(range(4))
    assert workspace.ids() == left

    workspace.put_rows("2.csv", 4)
    ran = workspace.run()
    assert ran.code == 0, ran.error
    assert workspace.ids() == sorted([*left, 4])
    assert workspace.counts(ran) == {"new": 1, "done": 1}


def _of_job(workspace: Workspace, job: str, source: str, *, option: str = "enable") -> list[str]:
    """The command line of a run of a job."""
    arguments = workspace.run_arguments(workspace.script(source, f"{job}.py"), option=option)
    arguments[arguments.index("copy")] = job
    return arguments


def test_of_two_runs_that_overwrite_a_folder_at_once_the_later_one_fails(workspace: Workspace) -> None:
    workspace.put_rows("1.csv", 1)
    assert workspace.run().code == 0
    later = _of_job(workspace, "later", _REPLACING["overwrite"], option="disable")
    earlier = _REPLACING["overwrite"].replace("100, 102", "200, 202")
    meanwhile = (
        f"import subprocess\nran = subprocess.run([{str(COMMAND)!r}, *{later!r}], capture_output=True)\n"
    )
    asserted = 'assert b"is overwritten by run jr_" in ran.stderr, ran.stderr\njob.commit()'
    ran = workspace.inside(
        *_of_job(
            workspace, "earlier", earlier.replace("job.commit()", meanwhile + asserted), option="disable"
        )
    )
    assert ran.code == 0, ran.error
    assert workspace.ids() == [200, 201]
    assert workspace.place.left_staged("out") == []
    assert workspace.inside(*later).code == 0
    assert workspace.ids() == [100, 101]


def test_what_is_overwritten_at_once_is_free_while_the_run_goes_on(local: Workspace) -> None:
    local.put_rows("1.csv", 1)
    later = _of_job(local, "later", _REPLACING["overwrite"], option="disable")
    meanwhile = f"import subprocess\nsubprocess.run([{str(COMMAND)!r}, *{later!r}], check=True)\njob.commit()"
    earlier = _REPLACING["overwrite"].replace("100, 102", "200, 202").replace("job.commit()", meanwhile)
    arguments = _of_job(local, "earlier", earlier, option="disable")
    ran = local.inside(*arguments, "--output-visibility", "immediate")
    assert ran.code == 0, ran.error
    assert local.ids() == [100, 101]


def test_old_objects_that_may_not_be_deleted_are_named_and_deleted_later(
    tmp_path: Path, s3: S3Server
) -> None:
    bucket = s3.new_bucket()
    workspace = Workspace(tmp_path, S3Place(s3, bucket), s3.environ)
    workspace.put_rows("1.csv", 1)
    script = workspace.script(_REPLACING["overwrite"])
    assert workspace.run(script).code == 0
    s3.deny(bucket, "s3:DeleteObject")
    workspace.put_rows("2.csv", 2)
    denied = workspace.run(script)
    assert denied.code == 1
    assert "is committed and visible; the deletions that follow are not all done: s3://" in denied.error
    assert f"Allow s3:DeleteObject on arn:aws:s3:::{bucket}/out/part-00000-" in denied.error
    assert "mend the cause and run the job again. That run does the rest first" in denied.error
    assert workspace.ids() == [100, 100, 101, 101]
    s3.allow(bucket)
    again = workspace.run(script)
    assert again.code == 0, again.error
    assert workspace.counts(again) == {"done": 2}
    assert workspace.ids() == [100, 101]

"""Running a script without the command line: what a console and a pytest plugin call."""

from contextlib import closing
from pathlib import Path

import pytest

import forked
from placekeeper.host.run_script import ScriptRun, script_runner
from placekeeper.model.errors import UsageError
from placekeeper.model.jobs import JobRunState
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from workspace import COPY, Workspace


def test_values_in_the_ended_run_and_notes_out(local: Workspace) -> None:
    local.put_rows("one.csv", 1, 2)
    environ = local.full_environ()
    argv = ["--JOB_NAME", "copy", "--job-bookmark-option", "job-bookmark-enable"]
    argv += ["--source", local.place.url("in"), "--target", local.place.url("out")]
    script = str(local.script())
    notes: list[str] = []
    with (
        closing(open_state(Settings.of(environ), environ)) as state,
        script_runner(state, environ, local.folder) as runner,
    ):
        first = runner.run(ScriptRun.of(script, argv), note=notes.append)
        assert (first.state, notes) == (JobRunState.SUCCEEDED, [])
        assert local.ids() == [1, 2]
        assert state.control.bookmarks.get("copy").run_id == first.id
        local.put_rows("two.csv", 3)
        second = runner.run(ScriptRun.of(script, argv), note=notes.append)
        assert second.summary is not None
        assert [source.counts for source in second.summary.sources] == [{"new": 1, "done": 1}]
        assert local.ids() == [1, 2, 3]
        argv[1] = "copyy"
        stopped = runner.run(ScriptRun.of(script, argv), note=notes.append, is_stopped=lambda: True)
        assert stopped.state is JobRunState.STOPPED
    (note,) = notes
    assert "If you meant copy" in note
    assert not list(state.folder.run_folders())


@pytest.mark.parametrize(
    ("script", "argv", "why"),
    [
        ("-x", [], "stands in the place of the script"),
        ("nowhere.py", [], "no script at"),
        (".", [], "a folder"),
    ],
)
def test_what_cannot_be_run_is_refused_without_a_state(script: str, argv: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        ScriptRun.of(script, argv)


def test_a_run_that_fails_on_its_arguments_defines_no_job(local: Workspace) -> None:
    local.put_rows("one.csv", 1)
    environ = local.full_environ()
    script = str(local.script())
    with (
        closing(open_state(Settings.of(environ), environ)) as state,
        script_runner(state, environ, local.folder) as runner,
    ):
        failed = runner.run(ScriptRun.of(script, ["--JOB_NAME", "copy"]), note=print)
        assert (failed.state, (failed.error_message or "").partition(":")[0]) == (
            JobRunState.FAILED,
            "GlueArgumentError",
        )
        assert state.control.jobs.names(tags={}, after=None, limit=10) == []
        assert [run.id for _, run in state.control.runs.page(None, before=None, limit=10).items] == [
            failed.id
        ]

        argv = ["--JOB_NAME", "copy", "--source", local.place.url("in"), "--target", local.place.url("out")]
        runner.run(ScriptRun.of(script, argv), note=print)
        runner.run(ScriptRun.of(script, ["--JOB_NAME", "copy"]), note=print)
        assert state.control.jobs.names(tags={}, after=None, limit=10) == ["copy"]  # it was there before


def test_a_warning_of_background_work_is_not_in_the_document(local: Workspace) -> None:
    script = local.script(
        "import pathlib, time\n"
        f"database = pathlib.Path({str(local.state / 'placekeeper.db')!r})\n"
        "aside = database.rename(database.with_name('aside'))\n"
        "time.sleep(7)  # the lease is renewed meanwhile, in vain\n"
        "aside.rename(database)\n"
    )
    ended = local.command("run", "--json", "--type", "pythonshell", script)
    assert "was removed or replaced while it was in use" in ended.error
    assert ended.summary["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["--job-name", "orders"], "write --JOB_NAME orders, in capitals"),
        (["--job_name=orders"], "write --JOB_NAME orders, in capitals"),
        (["--JOB_NAME"], "--JOB_NAME has no name behind it"),
        (["--JOB_NAME", "", "--x", "1"], "--JOB_NAME has no name behind it"),
    ],
)
def test_a_name_that_would_not_name_the_job_is_refused(local: Workspace, argv: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        ScriptRun.of(str(local.script()), argv)


def test_a_script_may_have_an_argument_that_is_almost_the_job_s_name(local: Workspace) -> None:
    wanted = ScriptRun.of(str(local.script()), ["--JOB_NAME", "copy", "--job_name", "other"])
    assert (wanted.name, wanted.arguments["--job_name"]) == ("copy", "other")


def test_probable_mistakes_stand_last_in_the_summary(local: Workspace) -> None:
    local.put_rows("1.csv", 1, 2)
    source = COPY.replace('("id", "s', '("idd", "s').replace('("part", "s', '("patr", "s')
    ended = local.run(local.script(source.replace(', "partitionKeys": ["part"]', "")))
    *_, first, _ = ended.error.splitlines()
    assert first.startswith(
        "placekeeper: warning: apply_mapping: none of the sources 'idd', 'patr' is a field"
    )
    assert len(ended.summary["summary"]["warnings"]) == 1
    one = local.run(local.script(COPY.replace('("id", "s', '("idd", "s')))
    assert one.summary["summary"]["warnings"] == [
        "apply_mapping: there is no field 'idd'; did you mean 'id'?"
    ]
    wrong = local.run(arguments=("--source", local.place.url("inn")))
    assert "/inn: there is no such path, so nothing was read from it; did you mean file://" in wrong.error
    assert wrong.error.splitlines()[-2].endswith("/in/?")


@pytest.mark.skipif(not forked.FORKS, reason="nothing is forked")
def test_a_run_that_begins_in_the_process_of_the_tests_forks_its_job_process(local: Workspace) -> None:
    """Otherwise each would load all libraries, and the tests would take minutes more."""
    script = local.script("import os\nprint(open(f'/proc/{os.getppid()}/cmdline').read())\n")
    ran = local.inside("run", script, "--type", "pythonshell")
    assert str(Path(forked.__file__)) in ran.output

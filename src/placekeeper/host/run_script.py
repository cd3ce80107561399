"""A script run here and now, as a job run of a state: `placekeeper run` without its command line.

with closing(open_state(settings, os.environ)) as state:
    with script_runner(state, os.environ, Path.cwd()) as runner:
        ended = runner.run(ScriptRun.of("copy.py", ["--JOB_NAME", "copy"]), note=print)
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from placekeeper.control.jobs.bookmark_runs import run_of_bookmark
from placekeeper.host.joining import serving_or_joined
from placekeeper.host.launcher import LocalLauncher
from placekeeper.host.lease import Lease
from placekeeper.host.listening import is_owned
from placekeeper.host.spare_process import SpareProcess
from placekeeper.host.state import State
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import EntityNotFoundException, StateUnfit, UsageError
from placekeeper.model.jobs import JobRun
from placekeeper.ports.launcher import Echo
from placekeeper.rules.jobs.arguments import from_argv
from placekeeper.rules.jobs.commands import CommandType, runnable
from placekeeper.rules.jobs.extras import Extras
from placekeeper.rules.jobs.glue_versions import checked_glue_version
from placekeeper.rules.jobs.locations import file_name, has_scheme
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.rules.jobs.slips import failed_on_arguments, slip_of

_KIND = "run-"
"""What the ids of launchers begin with that run a script here and now."""

_MOST_ROWS = 2_000_000
"""How many rows are merged at the end of a run: a few seconds' worth. More is left to a supervisor."""

_MOST_NAMES = 1000

Note = Callable[[str], None]
"""Is told, in one sentence, what a person should know of a run."""


class ScriptRun(Struct, frozen=True):
    """A run that is asked for: the job `name`, a script by absolute path or URI, the job's `arguments`.

    `command` is the type of the run; None: that of the job, glueetl for a new one. With `plan`, a path or
    URI, it reads what that plan says and nothing else. `glue_version` overrides that of the job.
    """

    name: str
    location: str
    arguments: Mapping[str, str]
    command: CommandType | None = None
    plan: str | None = None
    glue_version: str | None = None

    @classmethod
    def of(
        cls,
        script: str,
        argv: Sequence[str],
        *,
        command: CommandType | None = None,
        plan: str | None = None,
        glue_version: str | None = None,
    ) -> "ScriptRun":
        """From a path or URI and the script's command line. Raises UsageError and LaunchRefused."""
        location = _location(script)
        arguments = _checked(argv)
        runnable(command or "", arguments.get("--job-language", "python"))
        name = _job_name(arguments) or Path(file_name(script)).stem
        if plan is not None and "://" not in plan:
            plan = str(Path(plan).absolute())
        if glue_version is not None:
            checked_glue_version(glue_version)
        return cls(name, location, arguments, command, plan, glue_version)


class ScriptRunner(Struct, frozen=True):
    """Runs scripts, one after the other, against one server."""

    state: State
    lease: Lease
    url: str
    environ: Mapping[str, str]
    cwd: Path

    def run(
        self,
        wanted: ScriptRun,
        *,
        note: Note,
        is_stopped: Callable[[], bool] = lambda: False,
        echo: Echo | None = None,
        spare: SpareProcess | None = None,
    ) -> JobRun:
        """Start a run and wait for its end. Returns the run as it ended, also if it failed.

        The run stops once `is_stopped` says so. `echo` gets its output and its error stream as they come,
        besides the logs, and is told where it counts how far it has come. Raises UsageError, PlanStale,
        PublicationPending and StateError before it begins.
        """
        control = self.state.control
        arguments = {"--scriptLocation": wanted.location, **wanted.arguments}
        self._complete_range(wanted.name, arguments)
        is_new = not control.jobs.named([wanted.name])[0]
        if is_new and arguments.get("--job-bookmark-option") == BookmarkOption.ENABLE.value:
            self._note_slip(wanted.name, note)
        if wanted.plan is not None:
            arguments["--bookmark-plan"] = wanted.plan
            control.planner.check(wanted.plan)
        launcher = LocalLauncher(
            self.state.folder,
            control.lifecycle,
            self.lease,
            self.url,
            self.environ,
            self.cwd,
            echo=echo,
            spare=spare or SpareProcess(),
        )
        execution = control.execution(launcher)
        execution.reap()
        run, token = control.run_starter.register(
            wanted.name,
            script_location=wanted.location,
            arguments=arguments,
            launcher=launcher.identity,
            command=wanted.command,
            glue_version=wanted.glue_version,
        )
        ended = execution.execute(run, token, is_stopped=is_stopped)
        self._tidy(ended, note, undefine=is_new and failed_on_arguments(ended))
        return ended

    def _complete_range(self, name: str, arguments: dict[str, str]) -> None:
        """Give --job-bookmark-from and -to whole run ids, where they are shortened as tables show them."""
        control = self.state.control
        for key in ("--job-bookmark-from", "--job-bookmark-to"):
            if given := arguments.get(key):
                # The job's bookmark may have another name: then the run says what is wrong.
                with suppress(EntityNotFoundException):
                    arguments[key] = run_of_bookmark(control.bookmarks, control.runs, name, given) or given

    def _note_slip(self, name: str, note: Note) -> None:
        """Say that a job has never run, where its name looks like a slip: a new job reads everything."""
        jobs = self.state.control.jobs
        with suppress(EntityNotFoundException):
            if self.state.control.runs.page(name, before=None, limit=1).items:
                return  # its definition was taken back, after a run that failed on its arguments
        names = jobs.names(tags={}, after=None, limit=_MOST_NAMES)
        similar = slip_of(name, names)
        if similar is not None:
            note(
                f"{name} is a new job, so it reads everything. If you meant {similar}, stop it and give "
                f"--JOB_NAME {similar}"
            )

    def _tidy(self, ended: JobRun, note: Note, *, undefine: bool) -> None:
        """Remove garbage and merge segments. A failure does not change how the run has ended.

        `undefine` takes back the definition of the job, which a run made that failed on its arguments.
        """
        try:
            if undefine:
                self.state.control.jobs.undefine(ended)
            self.state.control.housekeeping.tidy()
            if not is_owned(self.state):  # whoever owns it merges too, and has more time
                self._merge(ended, note)
        except (OSError, StateUnfit) as error:
            note(f"a later run removes garbage and merges segments: {error}")

    def _merge(self, ended: JobRun, note: Note) -> None:
        name = ended.summary.bookmark_name if ended.summary else None
        if name is not None:
            merged = self.state.control.compaction.merge(only=name, most_rows=_MOST_ROWS)
            for trouble in merged.troubles:
                note(f"segments of the bookmark {name} were not merged: {trouble}")


@contextmanager
def script_runner(state: State, environ: Mapping[str, str], cwd: Path) -> Iterator[ScriptRunner]:
    """Serve the state, or join its server, and run scripts while the context lasts.

    Scripts get the environment `environ` and start in the folder `cwd`. Raises StateError when the server of
    the state does not answer.
    """
    with serving_or_joined(state) as url, state.leased(_KIND) as lease:
        yield ScriptRunner(state, lease, url, environ, cwd)


def _checked(argv: Sequence[str]) -> dict[str, str]:
    """The script's arguments, if they can be handed over and ours among them have a meaning."""
    for token in argv:
        if not token.isprintable() and any(0xDC80 <= ord(character) <= 0xDCFF for character in token):
            raise UsageError(f"the argument {os.fsencode(token)!r} is not UTF-8 text")
    arguments = from_argv(argv)
    RunOptions.of(arguments)
    Extras.of(arguments)
    return arguments


def _job_name(arguments: dict[str, str]) -> str | None:
    """The name of the job, taken out of the arguments. Raises UsageError for one that would go elsewhere.

    An argument that only looks like --JOB_NAME would be the script's, and the run another job's: it would
    read everything again, without a word.
    """
    name = arguments.pop("--JOB_NAME", None)
    if name == "":
        raise UsageError("--JOB_NAME has no name behind it: write --JOB_NAME NAME")
    for other, value in arguments.items():
        if name is None and other.lower().replace("_", "-") in ("--job-name", "--jobname"):
            raise UsageError(
                f"{other} does not name the job: write --JOB_NAME {value or 'NAME'}, in capitals"
            )
    return name


def _location(script: str) -> str:
    if script.startswith("-"):
        raise UsageError(
            f"'{script}' stands in the place of the script. Name the script first: placekeeper run SCRIPT "
            f"{script} …"
        )
    if has_scheme(script):
        return script
    path = Path(script).absolute()
    if path.is_dir():
        raise UsageError(f"{script} is a folder; name the script in it")
    if not path.is_file():
        raise UsageError(f"there is no script at {script}")
    return str(path)

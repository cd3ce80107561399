"""Launching job processes against a server: what a run needs is in its arguments and environment."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from placekeeper.host.lease import Presence
from placekeeper.launch.orders import Orders
from placekeeper.launch.process import Echo, JobProcess, WaitingProcess, describe_exit, end_of, for_jobs
from placekeeper.model.errors import LaunchFailed, LaunchRefused
from placekeeper.model.exchange import GLUE_OF_A_RUN
from placekeeper.model.jobs import JobRun
from placekeeper.rules.jobs.arguments import effective_arguments, to_argv
from placekeeper.rules.jobs.commands import CommandType, runnable
from placekeeper.wiring.state import State


@dataclass
class LocalLauncher:
    """Implements ports.launcher.Launcher with processes on this machine.

    `waiting` is a process that was started early; the first run gets it.
    """

    state: State
    presence: Presence
    url: str
    environ: Mapping[str, str]
    cwd: Path
    echo: Echo | None = None
    waiting: WaitingProcess | None = None

    def __post_init__(self) -> None:
        self._waiting = [] if self.waiting is None else [self.waiting]

    @property
    def identity(self) -> str:
        """This process, while it is present."""
        return self.presence.identity

    def lost(self, launchers: frozenset[str]) -> Mapping[str, int | None]:
        """Which of these launchers have died, with the counts of their leases."""
        return self.presence.lost(launchers)

    def forget(self, lost: Mapping[str, int | None]) -> None:
        """What these launchers left has been recorded."""
        self.presence.forget(lost)

    def describe_exit(self, run: JobRun, code: int) -> str:
        """How the process of a run ended with an exit code other than 0, and what it said last."""
        return describe_exit(code, end_of(self.state.logs(run.id).error))

    def launch(self, run: JobRun, token: str) -> JobProcess:
        """Start the process of a run. Raises LaunchFailed with the reason."""
        command = run.job_spec.get("Command", {})
        arguments = effective_arguments(
            run.job_spec.get("DefaultArguments"), run.arguments, run.job_spec.get("NonOverridableArguments")
        )
        kind = runnable(str(command.get("Name") or ""), arguments.get("--job-language", "python"))
        script = arguments.get("--scriptLocation") or str(command.get("ScriptLocation") or "")
        if not script:
            raise LaunchRefused("The job has no script: set Command.ScriptLocation.")
        folder = self.state.run_folder(run.id)
        arguments |= {"--JOB_NAME": run.job_name, "--JOB_RUN_ID": run.id}
        arguments |= {"--JOB_ID": f"j_{run.id.removeprefix('jr_')}"}
        if not {"--TempDir", "--RedshiftTempDir"} & arguments.keys():
            arguments["--TempDir"] = str(folder / "temp")
        orders = Orders(
            run_id=run.id,
            command=kind,
            url=self.url,
            token=token,
            script=script,
            segments=str(self.state.folder / "segments"),
            arguments=tuple(to_argv(arguments)),
            environ=self._environ(token),
            cwd=str(self.cwd),
            folder=str(folder),
            modules=str(self.state.folder / "modules"),
        )
        try:
            self._sweep()
            return self._process(kind).begin(orders, logs=self.state.logs(run.id), echo=self.echo)
        except (OSError, UnicodeError) as error:
            raise LaunchFailed(f"The job process could not be started: {error}") from error

    def _process(self, command: CommandType) -> WaitingProcess:
        """The process that waits, if it is of the right type, else a new one."""
        while self._waiting:
            waiting = self._waiting.pop()
            if waiting.command is command:
                return waiting
            waiting.drop()
        return WaitingProcess(command)

    def _sweep(self) -> None:
        """Remove the folders of runs that are over, where whoever launched them died before it could."""
        # Listed before asking: a run is recorded, then has a folder.
        folders = {folder.name: folder for folder in self.state.run_folder("").glob("*")}
        for name in folders.keys() - self.state.control.lifecycle.open_among(folders):
            shutil.rmtree(folders[name], ignore_errors=True)

    def _environ(self, token: str) -> dict[str, str]:
        region = self.environ.get("AWS_REGION", "us-east-1")
        return {
            "AWS_DEFAULT_REGION": region,
            # What is no UTF-8 cannot be handed over, and no script asks for it.
            **{name: value for name, value in for_jobs(self.environ).items() if _is_utf8(name + value)},
            # So that boto3 in the script finds its own job, whatever it signs with: its keys are those of S3.
            "AWS_ENDPOINT_URL_GLUE": f"{self.url}{GLUE_OF_A_RUN}/{token}",
            "PYTHONUNBUFFERED": "1",
        }


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""A launcher of job processes. A process gets all that it needs as arguments and environment."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from placekeeper.control.jobs.transitions import Lifecycle
from placekeeper.host.lease import Lease
from placekeeper.host.spare_process import SpareProcess
from placekeeper.host.state_folder import StateFolder
from placekeeper.launch.orders import Orders
from placekeeper.launch.process import JobProcess, describe_exit, end_of
from placekeeper.launch.starting import for_jobs
from placekeeper.model.errors import LaunchFailed, LaunchRefused
from placekeeper.model.exchange import GLUE_OF_A_RUN
from placekeeper.model.jobs import JobRun
from placekeeper.ports.launcher import Echo
from placekeeper.rules.jobs.arguments import effective_arguments, to_argv
from placekeeper.rules.jobs.commands import runnable
from placekeeper.rules.jobs.definition_defaults import glue_version


@dataclass
class LocalLauncher:
    """Implements ports.launcher.Launcher with processes on this machine.

    `spare` is a process that may have been started early; the first run gets it.
    """

    folder: StateFolder
    lifecycle: Lifecycle
    lease: Lease
    url: str
    environ: Mapping[str, str]
    cwd: Path
    echo: Echo | None = None
    spare: SpareProcess = field(default_factory=SpareProcess)

    @property
    def identity(self) -> str:
        """This process, while it has its lease."""
        return self.lease.identity

    def lost(self, launchers: frozenset[str]) -> Mapping[str, int | None]:
        """Which of these launchers have died, with the counts of their leases."""
        return self.lease.lost(launchers)

    def forget(self, lost: Mapping[str, int | None]) -> None:
        """Drop dead launchers, once all that they left is recorded."""
        self.lease.forget(lost)

    def describe_exit(self, run: JobRun, code: int) -> str:
        """A sentence about an exit code other than 0, with the last lines of the process."""
        return describe_exit(code, end_of(self.folder.logs(run.id).error))

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
        folder = self.folder.run_folder(run.id)
        arguments |= {"--JOB_NAME": run.job_name, "--JOB_RUN_ID": run.id}
        arguments |= {"--JOB_ID": f"j_{run.id.removeprefix('jr_')}"}
        if not {"--TempDir", "--RedshiftTempDir"} & arguments.keys():
            arguments["--TempDir"] = str(folder / "temp")
        orders = Orders(
            run_id=run.id,
            command=kind,
            glue_version=glue_version(run.job_spec),
            url=self.url,
            token=token,
            script=script,
            segments=str(self.folder.segments),
            arguments=tuple(to_argv(arguments)),
            environ=self.environ_of(token),
            cwd=str(self.cwd),
            folder=str(folder),
            modules=str(self.folder.modules),
        )
        try:
            self._sweep()
            return self.spare.take(kind).begin(orders, logs=self.folder.logs(run.id), echo=self.echo)
        except (OSError, UnicodeError) as error:
            raise LaunchFailed(f"The job process could not be started: {error}") from error

    def _sweep(self) -> None:
        """Remove the folders of runs that are over, where whoever launched them died before it could."""
        # Listed before asking: a run is recorded, then has a folder.
        folders = self.folder.run_folders()
        for name in folders.keys() - self.lifecycle.open_among(folders):
            shutil.rmtree(folders[name], ignore_errors=True)

    def environ_of(self, token: str) -> dict[str, str]:
        """The environment of the process that has a token."""
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

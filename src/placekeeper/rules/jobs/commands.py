"""Which jobs can run here, by the type of their command and their language."""

from collections.abc import Mapping
from enum import StrEnum

from placekeeper.model.errors import LaunchRefused


class CommandType(StrEnum):
    """Values of Command.Name that run here."""

    GLUEETL = "glueetl"
    PYTHONSHELL = "pythonshell"


_REFUSED: Mapping[str, str] = {
    "gluestreaming": "Streaming jobs (gluestreaming) do not run here: there are no streaming sources. "
    "A glueetl job with job-bookmark-enable reads what has newly arrived each time it runs.",
    "glueray": "Ray jobs (glueray) do not run here: there is no Ray cluster. A script that starts Ray in "
    "its own process runs as pythonshell, with --additional-python-modules ray.",
}


def runnable(command: str, language: str) -> CommandType:
    """The command type of a job. Raises LaunchRefused, with the reason, for a job that cannot run here.

    A job without Command.Name is glueetl (our inference: the member is optional).
    """
    if command in _REFUSED:
        raise LaunchRefused(_REFUSED[command])
    if command not in ("", *CommandType):
        raise LaunchRefused(
            f"Jobs with Command.Name '{command}' do not run here: set it to glueetl or pythonshell."
        )
    if language != "python":
        raise LaunchRefused(
            f"The script's language (--job-language) is {language}, and only python runs here: "
            "write the job in Python."
            if language != "scala"
            else "Scala scripts cannot run here: write the job in Python."
        )
    return CommandType(command or CommandType.GLUEETL)

"""The installed command. A run's process starts first, to load its engine while we load ourselves.

A Python shell job has no engine to load.
"""

import sys

from placekeeper.host.processes import hide, leave, load_in_peace, loaded
from placekeeper.host.spare_process import SpareProcess
from placekeeper.rules.jobs.commands import CommandType


def _spare(argv: list[str]) -> SpareProcess | None:
    if argv[:1] != ["run"] or {"-h", "--help"} & set(argv):
        return None
    is_shell = f"--type {CommandType.PYTHONSHELL}" in " ".join(argv).replace("--type=", "--type ")
    return SpareProcess.started(CommandType.PYTHONSHELL if is_shell else CommandType.GLUEETL)


SPARE = _spare(sys.argv[1:])

load_in_peace()

from placekeeper.cli.app import main  # noqa: E402 - takes a second, which the process above uses

loaded()


def entry() -> None:
    """Run the command line and end with its exit code.

    No command works with pandas. PyArrow loads it with the first array that it makes, which takes as long as
    all of PyArrow, only to ask whether a list is one of pandas' series. So it finds none.
    """
    hide("pandas")
    leave(main(spare=SPARE))

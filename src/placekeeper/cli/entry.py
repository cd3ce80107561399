"""The installed command. A run's process starts first, to load its engine while we load ourselves."""

import sys

from placekeeper.launch.process import WaitingProcess

WAITING = WaitingProcess() if sys.argv[1:2] == ["run"] and not {"-h", "--help"} & set(sys.argv) else None

from placekeeper.cli.app import main  # noqa: E402 - takes a second, which the process above uses


def entry() -> None:
    """Run the command line and end with its exit code."""
    sys.exit(main(waiting=WAITING))

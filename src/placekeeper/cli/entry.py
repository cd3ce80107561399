"""The installed command. A run's process starts first, to load its engine while we load ourselves."""

import sys

from placekeeper.host.early_start import start_early

STARTED = start_early(sys.argv[1:])

from placekeeper.host.processes import hide, leave, load_in_peace, loaded  # noqa: E402

load_in_peace()

from placekeeper.cli.app import main  # noqa: E402 - takes a second, which the process above uses
from placekeeper.host.spare_process import SpareProcess  # noqa: E402

loaded()


def entry() -> None:
    """Run the command line and end with its exit code.

    No command works with pandas. PyArrow loads it with the first array that it makes, which takes as long as
    all of PyArrow, only to ask whether a list is one of pandas' series. So it finds none.
    """
    hide("pandas")
    leave(main(spare=SpareProcess.of(STARTED)))

"""The start of a job process. It comes before all else, so this imports next to nothing.

What the process is then told, `placekeeper.launch.process` knows.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

SMALL_HEAPS = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Allocators read these when a process starts. They save 50 MB of an engine's memory and cost no time."""

CRAWLER = "crawler"
"""What is started for a crawl. It is no type of jobs."""

ENTRIES = {
    "glueetl": "placekeeper.job_process",
    "pythonshell": "placekeeper.shell_process",
    CRAWLER: "placekeeper.crawl_process",
}
"""The modules of our processes, by the types of jobs that run here (CommandType), and by CRAWLER."""

_OF_THE_SERVER = frozenset(
    {"PLACEKEEPER_DATABASE", "PLACEKEEPER_KEYS", "PGPASSWORD", "PGPASSFILE", "PGSSLKEY", "PGSERVICEFILE"}
)


def for_jobs(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without the way into the database and the server's keys: scripts reach the state by
    their run's server alone."""
    return {name: value for name, value in environ.items() if name not in _OF_THE_SERVER}


class StartedProcess:
    """A job process for a type of jobs, and the writing end of the pipe that its orders go to.

    Raises OSError.
    """

    def __init__(self, command: str) -> None:
        self.command = command
        reading, self.orders = os.pipe()
        try:
            self.process = subprocess.Popen(
                # -P: no file in the working folder may pass for a module
                [sys.executable, "-P", "-m", ENTRIES[command], str(reading)],
                env={**SMALL_HEAPS, **for_jobs(os.environ)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(reading,),
                start_new_session=True,
            )
        except OSError:
            os.close(self.orders)
            raise
        finally:
            os.close(reading)

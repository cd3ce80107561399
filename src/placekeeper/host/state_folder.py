"""The layout of a state folder.

placekeeper.db     bookmarks, jobs, runs, publications
database           instead, where they are in a PostgreSQL: its URL, without the password
segments/          the ledger
record.jsonl       which state it is, and what its database must know
logs/RUN_ID/       output and error stream of each run, and of each crawl by its id
launchers/         a lock of each process that runs jobs, held while it lives
runs/RUN_ID/       what a run has fetched, and its temporary files; removed when it has ended
modules/           what --additional-python-modules installed; may be removed while no run goes on
server.lock        held by the process that serves this state
server.json        where it listens (beside a PostgreSQL: server.HOST.lock and .json, one pair per machine)
tidied             when garbage was last looked for
"""

import socket
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from placekeeper.launch.process import LogFiles
from placekeeper.model.errors import StateError


class StateFolder(Struct, frozen=True):
    """The folder of a state; nothing in it need exist before `make`."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def sqlite(self) -> Path:
        """The database, where it is SQLite."""
        return self.path / "placekeeper.db"

    @property
    def database(self) -> Path:
        """The file with the URL of the folder's PostgreSQL, without the password."""
        return self.path / "database"

    @property
    def segments(self) -> Path:
        """The ledger."""
        return self.path / "segments"

    @property
    def record(self) -> Path:
        """The record of the state."""
        return self.path / "record.jsonl"

    @property
    def modules(self) -> Path:
        """The folder of the modules that jobs ask for."""
        return self.path / "modules"

    @property
    def last_tidied(self) -> "LastTidiedFile":
        """The file whose time says when garbage was last looked for."""
        return LastTidiedFile(self.path / "tidied")

    def make(self) -> None:
        """Make the folder and those in it. Raises StateError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Nobody else may read arguments and logs: the folder itself may be somebody's own, and open.
            for folder in (self._logs, self.modules, self._runs, self.segments):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StateError(f"the state folder {self.path} cannot be made: {error.strerror}") from error

    def logs(self, run_id: str) -> LogFiles:
        """The folder of a run's output and error stream."""
        return LogFiles(self._logs / run_id / "output", self._logs / run_id / "error")

    def runs_with_logs(self) -> Iterable[str]:
        """The ids of the runs that have begun here."""
        return (path.name for path in self._logs.glob("*"))

    def run_folder(self, run_id: str) -> Path:
        """A folder of a run's own, for as long as it goes on; it need not exist."""
        return self._runs / run_id

    def crawl_folder(self, crawl_id: str) -> Path:
        """A folder of a crawl's own, for as long as it goes on; it need not exist."""
        return self.path / "crawls" / crawl_id

    def run_folders(self) -> dict[str, Path]:
        """The folders of runs that are there, by run id."""
        return {folder.name: folder for folder in self._runs.glob("*")}

    def server_lock(self, *, is_shared: bool) -> Path:
        """Held by the server that runs of this machine join.

        A folder that several machines share has one lock for each: a server listens on the loopback of its
        own machine.
        """
        name = f"server.{socket.gethostname()}.lock" if is_shared else "server.lock"
        return self.path / name

    def server_address(self, *, is_shared: bool) -> Path:
        """The file in which that server writes its address."""
        return self.server_lock(is_shared=is_shared).with_suffix(".json")

    @property
    def _logs(self) -> Path:
        return self.path / "logs"

    @property
    def _runs(self) -> Path:
        return self.path / "runs"


class LastTidiedFile(Struct, frozen=True):
    """Implements ports.last_tidied.LastTidied by the time of a file."""

    path: Path

    def read_ms(self) -> int | None:
        """Epoch milliseconds; None when nobody has looked yet."""
        try:
            return self.path.stat().st_mtime_ns // 1_000_000
        except FileNotFoundError:
            return None

    def record(self) -> None:
        """Record that garbage is looked for now."""
        self.path.touch()

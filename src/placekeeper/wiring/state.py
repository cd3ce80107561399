"""A state folder, opened: the control plane over its database, segments and logs.

placekeeper.db     bookmarks, jobs, runs, publications
database           instead, where they are in a PostgreSQL: its URL, without the password
segments/          the ledger
record.jsonl       which state it is, and what its database must know
logs/RUN_ID/       output and error stream of each run
launchers/         a lock of each process that runs jobs, held while it lives
runs/RUN_ID/       what a run has fetched, and its temporary files; removed when it has ended
modules/           what --additional-python-modules installed; may be removed while no run goes on
server.lock        held by the process that serves this state
server.json        where it listens (beside a PostgreSQL: server.HOST.lock and .json, one pair per machine)
tidied             when garbage was last looked for
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from placekeeper.control.bookmarks.planner import Planner
from placekeeper.control.bookmarks.transfer import Transfer
from placekeeper.control.jobs.execution import Execution
from placekeeper.control.ledger.compaction import Compaction
from placekeeper.control.ledger.housekeeping import Housekeeping
from placekeeper.control.service import Control, control_plane
from placekeeper.control.state.acceptance import Accepting
from placekeeper.control.state.wholeness import Doubts, Wholeness
from placekeeper.host.clock import SystemClock, monotonic_ms, random_hex
from placekeeper.host.faults import checkpoint_of
from placekeeper.host.lease import Presence, present
from placekeeper.keys.ring import keys_of
from placekeeper.launch.process import Logs
from placekeeper.ledger.record import RecordFile
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.errors import StateError, StateNotWhole
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.objects.uris import normalise_object
from placekeeper.ports.clock import Clock
from placekeeper.ports.launcher import Launcher
from placekeeper.settings import Settings
from placekeeper.store.connection import shown
from placekeeper.store.migrate import FIRST_RUN
from placekeeper.store.store import SqlStore
from placekeeper.wiring import database

_TIDIED = "tidied"
_MOST_NAMED = 5
_FOLDERS = ("logs", "modules", "runs", "segments")


@dataclass(frozen=True)
class State:
    """All that works on one state folder."""

    folder: Path
    database: str  # its URL, without the password
    is_shared: bool  # the database is not in the folder: other machines may work on the state too
    store: SqlStore
    control: Control
    wholeness: Wholeness
    accepting: Accepting
    planner: Planner
    transfer: Transfer
    housekeeping: Housekeeping
    compaction: Compaction
    clock: Clock
    grace_ms: int

    @property
    def described(self) -> str:
        """Where it is, for people."""
        return f"{self.folder} and {self.database}" if self.is_shared else str(self.folder)

    def logs(self, run_id: str) -> Logs:
        """Where a run's output and error stream are kept."""
        return Logs(self.folder / "logs" / run_id / "output", self.folder / "logs" / run_id / "error")

    def execution(self, launcher: Launcher) -> Execution:
        """What sees runs through that `launcher` launches."""
        return Execution(
            self.control.runs,
            self.control.lifecycle,
            self.control.publications,
            self.control.marks,
            launcher,
            self.clock,
        )

    @contextmanager
    def present(self, kind: str) -> Iterator[Presence]:
        """Be a launcher of this state's runs while the context lasts."""
        with present(kind, self.store, self.folder, monotonic_ms, is_shared=self.is_shared) as presence:
            yield presence

    def observer(self) -> Presence:
        """One who launches nothing, and tells which launchers have died."""
        return Presence("", self.store, self.folder, monotonic_ms, is_shared=self.is_shared)

    def uri_of(self, path: str) -> str:
        """The URI by which listings know an object that a person names. Raises UnsupportedFeature."""
        return normalise_object(path)

    def run_folder(self, run_id: str) -> Path:
        """A folder of a run's own, for as long as it goes on; it need not exist."""
        return self.folder / "runs" / run_id

    @property
    def tidied_ms(self) -> int | None:
        """When garbage was last looked for, by whoever did."""
        try:
            return (self.folder / _TIDIED).stat().st_mtime_ns // 1_000_000
        except FileNotFoundError:
            return None

    def tidy(self) -> tuple[int, int]:
        """Remove garbage, but at most once per grace period: looking for it reads all of the history.

        How many staged files and how many segments were removed.
        """
        tidied_ms = self.tidied_ms
        if tidied_ms is not None and self.clock.now_ms() - tidied_ms < self.grace_ms:
            return 0, 0
        (self.folder / _TIDIED).touch()
        return self.housekeeping.collect()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def open_state(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    create: bool = True,
    only_reads: bool = False,
    doubts: Doubts | None = None,
) -> State:
    """Open a state folder, with `create` make it if there is none, with `only_reads` change nothing in it.

    Raises StateError when there is none or it cannot be used, StateNotWhole when its database lacks what the
    rest of it says that it had; with `doubts`, that is told and no more.
    """
    opened = _opened(settings, environ, create=create, accepting=False, only_reads=only_reads)
    try:
        if only_reads:
            opened.wholeness.check(doubts)
        else:
            opened.wholeness.ensure(doubts)
    except StateError:
        opened.close()
        raise
    return opened


def state_as_it_is(settings: Settings, environ: Mapping[str, str], *, accepting: bool) -> State:
    """A state for those who look what is wrong with it, or accept that: nothing is asked of it.

    Raises StateError as `open_state`; StateNotWhole only where there is no database, and not for `accepting`,
    which makes one.
    """
    return _opened(settings, environ, create=accepting, accepting=accepting, only_reads=not accepting)


def _opened(
    settings: Settings, environ: Mapping[str, str], *, create: bool, accepting: bool, only_reads: bool
) -> State:
    folder = settings.state
    keys = keys_of(environ)
    record = RecordFile(folder / "record.jsonl", _tell, checkpoint_of(environ), only_reads=only_reads)
    ledger = SegmentFolder(folder / "segments", keys)
    needed = None if accepting else _evidence(record, ledger)
    if not create and needed is None and not database.exists(settings):
        raise StateError(
            f"there is no state in {folder}: {FIRST_RUN}, "
            "or say where it is with --state or PLACEKEEPER_STATE"
        )
    try:
        if create:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make_private(folder)
    except OSError as error:
        raise StateError(f"the state folder {folder} cannot be made: {error.strerror}") from error
    engine = database.opened(settings, create=create, needed=needed, only_reads=only_reads)
    store = SqlStore(engine, keys, record)
    clock = SystemClock()
    objects, staging = ObjectStores.of(environ), OutputStaging.of(environ)
    wholeness = Wholeness(store, record, ledger, random_hex, str(folder))
    control = control_plane(
        store=store,
        clock=clock,
        staging=staging,
        random_hex=random_hex,
        keys=keys,
        expect=wholeness.expect,
    )
    planner = Planner(control.bookmarks, control.marks, control.catalog, objects, ledger, clock)
    return State(
        folder=folder,
        database=shown(engine.url),
        is_shared=settings.database is not None,
        store=store,
        control=control,
        wholeness=wholeness,
        accepting=Accepting(wholeness, control.publications, clock, keys),
        planner=planner,
        transfer=Transfer(store, clock, control.publications, control.bookmarks, planner, keys),
        housekeeping=Housekeeping(
            store,
            clock,
            ledger,
            staging,
            grace_ms=settings.grace_ms,
            retention_ms=settings.retention_ms,
        ),
        compaction=Compaction(
            store, clock, ledger, random_hex, checkpoint_of(environ), retention_ms=settings.retention_ms
        ),
        clock=clock,
        grace_ms=settings.grace_ms,
    )


def _evidence(record: RecordFile, ledger: SegmentFolder) -> str | None:
    """What says, without the database, that there must be one; None: nothing does."""
    try:
        recorded = record.read()
    except StateNotWhole as error:
        return str(error)
    folders = ledger.folders()
    newest = () if recorded is None else recorded.newest.values()
    marked = () if recorded is None else recorded.marked.values()
    said = [
        *(f"the bookmark {note.name} has come to version {note.version}" for note in newest),
        *(f"objects of the bookmark {note.name} are left out" for note in marked),
        *(["the ledger has segments"] if folders and (recorded is None or newest) else []),
    ]
    return ", ".join(said[:_MOST_NAMED]) or None


def _tell(line: str) -> None:
    sys.stderr.write(f"placekeeper: {line}\n")


def _make_private(folder: Path) -> None:
    """Make what nobody else may read, arguments and logs among it: the folder itself may be somebody's own,
    and open to others."""
    for name in _FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)

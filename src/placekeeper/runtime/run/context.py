"""What a job process is given to run one script with."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct, field

from placekeeper.model.publication import RowsWritten
from placekeeper.ports.clock import Clock
from placekeeper.ports.effects import Effects
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects, Staging
from placekeeper.ports.progress import NO_PROGRESS, Progress
from placekeeper.rules.jobs.glue_versions import RUN_GLUE_VERSION
from placekeeper.rules.jobs.run_options import RunOptions
from placekeeper.runtime.connectors.plan_follower import PlanFollower
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.formats.registry import FORMATS, Formats
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.secrets import Secrets
from placekeeper.runtime.run.waiting_effects import WaitingEffects
from placekeeper.runtime.scan.native_reads import NativeReads
from placekeeper.runtime.scan.notices import NO_NOTICES, Notices


class RunContext(Struct, frozen=True, kw_only=True):
    """What a job process is given. `checkpoint` is called at the run's named points (fault injection).

    `plan` is what the run is to read, None for whatever there is. `natives` collects what the engine's own
    reader reads. In `notices`, tasks leave word of objects
    that cannot be read. `progress` is told how far the run has come. `formats` are those that the script may
    read and write. `script` is the source text. `folder` is the run's own, None where it has none.
    `waiting` is what it has written and not published. `said_before` are notes that people have read before
    the script began. `secrets` are in nothing that it prints or keeps.
    """

    run_id: str
    options: RunOptions
    client: Client
    objects: Objects
    staging: Staging
    effects: Effects
    ledger: Ledger
    clock: Clock
    engine: Engine
    checkpoint: Callable[[str], None]
    plan: PlanFollower | None = None
    natives: NativeReads = field(default_factory=NativeReads)
    notices: Notices = NO_NOTICES
    progress: Progress = NO_PROGRESS
    formats: Formats = FORMATS
    script: str = ""
    folder: Path | None = None
    glue_version: str = RUN_GLUE_VERSION
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    said_before: tuple[str, ...] = ()
    endings: list[Callable[[], object]] = field(default_factory=list)
    readings: list[tuple[str, str]] = field(default_factory=list)
    waiting: WaitingEffects = field(default_factory=WaitingEffects)
    secrets: Secrets = field(default_factory=Secrets)

    def at_end(self, close: Callable[[], object]) -> None:
        """Call something when the run has read all that it commits, or has failed."""
        self.endings.append(close)

    def rows_waiting(self, place: str) -> Sequence[RowsWritten]:
        """What earlier writes of the run will publish to a database, by its place, in their order."""
        return [
            one for one in self.waiting.all() if isinstance(one, RowsWritten) and one.login.place == place
        ]

    def end(self) -> None:
        """Close what was open for reading, the newest first: what is published may have to wait for that."""
        while self.endings:
            self.endings.pop()()
        self.readings.clear()

    def reads(self, place: str, what: str) -> None:
        """Say that a table, or a query, of a database is read until `end`."""
        self.readings.append((place, what))

    def read_of(self, place: str) -> Sequence[str]:
        """The tables and queries of a database that are read now."""
        return [what for one, what in self.readings if one == place]

    def keep_secret(self, text: str) -> None:
        """Know a password."""
        self.secrets.keep(text)

    def note(self, sentence: str) -> None:
        """Say something at the end of the run; the same sentence is said once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def warn(self, sentence: str) -> None:
        """The same of what is probably a mistake: it stands last in the summary."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

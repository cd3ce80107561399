"""The output of one run, from staging to visibility (docs/reference/bookmarks.md#publication)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import Lock

from msgspec.structs import replace

from placekeeper.model.errors import PublicationPending, PublishFailed, RowsHeld, StateUnfit
from placekeeper.model.jobs import OutputFate, SinkSummary
from placekeeper.model.progress import Count, Stage
from placekeeper.model.publication import (
    CatalogEffect,
    Effect,
    FinalEffect,
    Manifest,
    ObjectsPurged,
    ObjectsTransitioned,
)
from placekeeper.ports.effects import Effects
from placekeeper.ports.objects import Staging
from placekeeper.ports.progress import NO_PROGRESS, Progress
from placekeeper.rules.jobs.run_ids import short
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.publishing import drop_rows, publish_in_order
from placekeeper.runtime.run.sink_sums import summed
from placekeeper.runtime.run.waiting_effects import (
    WaitingEffects,
    bytes_of,
    files_of,
    is_at_once,
    is_done,
    places_of,
    rows_of,
)
from placekeeper.runtime.scan.native_reads import NativeReads


class Output:
    """Collects what a run has staged, and publishes it once for each Job.commit."""

    def __init__(
        self,
        run_id: str,
        staging: Staging,
        effects: Effects,
        client: Client,
        checkpoint: Callable[[str], None],
        progress: Progress = NO_PROGRESS,
        natives: NativeReads | None = None,
        waiting: WaitingEffects | None = None,
    ) -> None:
        self._natives = NativeReads() if natives is None else natives
        self._run_id = run_id
        self._staging = staging
        self._effects = effects
        self._client = client
        self._checkpoint = checkpoint
        self._progress = progress
        self._targets: set[str] = set()
        self._lock = Lock()  # a script may write from several threads
        self._waiting = waiting or WaitingEffects()
        self._sinks: list[SinkSummary] = []
        self._overwritten: list[str] = []  # folders that other runs must leave alone until it is visible
        self.written = 0  # counts the writes of the run
        self.ordinal = 0  # counts the publications of the run
        self.is_decided = False  # then what comes before the next Job.init is visible at once
        self.fate = OutputFate.NONE  # if it was decided, and could not become visible
        self.restored_version: int | None = None  # of the bookmark, when it was taken back

    @classmethod
    def of(cls, context: RunContext) -> "Output":
        """The output of the run that a context is for."""
        made = (context.run_id, context.staging, context.effects, context.client, context.checkpoint)
        return cls(*made, context.progress, context.natives, context.waiting)

    @property
    def manifest(self) -> Manifest:
        """What waits to be published: objects are deleted when all else is visible, and then told of."""
        return self._waiting.in_order()

    @property
    def deleted(self) -> frozenset[str]:
        """The URIs of the objects that wait to be deleted."""
        return frozenset(meta.path for purge in self.deletions for meta in purge.objects)

    @property
    def deletions(self) -> list[ObjectsPurged]:
        """The effects that wait to delete objects."""
        return [effect for effect in self._waiting.all() if isinstance(effect, ObjectsPurged)]

    @property
    def named(self) -> list[ObjectsPurged | ObjectsTransitioned]:
        """The effects that wait and name objects of others."""
        return [one for one in self._waiting.all() if isinstance(one, ObjectsPurged | ObjectsTransitioned)]

    @property
    def sinks(self) -> tuple[SinkSummary, ...]:
        """What was written where."""
        return tuple(self._sinks)

    def begin_next(self) -> None:
        """The script calls Job.init after Job.commit: what comes now waits for another publication."""
        self.ordinal += 1
        self.is_decided, self.fate, self.restored_version = False, OutputFate.NONE, None
        self._natives.begin_next()

    def announce(self, target: str) -> None:
        """Tell the server where files will be staged, before the first one is."""
        with self._lock:
            if target not in self._targets:
                self._client.add_staging(target)
                self._targets.add(target)

    def add(
        self, target: str, context: str, effects: Manifest, catalog: str = "", *, seconds: float = 0.0
    ) -> None:
        """Take in what one write has staged: it waits for the publication, or is done now if that is past.

        `catalog` says what the catalog is told, `seconds` how long the write took. If anything is visible
        now, native reads are looked at before, and what waits is taken back if one has changed.

        Raises what the kinds of the effects raise, and ObjectChanged.
        """
        waiting = [effect for effect in effects if not is_done(effect)]
        if self.is_decided or any(is_done(effect) or is_at_once(effect) for effect in effects):
            with ExitStack() as undo:
                undo.callback(self._effects.take_back_all, tuple(waiting))
                self._natives.look()
                undo.pop_all()
        now = [effect for effect in waiting if self.is_decided or is_at_once(effect)]
        self._effects.publish_all(tuple(now))
        sink = SinkSummary(
            path=target,
            context=context,
            catalog=catalog,
            files=len(files_of(effects)),
            rows=rows_of(effects),
            bytes=bytes_of(effects),
            seconds=seconds,
        )
        self._waiting.add(effect for effect in waiting if effect not in now)
        with self._lock:
            self.written += 1
            self._sinks.append(sink)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Publish what is written meanwhile at the end, or take it back if something is raised.

        It is no part of the publication that a commit decides. Raises what the kinds of the effects raise,
        ObjectChanged, and PublishFailed if all is visible and what it replaces could not be deleted.
        """
        mark, first_sink, is_visible = self._waiting.mark(), len(self._sinks), False
        before, earlier_reads = len(self._overwritten), self._natives.count
        files: Manifest = ()
        try:
            yield
            effects = self._waiting.take_since(mark)
            files = tuple(effect for effect in effects if not isinstance(effect, FinalEffect))
            self._natives.look()
            self._effects.publish_all(files)
            is_visible = True
            self._natives.keep(earlier_reads)
        finally:
            overwritten = self._overwritten[before:]
            del self._overwritten[before:]
            if not is_visible:
                del self._sinks[first_sink:]
                self._effects.take_back_all(files or self._waiting.take_since(mark))
        of_batch = [replace(sink, of_batches=True) for sink in self._sinks[first_sink:]]
        self._sinks = summed([*self._sinks[:first_sink], *of_batch])
        try:
            self._effects.publish_all(effects[len(files) :])
        except OSError as error:
            raise PublishFailed(
                f"the output of a batch is visible, and not all that it replaces could be deleted: {error}. "
                "Mend the cause and run again: the batch is repeated"
            ) from error
        self._release(overwritten)

    def finish(self, effects: Sequence[Effect], *, at_once: bool, overwritten: Sequence[str] = ()) -> None:
        """Do what comes last, and free the folders `overwritten`; now with `at_once`, or if that is past."""
        if at_once or self.is_decided:
            self._effects.publish_all(tuple(effects))
            self._release(overwritten)
        else:
            self._waiting.add(effects, once=True)
            self._overwritten += overwritten

    def _release(self, folders: Sequence[str]) -> None:
        """Let other runs overwrite folders, but for those that wait for the commit."""
        if released := sorted(set(folders).difference(self._overwritten)):
            self._client.replaced(released)

    def stages(self, folder: str) -> bool:
        """Whether a file waits to become visible in a folder, by its URI with a slash at the end."""
        return any(file.path.startswith(folder) for file in files_of(self._waiting.all()))

    def withdraw(self, folders: Sequence[str]) -> None:
        """Drop the files that wait to become visible in folders: the script has overwritten them.

        Raises OSError.
        """
        self._effects.take_back_all(self._waiting.take_below(folders))

    def hides(self, path: str) -> bool:
        """Whether what this run stages or deletes under or above a path cannot be seen there yet."""
        paths = [*places_of(self._waiting.all()), *self.deleted]
        return any(one.startswith(path.rstrip("/") + "/") or one == path for one in paths)

    def hides_below(self, prefix: str) -> bool:
        """Whether what this run stages under a prefix of names cannot be seen there yet."""
        return any(
            file.path.startswith(prefix) and not file.is_visible for file in files_of(self._waiting.all())
        )

    def changes(self, table: tuple[str, str]) -> bool:
        """Whether a table of the catalog (database, name) does not show output of this run yet."""
        name = tuple(part.lower() for part in table)
        changes = [effect for effect in self._waiting.all() if isinstance(effect, CatalogEffect)]
        return any((effect.database, effect.table) == name for effect in changes)

    def decide(self) -> None:
        """Decide about the publication without a version, after native reads were looked at."""
        self._natives.look()
        self._client.begin_publication(self.manifest, self.ordinal)
        self._checkpoint("publication.decided")

    def publish(self, note: Callable[[str], None]) -> bool:
        """Make the manifest visible and say so; True. What is to be known of it goes to `note`.

        Raises PublishFailed after the server has taken back what was visible and restored the bookmark,
        RowsHeld if rows of a database wait instead, and PublicationPending.
        """
        self.is_decided = True
        self._natives.decide()
        if not self.manifest:
            return True
        try:
            self._publish_all()
            self._checkpoint("publish.all-visible")
            self._say_published(note)
        except OSError as error:
            self.fate = OutputFate.WAITS
            raise PublicationPending(short(self._run_id), error) from error
        except PublishFailed as error:
            raise self._taken_back(error) from error
        self._checkpoint("publish.settled")
        self._waiting.clear()
        self._overwritten.clear()
        return True

    def _say_published(self, note: Callable[[str], None]) -> None:
        """Have it recorded; where the state's disk is full, the next run finds all visible and records it."""
        try:
            self._client.published(self.ordinal)
        except StateUnfit as error:
            note(f"all output is visible, and that could not be recorded: {error}")

    def _taken_back(self, error: PublishFailed) -> PublishFailed | RowsHeld:
        self.fate = OutputFate.WAITS  # if the server does not come to a decision
        reverted = self._client.publish_failed(str(error), self.ordinal)
        self._waiting.clear()
        if reverted.waits:
            self.fate = OutputFate.WAITS
            return RowsHeld(reverted.waits)
        failed = f"the output could not be published: {error}. "
        if reverted.stays:
            self.fate = OutputFate.STAYS_IN_PART
            return PublishFailed(f"{failed}{reverted.stays}")
        self.fate, self.restored_version = OutputFate.TAKEN_BACK, reverted.version
        back = f"; the bookmark is back to the state before (version {reverted.version})"
        failed += f"What was visible was taken back{back if reverted.version else ''}. "
        return PublishFailed(f"{failed}Mend the cause and run again: the next run reads the same.")

    def _publish_all(self) -> None:
        (first, *rest), sizes = self.manifest, [file.size for file in files_of(self.manifest)]
        self._progress.count(Stage.PUBLISHING, Count(total=len(sizes), total_size=sum(sizes)))
        self._checkpoint("publish.before-first")
        self._effects.publish(first)
        self._checkpoint("publish.after-first")
        half = len(rest) // 2
        publish_in_order(self._effects, rest[:half])
        self._checkpoint("publish.half")
        publish_in_order(self._effects, rest[half:])

    def discard(self) -> None:
        """Drop everything staged: the run fails and publishes nothing.

        Final names are not touched: if the commit was decided and its answer lost, another run may have
        published these files by now. Only the server takes back.
        """
        for target in self._targets:
            self._staging.sweep(target, run_id=self._run_id)
        drop_rows(self._effects, self._waiting.all())
        self._waiting.clear()

"""One run of one script, between the script (`awsglue`) and the server.

init ─▶ open        commit ─▶ segments, then commit, then publish
read ─▶ discover, select, read, stage        write ─▶ stage files
"""

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from pyspark.sql import DataFrame

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import StagedPathRead, TableBegunAnew, UnsupportedFeature, UsageError
from placekeeper.model.exchange import Opened
from placekeeper.model.jobs import OutputFate, RunSummary, SourceSummary
from placekeeper.rules.selection.samples import SampleSize
from placekeeper.runtime.connectors.base import Asked, Connector
from placekeeper.runtime.connectors.registry import CONNECTIONS, Connections, connection_of_table, source_for
from placekeeper.runtime.frames.frame import Frame, SourceRows
from placekeeper.runtime.run.bad_files import BadFiles, Outcome
from placekeeper.runtime.run.catalog_session import CatalogSession
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.context_session import ContextSession
from placekeeper.runtime.run.dimension_tables import without_news
from placekeeper.runtime.run.frame_reads import FrameReads
from placekeeper.runtime.run.frame_session import FrameSession
from placekeeper.runtime.run.frame_writes import FrameWrites
from placekeeper.runtime.run.init_arguments import option_of, range_of
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.pending_elements import PendingElements
from placekeeper.runtime.run.reading import Bookmark, read_source
from placekeeper.runtime.run.record_functions import RecordFunctions
from placekeeper.runtime.run.sql.tables import CatalogSql
from placekeeper.runtime.run.stream_session import StreamSession
from placekeeper.runtime.run.summary import Bookmarked, run_summary
from placekeeper.runtime.run.transform_session import TransformSession
from placekeeper.runtime.run.writes import Writes

_WENT_ON: Final = (
    "job.commit() failed and the script went on: the run fails, and its output is dropped. "
    "Let the error of job.commit() end the script"
)


class JobSession(CatalogSession, ContextSession, FrameSession, StreamSession, TransformSession):
    """What `awsglue` calls."""

    def __init__(self, context: RunContext, connections: Connections = CONNECTIONS) -> None:
        self._connections = connections
        self._context = context
        self._began_ms = context.clock.now_ms()
        self._output = Output.of(context)
        self._writes = Writes(context, connections, self._output)
        self._frame_writes = FrameWrites(context, self._output, self._without_news)
        self._frame_reads = FrameReads(context, self._output)
        self.sql_tables = CatalogSql(context, self, self._writes, self._output)
        self._bad_files = BadFiles(context)
        self._option: BookmarkOption | None = None
        self._opened: Opened | None = None
        self._pending_elements: PendingElements | None = None
        self._start_ms = 0
        self._committed: int | None = None
        self._commit_called = self._commit_broken = self._published = self._has_failed = False
        self._functions = RecordFunctions(context)
        self._earlier_commits: tuple[tuple[str, int | None], ...] = ()
        self._sources_committed = 0
        self._numbers = count()
        self._sources: dict[int, SourceSummary] = {}

    def _without_news(self) -> list[str]:
        return without_news(self._option, [*self._sources.values()])

    @property
    def initialised(self) -> bool:
        """Whether Job.init was called."""
        return self._opened is not None

    def init(self, name: str, args: Mapping[str, Any]) -> None:
        """Job.init: open the bookmark `name` with the option in `args`; again is a reload.

        After a commit it begins the next pair of init and commit, with a publication of its own. What was
        committed before stays if the rest of the run fails. Raises UsageError after a commit that raised.
        """
        if self._commit_broken:
            raise UsageError(_WENT_ON)
        if self._commit_called:
            self._begin_next()
        option = option_of(name, args)
        range_ = range_of(option, args, self.note)
        self._start_ms = self._context.clock.now_ms()
        self._opened = self._context.client.open(name, option, range_)
        self._option = option
        for sentence in self._bad_files.open(self._opened):
            self.note(sentence)
        if any(source.tracked for source in [*self._sources.values()][self._sources_committed :]):
            self.note(
                "job.init() was called again: the sources read before it are not remembered, and the next "
                "run reads them again"
            )
        remembers = option is not BookmarkOption.DISABLE
        self._pending_elements = PendingElements(self._opened, run_id=self.run_id) if remembers else None

    def _begin_next(self) -> None:
        if self._opened is not None:
            self._earlier_commits += ((self._opened.name, self._committed),)
        self._sources_committed = len(self._sources)
        self._committed = None
        self._commit_called = self._published = False
        self._output.begin_next()

    def read(
        self,
        *,
        connection_type: str,
        connection_options: Mapping[str, Any],
        format: str | None,
        format_options: Mapping[str, Any],
        transformation_ctx: str,
        push_down_predicate: str = "",
        sample: SampleSize | None = None,
    ) -> Frame:
        """Choose the objects of a source and read exactly these."""
        asked = Asked(
            connection_type=connection_type,
            options=connection_options,
            format=format,
            format_options=format_options,
            predicate=push_down_predicate,
            sample=sample,
        )
        connector = source_for(self._connections, connection_type, self._context.formats)
        return self._read(connector, asked, transformation_ctx)

    def read_table(
        self,
        name: tuple[str, str],
        predicate: str,
        options: Mapping[str, Any],
        transformation_ctx: str,
        sample: SampleSize | None = None,
        *,
        by_sql: bool = False,
    ) -> Frame:
        """The same of a catalog's table; `name` has its database, `predicate` is push_down_predicate."""
        if self._output.changes(name):
            raise StagedPathRead(f"the table {'.'.join(name)}")
        asked = Asked(
            connection_type="catalog",
            options=options,
            table=name,
            predicate=predicate,
            sample=sample,
            by_sql=by_sql,
        )
        connection = connection_of_table(self._context.client.definition_to_read, name)
        return self._read(connection.source, asked, transformation_ctx)

    def _read(self, connector: Connector[Any, Any], asked: Asked, transformation_ctx: str) -> Frame:
        if transformation_ctx and self._commit_called and self._option is BookmarkOption.ENABLE:
            raise UnsupportedFeature(
                f"the source '{transformation_ctx}' is read after job.commit(), so nothing would remember "
                "it. Read it before job.commit(), or call job.init() again before it is read"
            )
        number = next(self._numbers)
        try:
            frame, source = read_source(
                self._context,
                connector,
                asked,
                transformation_ctx,
                bookmark=Bookmark(self._opened, self._pending_elements, self._start_ms),
                hides=self._output.hides,
                watch=self._bad_files.watch,
                number=number,
            )
        except TableBegunAnew as error:
            self._bad_files.hold(transformation_ctx, error)
            raise
        self._sources[number] = source
        self._functions.tell(frame.errors.own)
        return frame

    def write(
        self,
        dataframe: DataFrame,
        *,
        connection_type: str,
        connection_options: Mapping[str, Any],
        format: str | None,
        format_options: Mapping[str, Any],
        transformation_ctx: str,
        table: tuple[str, str] | None = None,
        known: SourceRows | None = None,
    ) -> None:
        """Stage a frame's rows under a target; they become visible when the run publishes.

        `table` is the database and the name of the catalog's table that they are of. With the connection
        type `catalog` the catalog says location and format. `known` says how many rows there must be.
        """
        asked = Asked(
            connection_type=connection_type,
            options=connection_options,
            format=format,
            format_options=format_options,
            table=table or ("", ""),
        )
        self._writes.write(dataframe, asked, transformation_ctx, known)

    def commit(self) -> None:
        """Job.commit: make the state durable, then the output visible. A second commit changes nothing.

        Without job.init there is no state, and only the output becomes visible.
        Raises VersionMismatchException when another run, a reset or a rewind came in between (the output is
        dropped), PlanStale when not all was read that was planned, RecordUnreadable when an object could not
        be read and the script went on, ObjectChanged when one that the engine's own reader has read is no
        longer what was listed, PublishFailed when the output cannot become visible (the state is restored).
        """
        if self._commit_called:
            return
        self._commit_broken = True  # until it returns: a script may catch what it raises
        self._bad_files.check()
        if self._context.plan is not None and self._opened is not None:
            self._context.plan.check_all_read(self._opened.name)
        self._context.checkpoint("commit.called")
        if self._opened and self._opened.version is not None and self._pending_elements is not None:
            self._context.natives.look()
            ledger = self._context.ledger.sealed_with(self._opened.bookmark_key)
            elements = self._pending_elements.elements(
                ledger, version=self._opened.version + 1, ordinal=self._output.ordinal
            )
            self._context.checkpoint("commit.segments-durable")
            mended = self._bad_files.mended(self._pending_elements.released)
            name, version = self._opened.name, self._opened.version
            committed = self._context.client.commit(
                name, version, elements, self._output.manifest, mended, self._output.ordinal
            )
            self._committed = committed.version
            self._context.checkpoint("commit.durable")
        else:
            self._output.decide()
        self._commit_called = True
        self._publish()
        self._commit_broken = False
        self._context.checkpoint("commit.returns")

    def finish(self) -> None:
        """The script has ended well: publish what no commit has.

        Raises UsageError when the script has gone on after a commit that raised: nothing of it may be
        published without the bookmark, and the run may not look as if it had been.
        """
        if self._commit_broken:
            raise UsageError(_WENT_ON)
        if self._commit_called:
            return
        if self._opened is not None and self._option is BookmarkOption.ENABLE:
            self.note(
                "job.commit() was never called: the bookmark did not move, and the next run reads the "
                "same again"
            )
        self._output.decide()
        self._publish()

    def _publish(self) -> None:
        self._context.end()
        try:
            self._published = self._output.publish(self.note)
        finally:
            if self._output.fate is OutputFate.TAKEN_BACK:
                self.sql_tables.put_back()

    def fail(self) -> None:
        """The script has failed: drop what nobody can see yet."""
        self._has_failed = True
        self._context.end()
        if not self._output.is_decided:
            self._output.discard()
            self.sql_tables.put_back()

    def outcome(self, error_message: str) -> Outcome:
        """After `fail`: why the run has failed, or that it begins again without bad files."""
        committed = self._commit_called or self._output.ordinal > 0
        return self._bad_files.outcome(error_message, committed=committed)

    def summary(self) -> RunSummary:
        """What this run did."""
        return run_summary(
            self._context,
            self._output,
            bookmark=Bookmarked(
                self._opened, self._option, self._committed, self._earlier_commits, self._has_failed
            ),
            sources=self._sources,
            stages=tuple(self._functions.stages),
            published=self._published,
            began_ms=self._began_ms,
        )

"""The writes of one run: where each goes, what it stages, and what is said of it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from pyspark.sql import DataFrame

from placekeeper.model.catalog import TableSnapshot
from placekeeper.model.publication import Manifest
from placekeeper.model.wording import counted
from placekeeper.rules.jobs.run_options import Visibility
from placekeeper.runtime.connectors.base import Asked
from placekeeper.runtime.connectors.registry import (
    Connections,
    HasColumns,
    PutsAtOnce,
    StagesInPlace,
    target_of,
)
from placekeeper.runtime.frames.frame import SourceRows
from placekeeper.runtime.run.aged import Room
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.purging import Purge, drops, find_objects, locations_of, meant_by
from placekeeper.runtime.run.transitions import find_transition
from placekeeper.runtime.run.waiting_effects import rows_of


class Writes:
    """Stages frames for a run's output."""

    def __init__(self, context: RunContext, connections: Connections, output: Output) -> None:
        self._context = context
        self._connections = connections
        self._output = output

    def within(self, context: RunContext) -> "Writes":
        """The same writes of the same run, with other options."""
        return Writes(context, self._connections, self._output)

    def write(
        self,
        dataframe: DataFrame,
        asked: Asked,
        context: str,
        known: SourceRows | None = None,
        staged: Callable[[Manifest], Manifest] = lambda effects: effects,
    ) -> None:
        """Stage a frame's rows, and what the catalog is told of them; `context` is transformation_ctx.

        `staged` is told of the effects before they are the run's, and gives them back as they shall be. They
        are taken back if it raises.
        Raises ObjectChanged if there were other rows than `known` says.
        """
        began_ms = self._context.clock.now_ms()
        target = target_of(self._connections, self._context.client, asked, self._context.note)
        destination = target.discover(self._context, asked)
        uri = destination.uri
        for sentence in destination.notes:
            self._context.note(f"{uri}: {sentence}")
        if self._output.is_decided:
            self._context.note(
                f"{uri}: written after job.commit(), so visible at once and delivered at least once"
            )
        if isinstance(destination, PutsAtOnce):
            self._context.note(f"{uri}: {destination.at_once}")
        elif not isinstance(destination, StagesInPlace):
            self._output.announce(uri)
        self._context.checkpoint("sink.announced")
        effects = target.stage(
            self._context,
            destination,
            dataframe,
            number=self._output.written,
            immediate=self._context.options.output_visibility is Visibility.IMMEDIATE,
        )
        rows = rows_of(effects)
        if known is not None and rows != known.count:
            self._context.effects.take_back_all(effects)
            raise known.lost(rows)
        with ExitStack() as undo:
            undo.callback(self._context.effects.take_back_all, effects)
            effects = staged(effects)
            undo.pop_all()
        seconds = (self._context.clock.now_ms() - began_ms) / 1000
        self._output.add(uri, context, effects, destination.told(effects), seconds=seconds)

    def columns(self, asked: Asked) -> Sequence[tuple[str, str]]:
        """Name and type of the columns that a destination says itself; none if the catalog says them.

        Raises what `write` raises for a table that is not written.
        """
        target = target_of(self._connections, self._context.client, asked, self._context.note)
        destination = target.discover(self._context, asked)
        return destination.columns if isinstance(destination, HasColumns) else ()

    def hides(self, prefix: str) -> bool:
        """Whether what was written under a prefix cannot be seen there yet."""
        return self._output.hides_below(prefix)

    def purge_path(self, path: str, options: Mapping[str, Any]) -> None:
        """Delete the objects under a path when the output of the run is visible."""
        self._purge([self._context.objects.normalise(path)], options, f"purge_s3_path {path}")

    def purge_table(self, database: str, table: str, options: Mapping[str, Any]) -> None:
        """Delete the files of a table of the catalog when the output of the run is visible."""
        found = meant_by(self._context, database, table, options)
        self._purge(locations_of(self._context, found), options, f"purge_table {database}.{table}", found)

    def transition_path(self, path: str, to: object, options: Mapping[str, Any]) -> None:
        """Move the objects under a path to a storage class when the output of the run is visible."""
        self._transition([self._context.objects.normalise(path)], to, options, f"transition_s3_path {path}")

    def transition_table(self, database: str, table: str, to: object, options: Mapping[str, Any]) -> None:
        """Move the files of a table of the catalog to a storage class when the output is visible."""
        found = meant_by(self._context, database, table, options)
        self._transition(
            locations_of(self._context, found), to, options, f"transition_table {database}.{table}"
        )

    def _transition(self, uris: Sequence[str], to: object, options: Mapping[str, Any], name: str) -> None:
        is_immediate = self._context.options.output_visibility is Visibility.IMMEDIATE
        room = Room(self._output.named, is_bounded=not is_immediate)
        found = find_transition(self._context, uris, to, options, name, room)
        for sentence in found.notes:
            self._context.note(sentence)
        self._output.finish(found.effects, at_once=is_immediate)

    def _purge(
        self, uris: Sequence[str], options: Mapping[str, Any], name: str, table: TableSnapshot | None = None
    ) -> None:
        is_immediate = self._context.options.output_visibility is Visibility.IMMEDIATE
        room = Room(self._output.named, is_bounded=not is_immediate)
        found = find_objects(self._context, uris, options, name, room) if uris else Purge((), ())
        for sentence in found.notes:
            self._context.note(sentence)
        at_once = is_immediate or self._output.is_decided
        dropped = () if table is None else drops(self._context, table, found.effects, at_once=at_once)
        if count := sum(len(effect.partitions) for effect in dropped):
            self._context.note(
                f"{name}: {counted(count, 'partition')} to be dropped from the catalog, but for those that "
                "have other files by then"
            )
        self._output.finish((*dropped, *found.effects), at_once=is_immediate)

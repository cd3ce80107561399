"""`df.write` in a run: staged and published like a sink (docs/reference/engines.md#df-write)."""

from collections.abc import Callable, Container, Sequence
from typing import Final

from pyspark.errors import AnalysisException

from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import FinalEffect, SuccessMarked
from placekeeper.model.wording import counted
from placekeeper.rules.jobs.run_options import Visibility
from placekeeper.runtime import sink
from placekeeper.runtime.engines.frame_files import FrameWrite
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.frame_targets import FrameTarget, SaveMode, target_of
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.overwriting import replaced_objects
from placekeeper.runtime.run.purging import deletions, is_anything_under
from placekeeper.runtime.sink.files import FileLimits
from placekeeper.runtime.sink.names import FrameNames

_SUCCESS: Final = "_SUCCESS"


class FrameWrites:
    """Stages the files of `df.write` for a run's output."""

    def __init__(
        self,
        context: RunContext,
        output: Output,
        without_news: Callable[[], Sequence[str]] = lambda: (),
    ) -> None:
        """`without_news` names the bookmarked sources that have nothing new, as far as the run has read."""
        self._without_news = without_news
        self._context = context
        self._output = output

    def write(self, write: FrameWrite) -> bool:
        """Stage a write; False if it is the engine's own business.

        Raises AnalysisException as Spark does, UnsupportedFeature for an option that is not written here,
        ValueUnwritable, and what a store raises.
        """
        target = target_of(self._context, write)
        if target is None:
            return False
        for sentence in target.notes:
            self._context.note(f"{target.uri}: {sentence}")
        folder = target.uri.rstrip("/") + "/"
        is_there = target.minds_folder and self._is_there(folder)
        if target.mode is SaveMode.ERROR and is_there:
            raise AnalysisException(
                f'[PATH_ALREADY_EXISTS] Path {target.path} already exists. Set mode as "overwrite" to '
                "overwrite the existing path."
            )
        if target.mode is SaveMode.IGNORE and is_there:
            self._context.note(f"{target.uri}: there is something already, so that nothing was written")
            return True
        self._stage(target, folder)
        return True

    def _stage(self, target: FrameTarget, folder: str) -> None:
        context, output = self._context, self._output
        began_ms = context.clock.now_ms()
        is_late = output.is_decided
        is_immediate = context.options.output_visibility is Visibility.IMMEDIATE
        at_once = is_late or is_immediate
        old = self._old(target, [folder], at_once=at_once) if target.replaces_folder else []
        if is_late:
            context.note(
                f"{target.uri}: written after job.commit(), so visible at once and delivered at least once"
            )
        output.announce(target.uri)
        context.checkpoint("sink.announced")
        files = sink.write(
            target.dataframe,
            context.staging.ready_for(target.uri),
            target=target.uri,
            output=target.output,
            format=target.format,
            partition_keys=target.keys,
            run_id=context.run_id,
            names=FrameNames.of(context.run_id),
            immediate=is_immediate,
            checkpoint=context.checkpoint,
            limits=FileLimits(size=None, rows=target.most_records),
            at_least_one=True,
            in_order=context.engine.in_order,
        )
        replaced: list[str] = []
        if target.mode is SaveMode.OVERWRITE:
            replaced = [folder]
            if target.is_dynamic:
                replaced = sorted({file.path.rpartition("/")[0] + "/" for file in files})
                new = {file.path for file in files}
                old = self._old(target, replaced, at_once=at_once, but=new)
            output.withdraw(replaced)
        output.add(target.uri, "", files, seconds=(context.clock.now_ms() - began_ms) / 1000)
        old = [meta for meta in old if meta.path != folder + _SUCCESS]
        if not any(file.rows for file in files):
            self._note_emptied(target, len(old))
        output.finish(self._final(target, folder, old), at_once=at_once, overwritten=replaced)

    def _final(self, target: FrameTarget, folder: str, old: Sequence[ObjectMeta]) -> list[FinalEffect]:
        """The old objects that go, and the folder's `_SUCCESS`, which is written anew."""
        effects: list[FinalEffect] = [*deletions(old)]
        if old:
            self._context.note(
                f"{target.uri}: df.write overwrites {counted(len(old), 'object')}, deleted once the "
                "output of the run is visible; a run that fails deletes none"
            )
        return [*effects, SuccessMarked(path=folder + _SUCCESS)]

    def _note_emptied(self, target: FrameTarget, deleted: int) -> None:
        """Say that an overwrite leaves no rows, where a source has nothing new: seldom meant."""
        sources = self._without_news()
        if deleted and sources:
            named = " and ".join(f"'{source}'" for source in sources)
            self._context.note(
                f"{target.uri}: {named} had nothing new, so that df.write overwrites "
                f"{counted(deleted, 'object')} with no rows, as on AWS. To keep what is there, use "
                'mode("append") or --job-bookmark-option job-bookmark-disable'
            )

    def _is_there(self, folder: str) -> bool:
        """Whether there is something in a folder, or will be."""
        self._context.client.replacing([folder])  # settles what ended runs have begun
        return self._output.stages(folder) or is_anything_under(self._context, folder, self._output.deleted)

    def _old(
        self, target: FrameTarget, folders: Sequence[str], *, at_once: bool, but: Container[str] = ()
    ) -> Sequence[ObjectMeta]:
        """The objects in folders, besides some, that this run has not asked to delete."""
        name = f"{target.uri}, df.write in the mode overwrite"
        return replaced_objects(self._context, self._output, folders, name, at_once=at_once, but=but)

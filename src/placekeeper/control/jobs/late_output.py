"""What a run says of the output of earlier runs of its job: it still waits, or came to its end late.

Source: docs/reference/database-writes.md#writes-that-wait.
"""

from collections.abc import Iterator, Sequence

from placekeeper.model.jobs import JobRun
from placekeeper.model.publication import Publication, PublicationState, RowsWritten, StagedFile
from placekeeper.model.wording import counted, listed
from placekeeper.ports.store import Transaction
from placekeeper.rules.databases.waiting_rows import giving_up, not_written, retrying, rows_in
from placekeeper.rules.jobs.run_ids import short

_LOOKED_AT = 10
"""So many earlier runs are asked for the last one that has told of late output."""


def late_notes(tx: Transaction, run: JobRun) -> Sequence[str]:
    """Sentences for the summary of a run about output of other runs of its job that have ended."""
    return [*_waiting(tx, run), *_ended(tx, run)]


def _waiting(tx: Transaction, run: JobRun) -> Iterator[str]:
    for one in tx.publications.unsettled(job_name=run.job_name):
        other = tx.runs.get(one.run_id)
        if one.run_id == run.id or (other is not None and not other.state.is_final):
            continue
        name = short(one.run_id)
        why = f" ({one.error.rstrip('.')})" if one.error else ""
        has_rows = any(isinstance(effect, RowsWritten) for effect in one.manifest)
        give_up = f". To give it up: {giving_up(name)}" if has_rows else ""
        yield (
            f"output of the earlier run {name} waits, all or a part of it{why}: {_what(one)}. To see which "
            f"part: placekeeper publication list. To finish it: {retrying(name)}{give_up}"
        )


def _ended(tx: Transaction, run: JobRun) -> Iterator[str]:
    """Of what ended after its run, since the last run that could tell of it."""
    earlier = tx.runs.page(run.job_name, before=None, limit=_LOOKED_AT).items
    told = [other.completed_ms or 0 for _, other in earlier if other.id != run.id and other.summary]
    for one in tx.publications.ended_late(run.job_name, since_ms=max(told, default=0)):
        if one.run_id == run.id:
            continue
        name = short(one.run_id)
        if one.state is PublicationState.PUBLISHED:
            what = _what(one)
            yield f"output of the earlier run {name}, which waited in part or whole, is visible now: {what}"
        else:
            why = (one.error or "it could not be published").rstrip(".")
            yield f"output of the earlier run {name}, which waited, was taken back: {why}"
        for effect in one.manifest:
            if isinstance(effect, RowsWritten) and effect.given_up:
                yield f"of the earlier run {name}, {not_written(effect)}: they were given up"


def _what(publication: Publication) -> str:
    files = [one for one in publication.manifest if isinstance(one, StagedFile)]
    of_files = f"{counted(len(files), 'file')} with {counted(sum(one.rows for one in files), 'row')}"
    parts = [*([of_files] if files else []), *map(rows_in, publication.writes)]
    return listed(parts) if parts else "changes of the catalog"

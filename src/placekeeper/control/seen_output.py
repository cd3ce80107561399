"""What of output that waits is visible already: the databases know, so they are asked.

Source: docs/reference/cli.md#placekeeper-publication-list.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from placekeeper.control.unfinished import is_marked, is_unfinished
from placekeeper.model.errors import KeyMissing, MissingExtra
from placekeeper.model.publication import Publication, PublicationState, RowsWritten, StagedFile
from placekeeper.model.wording import counted, listed
from placekeeper.ports.effects import RowsFound, RowsLook
from placekeeper.rules.databases.waiting_rows import actions_behind, giving_up, retrying, rows_in
from placekeeper.rules.jobs.run_ids import short

_UNKNOWN = "not known whether visible"


class WaitingOutput(Struct, frozen=True):
    """A publication that has not come to its end, and the job of its run ("" if nobody knows the run)."""

    publication: Publication
    job_name: str


class Unseen(Struct, frozen=True):
    """A write in whose database nobody can look, and why."""

    effect: RowsWritten
    why: str


class SeenOutput(Struct, frozen=True, kw_only=True):
    """Output that waits, after a look: each of its writes is in one of `visible`, `waiting` and `unseen`.

    Of `visible`, the postactions of `rest` are not known to be done. `files` counts the files that are not
    known to be visible: effects are published in their order, so those before visible rows are.
    """

    output: WaitingOutput
    files: int
    visible: tuple[RowsWritten, ...]
    waiting: tuple[RowsWritten, ...]
    unseen: tuple[Unseen, ...]
    rest: tuple[RowsWritten, ...]


def still_waiting(seen: SeenOutput) -> Sequence[str]:
    """What waits, as parts of a sentence: nothing that is visible, but postactions behind it."""
    parts = [f"{counted(seen.files, 'file')} ({_UNKNOWN})"] if seen.files else []
    parts += [rows_in(one) for one in seen.waiting]
    parts += [f"{rows_in(one.effect)} ({_UNKNOWN})" for one in seen.unseen]
    parts += [actions_behind(one) for one in seen.rest]
    if parts:
        return parts
    return ["no rows: all are visible"] if seen.visible else ["changes of the catalog"]


def foretold(seen: SeenOutput, name: str) -> str:
    """What the next run with the bookmark `name` does about it first, and whether it can end at that."""
    publication, job_name = seen.output.publication, seen.output.job_name
    run = short(publication.run_id)
    of_job = f" of the job {job_name}" if job_name and job_name != name else ""
    output = f"the output of run {run}{of_job}"
    ends = f"ends with an error {'at Job.init' if of_job else 'before it begins'}"
    gives = seen.waiting or seen.unseen or seen.rest
    then = f"type: {retrying(run)}" + (f". Or give up what waits: {giving_up(run)}" if gives else "")
    why = publication.error or "".join(one.why for one in seen.unseen[:1])
    what = listed(still_waiting(seen))
    if publication.state is PublicationState.REVERTING:
        reason = f" ({why.rstrip('.')})" if why else ""
        return (
            f"the next run of {name} first takes back {output}{reason}, and reads the same again, which this "
            f"plan does not count. If it cannot, it {ends}. To do it now, {then}"
        )
    if not why and not seen.rest:
        return (
            f"the next run of {name} first publishes {output}, which waits: {what}. If it cannot, it {ends}. "
            f"To do it now, {then}"
        )
    unless = "" if seen.rest else ", unless the cause is mended by then"
    because = f": {why.rstrip('.')}" if why else ""
    return (
        f"the next run of {name} {ends}{unless}: {output} is not all visible{because}. Waiting: {what}. Mend "
        f"the cause. Then {then}"
    )


def seen_outputs(outputs: Sequence[WaitingOutput], rows: RowsLook) -> Sequence[SeenOutput]:
    """Each output after a look. A database that does not answer one login is not asked by it again."""
    dark: dict[object, str] = {}
    seen = []
    for output in outputs:
        writes = output.publication.writes
        found: dict[str, RowsFound | str] = {}
        for one in writes:
            login = (one.login.place, one.login.user, one.connection, one.secret)
            found[one.id] = dark[login] if login in dark else asked(rows.look, one)
            if isinstance(why := found[one.id], str):
                dark[login] = why
        visible = tuple(one for one in writes if is_marked(found[one.id]))
        is_dark = {one.id: why for one in writes if isinstance(why := found[one.id], str)}
        seen.append(
            SeenOutput(
                output=output,
                files=_files(output.publication, visible),
                visible=visible,
                waiting=tuple(one for one in writes if one not in visible and one.id not in is_dark),
                unseen=tuple(Unseen(one, is_dark[one.id]) for one in writes if one.id in is_dark),
                rest=tuple(one for one in visible if is_unfinished(found[one.id])),
            )
        )
    return seen


def asked(ask: Callable[[RowsWritten], RowsFound], effect: RowsWritten) -> RowsFound | str:
    """Where the rows of a write are, or why nobody can say."""
    try:
        return ask(effect)
    except MissingExtra as error:
        return f"{error}, which is not installed here: pip install 'placekeeper[{error.extra}]'"
    except (OSError, KeyMissing) as error:
        return str(error)


def _files(publication: Publication, visible: Sequence[RowsWritten]) -> int:
    """How many files are not known to be visible."""
    is_published = publication.state is PublicationState.PUBLISHING
    places = [place for place, one in enumerate(publication.manifest) if is_published and one in visible]
    behind = publication.manifest[max(places, default=-1) + 1 :]
    return sum(isinstance(one, StagedFile) and not one.is_visible for one in behind)

"""Rows of a run become visible in a table of a database: an effect, done exactly once.

One transaction of that database marks the effect as done and moves the rows, side by side, whatever the
script's own statements do around them. So whoever repeats it finds the mark. It can be taken back for as
long as the mark is not there: then the staging table is dropped.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.effects import Logins
from placekeeper.databases.writing.anew import make_table
from placekeeper.databases.writing.connections import engine_of
from placekeeper.databases.writing.effect_marks import (
    DoneMeanwhile,
    change_mark,
    ensure_marks,
    insert_mark,
    mark_of,
    marked_meanwhile,
)
from placekeeper.databases.writing.errors import (
    is_gone,
    is_lost_race,
    may_pass,
    reason,
)
from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.databases.writing.meeting import met
from placekeeper.databases.writing.products import WrittenProduct, written_product
from placekeeper.databases.writing.statements import (
    DONE,
    GIVEN_UP,
    REST,
    SWAP,
    WITHIN,
    count_of_staged,
    moving,
    staging_of,
)
from placekeeper.databases.writing.swaps import beside, give_up_pending, is_swapped, put_in_place
from placekeeper.databases.writing.target import find_table
from placekeeper.databases.writing.transactions import TransactionEnded, Watched
from placekeeper.databases.writing.waits import waits, why_failed
from placekeeper.databases.writing.writes import drop_table
from placekeeper.model.errors import DatabaseFailed, NotTakenBack, PublishFailed
from placekeeper.model.publication import RowsWritten
from placekeeper.rules.databases.actions import apart, shown, without_texts
from placekeeper.rules.jobs.run_ids import short

_TRIES: Final = 20


class RowsInTables:
    """Implements ports.effects.EffectKind. `checkpoint` is called at the named points of a publication."""

    def __init__(self, logins: Logins, checkpoint: Callable[[str], None]) -> None:
        self._logins = logins
        self._checkpoint = checkpoint

    def publish(self, effect: RowsWritten) -> None:
        """Move the rows into the table, and drop the staging table; where that is done, only the latter.

        Raises PublishFailed with the database's reason, OSError if it is away, MissingExtra and KeyMissing.
        """
        if effect.given_up:
            return
        effect = replace(effect, login=self._logins(effect))
        try:
            self._repeated(effect)
        except (OSError, PublishFailed):
            if effect.at_once:  # nobody comes back to it
                with suppress(OSError, SQLAlchemyError):
                    _drop(effect)
                    give_up_pending(engine_of(effect.login), effect)
            raise
        self._checkpoint("publish.rows-committed")
        with suppress(OSError):  # the rows are there: a later write drops what this leaves
            _drop(effect)

    def _repeated(self, effect: RowsWritten) -> None:
        for tried in range(1, _TRIES + 1):
            try:
                self._publish(effect)
                break
            except SQLAlchemyError as error:
                why = why_failed(effect, error)
                if is_lost_race(error) and tried < _TRIES:
                    continue
                if may_pass(error):
                    raise waits(effect, error, why) from error
                raise PublishFailed(why) from error

    def take_back(self, effect: RowsWritten) -> None:
        """Drop the staging table. Raises NotTakenBack if the rows are in the table, OSError as `publish`."""
        if effect.given_up:
            return
        effect = replace(effect, login=self._logins(effect))
        place = effect.login.place
        try:
            engine_of(effect.login).connect().close()
        except SQLAlchemyError as error:
            if is_gone(error):  # and nothing with it is left to take back
                return
            raise waits(effect, error, f"{place}: {reason(error)}") from error
        # A publication in progress holds the staging table, so that this waits for its end.
        _drop(effect)
        try:
            give_up_pending(engine_of(effect.login), effect)
            with engine_of(effect.login).connect() as connection:
                is_there = mark_of(connection, effect) not in (None, GIVEN_UP)
        except SQLAlchemyError as error:
            raise OSError(f"{place}: {reason(error)}") from error
        if is_there:
            raise NotTakenBack(
                f"the rows of run {short(effect.run_id)} are in the table {effect.table.full} of "
                f"{effect.login.place}, and others may have used them"
            )

    def _publish(self, effect: RowsWritten) -> None:
        product = written_product(effect.login.product)
        ahead, first, last, behind = apart(
            effect.preactions, effect.postactions, ddl=product.ddl_commits, truncate=product.truncate_commits
        )
        engine = engine_of(effect.login)
        ensure_marks(engine, effect)
        with engine.connect() as connection:
            known, then = mark_of(connection, effect), REST if behind else DONE
            connection.rollback()
            if known is None:
                rest = SWAP if is_swapped(effect) else then
                done: list[str] = []
                try:
                    _each(connection, ahead, done)
                    is_moved = self._move(connection, effect, product, first, last, rest=rest)
                    known = rest if is_moved else marked_meanwhile(engine, effect)
                except (PublishFailed, SQLAlchemyError) as error:
                    known = marked_meanwhile(engine, effect)  # the statements of another who does the same
                    if known is None and done and (why := _for_good(effect, error)):
                        raise PublishFailed(f"{why}{_stay(effect, done)}") from error
                    if known in (None, WITHIN):
                        raise
            if known in (SWAP, REST) and is_swapped(effect):
                self._checkpoint("publish.rows-beside")
                known = put_in_place(engine, effect, then=then, checkpoint=self._checkpoint)
            if known == GIVEN_UP:
                raise PublishFailed(
                    f"{effect.login.place}: somebody has given up the rows for {effect.table.full}"
                )
            if known == WITHIN:
                raise TransactionEnded(_ended_by(effect, last))
            if known == REST:
                _each(connection, behind)
                with connection.begin():
                    change_mark(connection, effect, DONE)

    def _move(
        self,
        connection: sa.Connection,
        effect: RowsWritten,
        product: WrittenProduct,
        first: Sequence[str],
        last: Sequence[str],
        *,
        rest: int,
    ) -> bool:
        """The one transaction. Where tables cannot be made in one, an empty one is made before it.

        False if another process has done it.
        """
        to = beside(effect) if is_swapped(effect) else effect
        if product.ddl_commits:
            with connection.begin():
                make_table(connection, replace(to, anew=False))
        try:
            with connection.begin():
                watched = Watched(connection, effect.login)
                _run(connection, first)
                watched.check("preactions", "No rows are in the table")
                insert_mark(connection, effect, WITHIN if last else rest)
                self._checkpoint("publish.rows-marked")
                if not product.ddl_commits:
                    make_table(connection, effect)
                _move_rows(connection, to, product)
                if last:
                    _run(connection, last)
                    watched.check("postactions", "The rows are in the table")
                    change_mark(connection, effect, rest)
                self._checkpoint("publish.rows-moved")
        except DoneMeanwhile:
            return False
        return True


def _move_rows(connection: sa.Connection, effect: RowsWritten, product: WrittenProduct) -> None:
    staging = staging_of(effect)
    if not inspector_of(connection).has_table(staging.name, schema=staging.schema or None):
        raise PublishFailed(
            f"{effect.login.place}: the staging table {staging.full} is gone, and with it the rows for "
            f"{effect.table.full}. Somebody has dropped it. Run again"
        )
    staged = int(connection.execute(count_of_staged(effect)).scalar_one())
    if staged != effect.rows:
        raise PublishFailed(
            f"{effect.login.place}: the staging table {staging.full} has {staged:,} rows for "
            f"{effect.table.full}, and the run has put {effect.rows:,} there. Run again"
        )
    is_there = find_table(inspector_of(connection), effect.table) is not None
    if not effect.rows and not is_there:  # preactions have dropped it, and nothing is put there
        return
    now, selection = met(connection, effect)
    if effect.mode == "overwrite" and is_there:
        name = sa.table(now.table.name, schema=now.table.schema or None)
        connection.execute(sa.delete(name))
    if effect.columns:
        connection.exec_driver_sql(moving(connection, now, product, selection))


def _each(connection: sa.Connection, statements: Sequence[str], done: list[str] | None = None) -> None:
    """Statements that are transactions of their own; those that are `done` are added to it."""
    for statement in statements:
        with connection.begin():
            _run(connection, (statement,))
        if done is not None:
            done.append(statement)


def _run(connection: sa.Connection, statements: Sequence[str]) -> None:
    """The script's own statements. Raises PublishFailed, which names the one that fails."""
    for statement in statements:
        try:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        except SQLAlchemyError as error:
            if may_pass(error):
                raise
            why = without_texts(reason(error), statement)
            raise PublishFailed(f"the statement {shown(statement)} failed: {why}") from error


def _for_good(effect: RowsWritten, error: PublishFailed | SQLAlchemyError) -> str:
    """Why a write has failed for good; "" if it may succeed later."""
    if isinstance(error, PublishFailed):
        return str(error)
    return "" if is_lost_race(error) or may_pass(error) else why_failed(effect, error)


def _stay(effect: RowsWritten, done: Sequence[str]) -> str:
    """What preactions have done outside of the transaction, which nothing takes back."""
    return (
        f". These preactions are done and stay, since {effect.login.product} commits at them: "
        f"{', '.join(map(shown, done))}"
    )


def _ended_by(effect: RowsWritten, last: Sequence[str]) -> str:
    return (
        f"{effect.login.place}: a statement of postactions has ended the transaction of the write. The rows "
        f"are in the table {effect.table.full}, and nobody knows which of these statements are done: "
        f"{', '.join(map(shown, last))}. Take out what commits"
    )


def _drop(effect: RowsWritten) -> None:
    try:
        drop_table(effect.login, staging_of(effect))
    except DatabaseFailed as error:
        raise OSError(str(error)) from error

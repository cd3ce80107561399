"""What is said of a write that a database refuses or does not answer, and what to do about it.

Source: docs/reference/database-writes.md#writes-that-wait.
"""

from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.writing.errors import is_locked, reason, refuses_login
from placekeeper.model.errors import WriteWaits
from placekeeper.model.publication import RowsWritten
from placekeeper.rules.databases.waiting_rows import giving_up, lock_holders, retrying
from placekeeper.rules.jobs.run_ids import short


def why_failed(effect: RowsWritten, error: SQLAlchemyError) -> str:
    """What the database has said of a write, and who stands in its way."""
    said = f"{effect.login.place}, table {effect.table.full}: {reason(error)}"
    if not is_locked(error):
        return said
    shows = lock_holders(effect)
    which = f". This shows which session it is: {shows}" if shows else ""
    return f"{said}. Another session holds a lock on {effect.table.full}, or on what its write uses{which}"


def waits(effect: RowsWritten, error: SQLAlchemyError, why: str) -> OSError:
    """A write that waits, and what to do about it, above all if its login has changed meanwhile."""
    if effect.at_once:
        return OSError(why)
    run = short(effect.run_id)
    retry = retrying(run)
    last = f"If the rows shall not come at all, give them up: {giving_up(run)}"
    if is_locked(error):
        return WriteWaits(why, first=f"end that session, or wait for its end. Then type: {retry}", last=last)
    if not refuses_login(error):
        return WriteWaits(why, last=last)
    if effect.connection or effect.secret:
        what = f"connection {effect.connection}" if effect.connection else f"secret {effect.secret}"
        first = f"put the right user and password into the {what}, and type: {retry}"
    else:
        first = (
            "the write has the password that its script gave. Put the new one into the environment variable "
            f"NEW_PASSWORD, and type: {retrying(run, ' --password-env NEW_PASSWORD')}"
        )
    return WriteWaits(why, first=first, last=last)

"""The rows of a write that waits, for a person: what is where, and the statements that look, move and drop.

Source: docs/reference/database-writes.md#writes-that-wait.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from placekeeper.model.databases import DatabaseTable
from placekeeper.model.publication import Publication, RowsWritten, StagedFile
from placekeeper.model.wording import counted, listed
from placekeeper.rules.databases.staging_names import ATTEMPT, COMMITS

_QUOTES: Final = MappingProxyType({"mysql": ("`", "`"), "mariadb": ("`", "`"), "sqlserver": ("[", "]")})


def looking(effect: RowsWritten) -> str:
    """The statement that shows the mark of a write; the rows are in the table if it shows a row."""
    marks = _name(effect, COMMITS)
    return f"SELECT done FROM {marks} WHERE effect_id = '{effect.id}' AND done < 3"  # noqa: S608 - an id of ours


def lock_holders(effect: RowsWritten) -> str:
    """What shows the sessions that hold a lock on the table of a write; "" if we know no such statement."""
    product = effect.login.product
    if product in ("mysql", "mariadb"):
        return (
            "SELECT trx_mysql_thread_id, trx_started, trx_query FROM information_schema.innodb_trx "
            "(and, after LOCK TABLES, SHOW FULL PROCESSLIST)"
        )
    if product != "postgresql":
        return ""
    table = _name(effect, effect.table.name).replace("'", "''")
    return (
        "SELECT pid, usename, application_name, state, query FROM pg_stat_activity WHERE pid IN (SELECT pid "  # noqa: S608
        f"FROM pg_locks WHERE granted AND relation = '{table}'::regclass) AND pid <> pg_backend_pid()"
    )


def dropping(effect: RowsWritten) -> str:
    """The statement that drops the staging table."""
    return f"DROP TABLE {_name(effect, effect.staging)}"


def by_hand(effect: RowsWritten) -> Sequence[str]:
    """What does to the table what the write would have done; only a selection for an upsert."""
    columns = ", ".join(_quoted(effect, name) for name in effect.columns)
    attempts = ", ".join(str(int(one)) for one in effect.attempts) or "NULL"
    staging, target = _name(effect, effect.staging), _name(effect, effect.table.name)
    rows = f"SELECT {columns} FROM {staging} WHERE {ATTEMPT} IN ({attempts})"  # noqa: S608 - quoted names
    if effect.mode == "upsert":
        return (rows,)
    emptied: tuple[str, ...] = (f"DELETE FROM {target}",) if effect.mode == "overwrite" else ()  # noqa: S608
    if effect.anew:
        made = ", ".join(f"{_quoted(effect, name)} {sql_type}" for name, sql_type in effect.made)
        options = f" {effect.table_options}" if effect.table_options else ""
        emptied = (f"DROP TABLE {target}", f"CREATE TABLE {target} ({made}){options}")
    return (*emptied, f"INSERT INTO {target} ({columns}) {rows}")


def not_written(effect: RowsWritten) -> str:
    """How many rows did not come to which table."""
    were = "was" if effect.rows == 1 else "were"
    actions = len(effect.preactions) + len(effect.postactions)
    but = f", and {counted(actions, 'statement')} of its actions did not run" if actions else ""
    place = f"{effect.table.full} of {effect.login.place}"
    return f"{counted(effect.rows, 'row')} {were} not written to {place}{but}"


def held(
    publication: Publication,
    there: Sequence[RowsWritten],
    *,
    left: Sequence[RowsWritten],
    rest: Sequence[RowsWritten],
    why: str,
    run: str,
    job_name: str,
) -> str:
    """What to say of output that is published in part, since a write of it has failed for good.

    The rows of `left` wait, and postactions of `rest`, which are `there`. `run` is the beginning of its id.
    Effects become visible one after the other, so that files before rows that are there are visible too.
    """
    of_job = f" of the job {job_name}" if job_name else ""
    manifest = publication.manifest
    last_there = max(manifest.index(one) for one in there)
    first_waiting = min(manifest.index(one) for one in (*left, *rest))
    files = [(number, one) for number, one in enumerate(manifest) if isinstance(one, StagedFile)]
    seen = [number for number, one in files if one.is_visible or number < last_there]
    behind = [number for number, _ in files if number > first_waiting and number not in seen]
    dark = len(files) - len(seen) - len(behind)
    visible = [*([counted(len(seen), "file")] if seen else []), *map(rows_in, there)]
    waiting = [*map(rows_in, left), *map(actions_behind, rest)]
    waiting += [f"{counted(len(behind), 'file')} behind that"] if behind else []
    not_known = f" Nobody has looked at {counted(dark, 'file')} before that." if dark else ""
    return (
        f"the output of run {run}{of_job} is published in part: {why.rstrip('.')}. Visible: "
        f"{listed(visible)}. Waiting: {listed(waiting)}.{not_known} No row is lost, and the "
        f"bookmark stays after this run. Mend the cause in the database. Then type: {retrying(run)}. Or give "
        f"up what waits: {giving_up(run)}. Until then each run{of_job} ends with this error before it begins"
    )


def rows_in(effect: RowsWritten) -> str:
    """How many rows of which table, as a part of a sentence."""
    return f"{counted(effect.rows, 'row')} for {effect.table.full} of {effect.login.place}"


def actions_behind(effect: RowsWritten) -> str:
    """The postactions of a write, as a part of a sentence."""
    what = counted(len(effect.postactions), "statement")
    return f"{what} of postactions behind the rows for {effect.table.full} of {effect.login.place}"


def retrying(run: str, more: str = "") -> str:
    """The command that finishes output that waits; `run` is the beginning of an id, `more` its options."""
    return f"placekeeper publication retry {run}{more}"


def giving_up(run: str, more: str = "") -> str:
    """The command that gives up rows that wait."""
    return f"placekeeper publication give-up {run}{more}"


def with_login(
    effect: RowsWritten, *, connection: str = "", secret: str = "", user: str = "", password: str = ""
) -> RowsWritten:
    """The same write by another login: of a connection or a secret, or by a password; `user` asks then."""
    login = replace(effect.login, user=user or effect.login.user, password=password)
    own = (("user",) if user else ()) if connection else ("url", *(("user",) if user else ()))
    if not connection and not secret:
        own = ()
    return replace(effect, login=login, sealed="", connection=connection, secret=secret, own=own)


def _name(effect: RowsWritten, name: str) -> str:
    table = DatabaseTable(schema=effect.table.schema, name=name)
    return ".".join(_quoted(effect, part) for part in (table.schema, table.name) if part)


def _quoted(effect: RowsWritten, name: str) -> str:
    first, last = _QUOTES.get(effect.login.product, ('"', '"'))
    return f"{first}{name.replace(last, last * 2)}{last}"

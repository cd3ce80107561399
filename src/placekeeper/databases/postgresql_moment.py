"""The moment of a transaction on PostgreSQL, and who else had one open then.

Of a prepared transaction the server tells when it was prepared, not when it began: it counts as the oldest.
"""

from typing import Any, Final

from sqlalchemy import Connection

from placekeeper.model.databases import Moment, OpenTransaction

BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_EXPORT: Final = "SELECT pg_export_snapshot()"
READER: Final = "placekeeper reading"
"""What our connections are called; they only read, so nobody waits for what they commit."""

IN_UTC: Final = "SET TimeZone TO 'UTC'"
_NOW: Final = """
SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint) AS instant,
    CAST(EXTRACT(EPOCH FROM CAST(clock_timestamp() AS timestamp)) * 1000000 AS bigint) AS shown
"""
_OTHERS: Final = """
SELECT CAST(EXTRACT(EPOCH FROM xact_start) * 1000000 AS bigint) AS since,
    usename || CASE WHEN application_name = '' THEN '' ELSE ' (' || application_name || ')' END
    || ', process ' || pid AS name,
    xact_start IS NULL AND (state IS NULL OR state = 'disabled') AS is_hidden,
    COALESCE(state, '') = 'disabled' AS is_off,
    CAST(CAST(backend_xid AS text) AS bigint) AS xid
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND COALESCE(backend_type, 'client backend') = 'client backend'
    AND application_name <> 'placekeeper reading'
UNION ALL
SELECT 0, owner || ', prepared transaction ' || gid, false, false, CAST(CAST(transaction AS text) AS bigint)
FROM pg_prepared_xacts WHERE database = current_database()
"""
_SNAPSHOT: Final = """
SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS oldest,
    ARRAY(
        SELECT mod(CAST(CAST(pg_snapshot_xip(pg_current_snapshot()) AS text) AS bigint), 4294967296)
    ) AS open,
    pg_is_in_recovery() AS is_replica,
    CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint) AS instant
"""


def joined(connection: Connection, snapshot: str | None) -> Moment:
    """Begin a transaction at the snapshot of another, or at one of its own that others may share."""
    execute = connection.exec_driver_sql
    execute(BEGIN)
    if snapshot:
        execute(joining(snapshot))
    now = execute(_NOW).one()
    execute(IN_UTC)
    return Moment(now_us=now.instant, local_us=now.shown, snapshot=snapshot or execute(_EXPORT).scalar_one())


def moment_of(connection: Connection) -> Moment:
    """Begin the transaction, and ask who else has one.

    Transactions are looked for before and after the snapshot is taken: one that ended in between was open for
    the snapshot, and one that began in between is not in the first list.
    """
    execute = connection.exec_driver_sql
    now = execute(_NOW).one()
    execute(IN_UTC)
    others = list(execute(_OTHERS).all())
    execute(BEGIN)
    seen = execute(_SNAPSHOT).one()
    execute("SELECT pg_stat_clear_snapshot()")
    others += execute(_OTHERS).all()
    unknown = set(seen.open) - {row.xid for row in others}
    found, unseen = _open(others), _unseen(connection, others, is_replica=seen.is_replica)
    if unknown:
        found[("a transaction that ended meanwhile", now.instant)] = None
    return Moment(
        now_us=seen.instant,
        bound_us=now.instant,
        local_us=now.shown,
        open=tuple(
            OpenTransaction(name=name, since_us=began)
            for name, began in sorted(found, key=lambda pair: pair[1])
        ),
        knows_open=not unseen,
        unseen=unseen,
        oldest_xid=seen.oldest,
        snapshot=execute(_EXPORT).scalar_one(),
    )


def _unseen(connection: Connection, rows: list[Any], *, is_replica: bool) -> str:
    """Why the open transactions of others are not known, and what to do; "" if they are."""
    if is_replica:
        return (
            "a replica does not tell which transactions are open on its primary. To know them, "
            "read the primary"
        )
    if any(row.is_off for row in rows):
        return (
            "sessions of the database hide whether they have a transaction open. To see it, give them: "
            "SET track_activities = on"
        )
    if any(row.is_hidden for row in rows):
        user = connection.exec_driver_sql("SELECT quote_ident(current_user)").scalar_one()
        return (
            f"the user {user} may not see which transactions others have open. To let it: "
            f"GRANT pg_read_all_stats TO {user}"
        )
    return ""


def _open(rows: list[Any]) -> dict[tuple[str, int], None]:
    return {(row.name, row.since): None for row in rows if row.since is not None}


def joining(snapshot: str) -> str:
    """The statement by which a transaction joins a snapshot, whose name PostgreSQL takes as no parameter."""
    if not snapshot.replace("-", "").isalnum():
        raise ValueError(f"{snapshot!r} is no snapshot of PostgreSQL")
    return f"SET TRANSACTION SNAPSHOT '{snapshot}'"

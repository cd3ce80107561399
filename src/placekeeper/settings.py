"""Settings, read once from the environment and the command line."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from placekeeper.model.account import Account
from placekeeper.model.errors import UsageError
from placekeeper.rules.catalog.catalog_ids import ACCOUNT_ID

DATABASE_SCHEMES = ("postgresql", "postgres")
"""What the URL of a PostgreSQL begins with."""

DEFAULT_STATE = ".placekeeper"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4580
DEFAULT_GRACE_MS = 3_600_000
DEFAULT_RETENTION_DAYS = 365
MS_PER_DAY = 86_400_000


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the state is, how long garbage is kept (milliseconds), which file says who may call, and whose
    account it is.

    `retention_ms` says how far back a rewind reaches: merging keeps what it needs for that.
    `database` is the URL of a PostgreSQL, with its password; None: SQLite in the state folder.
    """

    state: Path
    database: str | None = None
    grace_ms: int = DEFAULT_GRACE_MS
    retention_ms: int = DEFAULT_RETENTION_DAYS * MS_PER_DAY
    keys: Path | None = None
    account: Account = Account()

    @classmethod
    def of(
        cls,
        environ: Mapping[str, str],
        *,
        state: str | None = None,
        database: str | None = None,
        keys: str | None = None,
        account: str | None = None,
    ) -> "Settings":
        """From --state, else PLACEKEEPER_STATE, else ./.placekeeper; --database, else PLACEKEEPER_DATABASE.

        --keys, else PLACEKEEPER_KEYS; --account, else PLACEKEEPER_ACCOUNT. Raises UsageError.
        """
        grace = environ.get("PLACEKEEPER_GRACE_MS", str(DEFAULT_GRACE_MS))
        if not grace.isdecimal():
            raise UsageError(f"PLACEKEEPER_GRACE_MS is a number of milliseconds, not '{grace}'")
        retention = environ.get("PLACEKEEPER_RETENTION_DAYS", str(DEFAULT_RETENTION_DAYS))
        if not retention.isdecimal():
            raise UsageError(f"PLACEKEEPER_RETENTION_DAYS is a number of days, not '{retention}'")
        named = keys or environ.get("PLACEKEEPER_KEYS")
        return cls(
            state=_folder(state or environ.get("PLACEKEEPER_STATE") or DEFAULT_STATE),
            database=_database(database or environ.get("PLACEKEEPER_DATABASE")),
            grace_ms=int(grace),
            retention_ms=int(retention) * MS_PER_DAY,
            keys=Path(named).expanduser().absolute() if named else None,
            account=_account(account or environ.get("PLACEKEEPER_ACCOUNT")),
        )


def _folder(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        return Path(parts.path if parts.scheme else url).expanduser().absolute()
    if parts.scheme in DATABASE_SCHEMES:
        raise UsageError(
            "a state is a folder; name the PostgreSQL that belongs to it with --database or "
            "PLACEKEEPER_DATABASE"
        )
    raise UsageError(
        f"the state '{url}' is not there yet: a state is a folder, such as --state /var/lib/placekeeper"
    )


def _database(url: str | None) -> str | None:
    """Texts of errors here have no part of the URL, which has a password."""
    if url and url.partition("://")[0] not in DATABASE_SCHEMES:
        raise UsageError(
            "the database is a PostgreSQL, postgresql://USER:PASSWORD@HOST:PORT/NAME; without --database and "
            "PLACEKEEPER_DATABASE it is SQLite in the state folder"
        )
    return url or None


def _account(id: str | None) -> Account:
    if not id:
        return Account()
    if ACCOUNT_ID.fullmatch(id) is None:
        raise UsageError(
            f"the account of --account or PLACEKEEPER_ACCOUNT has 12 digits, as in 123456789012, not '{id}'"
        )
    return Account(id=id, is_named=True)

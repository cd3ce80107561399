"""Migrations by Alembic: they bring a database to the schema of this version."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, literal, select, text

import placekeeper.store.catalog_schema
import placekeeper.store.crawl_schema
import placekeeper.store.resource_schema  # noqa: F401 - its tables are of `metadata`
from placekeeper.model.errors import StateError
from placekeeper.store.connection import reading, shown
from placekeeper.store.schema import identity, launchers, metadata

HEAD = "0016"
"""The newest migration. A constant, because asking Alembic costs half a second at every start."""

FIRST_RUN = "run a job first: placekeeper run SCRIPT --JOB_NAME …"

_SCRIPTS = Path(__file__).parent / "migrations"


def ensure_current(engine: Engine, *, lost: StateError | None = None) -> None:
    """See that a database has this version's schema; nothing is changed.

    Raises StateError that says what to do when it is empty, or was written by an older or newer Placekeeper;
    `lost` when it is empty and must not be.
    """
    with reading(engine).connect() as connection:
        current = current_revision(connection)
    if current is None:
        raise lost or StateError(f"there is no state in {shown(engine.url)}: {FIRST_RUN}")
    if current > HEAD:
        raise _newer(engine, current)
    if current < HEAD:
        raise StateError(
            f"{shown(engine.url)} was written by an older Placekeeper (schema {current}, this one has "
            f"{HEAD}). Looking at a state does not change it. The next placekeeper run, or placekeeper dev, "
            "brings it up to date; older versions cannot read it any more then"
        )


def migrate(engine: Engine, *, create: bool = True, lost: StateError | None = None) -> None:
    """Apply the migrations that the database lacks; several processes may do this at once.

    Raises StateError when the database was written by a newer Placekeeper, and without `create` when it is
    empty; `lost` when it is empty and must not be.
    """
    with reading(engine).connect() as connection:
        current = current_revision(connection)
    if current == HEAD:
        return
    if current is None and lost is not None:
        raise lost
    if current is None and not create:
        raise StateError(f"there is no state in {shown(engine.url)}: {FIRST_RUN}")
    with engine.begin() as connection:  # takes the write lock, so the second process finds the work done
        current = current_revision(connection)
        if current is not None and current > HEAD:
            raise _newer(engine, current)
        if current != HEAD:
            upgrade(connection)


def _newer(engine: Engine, current: str) -> StateError:
    return StateError(
        f"{shown(engine.url)} was written by a newer Placekeeper (schema {current}); upgrade "
        "this one: pip install --upgrade placekeeper"
    )


def is_new(engine: Engine) -> bool:
    """True if a database has never belonged to a state."""
    with reading(engine).connect() as connection:
        return current_revision(connection) is None


def holds_anything(engine: Engine) -> bool:
    """True if a database has a row about bookmarks, jobs or runs."""
    with reading(engine).connect() as connection:
        there = inspect(connection)
        return any(
            connection.execute(select(literal(1)).select_from(table).limit(1)).first() is not None
            for table in metadata.sorted_tables
            if table not in (launchers, identity) and there.has_table(table.name)
        )


def current_revision(connection: Connection) -> str | None:
    """The newest migration that the database has seen, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def upgrade(connection: Connection) -> None:
    """Run the missing migrations on this connection's transaction."""
    # Imported here: only a new or old state needs Alembic, and it takes longer to load than a plan to make.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

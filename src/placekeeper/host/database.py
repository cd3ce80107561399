"""The database of a state folder: find it and open it.

A bookmark that is looked for in the wrong database begins anew and doubles output. So a folder whose state is
in a PostgreSQL says so in a file, without the password, and nothing else is taken for its database.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from placekeeper.host.state_folder import StateFolder
from placekeeper.model.errors import StateError, StateNotWhole
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.record import Record
from placekeeper.rules.wholeness import Finding, Lack, not_whole
from placekeeper.settings import Settings
from placekeeper.store.connection import shown, sqlite_engine, sqlite_reader
from placekeeper.store.migrate import FIRST_RUN, ensure_current, holds_anything, is_new, migrate
from placekeeper.store.postgres import postgres_engine

_MOST_NAMED = 5


def evidence(record: Record, ledger: Ledger) -> str | None:
    """A sentence of evidence, found without the database, that there must be one; None without evidence."""
    try:
        recorded = record.read()
    except StateNotWhole as error:
        return str(error)
    folders = ledger.folders()
    newest = () if recorded is None else recorded.newest.values()
    marked = () if recorded is None else recorded.marked.values()
    said = [
        *(f"the bookmark {note.name} has come to version {note.version}" for note in newest),
        *(f"objects of the bookmark {note.name} are left out" for note in marked),
        *(["the ledger has segments"] if folders and (recorded is None or newest) else []),
    ]
    return ", ".join(said[:_MOST_NAMED]) or None


def refuse_missing(settings: Settings) -> None:
    """Raises StateError when there is no state in the folder, as far as the folder tells."""
    if not _exists(settings):
        raise StateError(
            f"there is no state in {settings.state}: {FIRST_RUN}, "
            "or say where it is with --state or PLACEKEEPER_STATE"
        )


def opened(
    settings: Settings, *, create: bool, needed: str | None = None, only_reads: bool = False
) -> Engine:
    """The database of a state folder, at this version's schema; with `create` it is made if it is empty.

    With `only_reads` nothing is changed: an older schema is an error then. `needed` is what says that there
    must be one already. Raises StateError when it cannot be opened or belongs to another state, StateNotWhole
    when it is `needed` and there is none, or nothing in it.
    """
    schema = ensure_current if only_reads else partial(migrate, create=create)
    if settings.database is None:
        _refuse_without_url(settings.state)
        file = StateFolder(settings.state).sqlite
        if needed is not None and not file.exists():
            raise _lost(settings.state, f"{file} is missing", needed)
        if create and not file.exists():
            _make(file)
        engine = sqlite_reader(file) if only_reads else sqlite_engine(file)
        return _at_this_schema(settings.state, engine, str(settings.state), needed, schema)
    engine = postgres_engine(settings.database)
    place = shown(engine.url)
    recorded = _recorded(settings.state)
    try:
        if recorded is None:
            _refuse_second(settings.state, place)
        elif recorded != place and is_new(engine):
            raise StateError(
                f"the database {place} is empty, and the state in {settings.state} is in {recorded}. Name "
                "that one with PLACEKEEPER_DATABASE or --database, or choose another --state"
            )
    except StateError:
        engine.dispose()
        raise
    _at_this_schema(settings.state, engine, place, needed, schema)
    if recorded is None and create:
        _record(settings.state, place)
    return engine


def _exists(settings: Settings) -> bool:
    if settings.database is not None:
        return settings.state.exists()
    _refuse_without_url(settings.state)
    return StateFolder(settings.state).sqlite.exists()


def _make(file: Path) -> None:
    """An empty file. Arguments will be in it: nobody else may read it, whatever the folder allows."""
    try:
        file.touch(mode=0o600)
    except OSError as error:
        raise StateError(
            f"the database {file} of the state cannot be made: {error.strerror}. Let this user write to "
            "its folder, make room where the disk is full, or choose another --state"
        ) from error


def _at_this_schema(
    folder: Path, engine: Engine, place: str, needed: str | None, schema: Callable[..., None]
) -> Engine:
    try:
        empty = f"nothing is in its database {shown(engine.url)}"
        schema(engine, lost=None if needed is None else _lost(folder, empty, needed))
    except StateError:
        engine.dispose()
        raise
    except DatabaseError as error:
        engine.dispose()
        said = " ".join(str(error.orig).split())
        raise StateError(f"the state in {place} cannot be opened: {said}") from error
    return engine


def _lost(folder: Path, what: str, needed: str) -> StateNotWhole:
    found = Finding(lack=Lack.DATABASE, said=f"{what}, and {needed}")
    return StateNotWhole(f"nothing was read or changed: {not_whole(str(folder), [found], is_checked=True)}")


def _refuse_without_url(folder: Path) -> None:
    recorded = _recorded(folder)
    if recorded is not None:
        raise StateError(
            f"the state in {folder} has its database in {recorded}, and none was named: set "
            "PLACEKEEPER_DATABASE or --database (with the password, or leave that to ~/.pgpass)"
        )


def _refuse_second(folder: Path, place: str) -> None:
    """A folder that has been used without a PostgreSQL keeps its SQLite, unless nothing is in it."""
    file = StateFolder(folder).sqlite
    if not file.exists():
        return
    engine = sqlite_reader(file)
    try:
        is_used = holds_anything(engine)
    except DatabaseError:  # whatever it is, it is not empty
        is_used = True
    finally:
        engine.dispose()
    if is_used:
        raise StateError(
            f"the state in {folder} has its database in {file}, and {place} was named too. Leave out "
            "--database and PLACEKEEPER_DATABASE to go on with it, or choose another --state: nothing "
            "moves a state from the one to the other yet"
        )


def _recorded(folder: Path) -> str | None:
    try:
        return StateFolder(folder).database.read_text().strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(
            f"{StateFolder(folder).database}, which names the database, cannot be read: {error}"
        ) from error


def _record(folder: Path, place: str) -> None:
    file = StateFolder(folder).database
    partial = file.with_suffix(".partial")
    try:
        partial.write_text(f"{place}\n")
        partial.rename(file)
    except OSError as error:
        raise StateError(f"the state folder {folder} cannot be written: {error.strerror}") from error

"""An open state: its adapters, and the use cases over them."""

import sys
from collections.abc import Mapping
from functools import partial

from placekeeper.control.catalog.changes import PartitionChanges, TableChanges
from placekeeper.control.catalog.drops import PartitionDrops
from placekeeper.control.catalog.lake_changes import LakeChanges
from placekeeper.control.catalog.source_logins import SourceLogins
from placekeeper.control.catalog.stored_logins import StoredLogins
from placekeeper.control.service import Ports, control_plane
from placekeeper.control.state.wholeness import Doubts
from placekeeper.databases.bounded import BoundedConnect
from placekeeper.databases.databases import SqlDatabases, connect_once
from placekeeper.databases.effects import RowsPublisher
from placekeeper.host import database
from placekeeper.host.clock import SystemClock, random_hex
from placekeeper.host.faults import checkpoint_of
from placekeeper.host.state import State
from placekeeper.host.state_folder import StateFolder
from placekeeper.keys.ring import keys_of
from placekeeper.lake.formats import Lakes
from placekeeper.ledger.record import RecordFile
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.errors import StateError
from placekeeper.objects.removal import ObjectRemoval
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import LISTED_CONNECTIONS, ObjectStores
from placekeeper.objects.success import SuccessMarks
from placekeeper.objects.transitions import ObjectTransitions
from placekeeper.runtime.connectors.database_secrets import secret_of
from placekeeper.settings import Settings
from placekeeper.store.connection import shown
from placekeeper.store.store import SqlStore
from placekeeper.wiring.effects import effects_of


def open_state(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    create: bool = True,
    only_reads: bool = False,
    doubts: Doubts | None = None,
) -> State:
    """Open a state folder, with `create` make it if there is none, with `only_reads` change nothing in it.

    Raises StateError when there is none or it cannot be used, StateNotWhole when its database lacks what the
    rest of it says that it had; with `doubts`, that is told and no more.
    """
    opened = _opened(settings, environ, create=create, is_accepted=False, only_reads=only_reads)
    try:
        if only_reads:
            opened.control.wholeness.check(doubts)
        else:
            opened.control.wholeness.ensure(doubts)
    except StateError:
        opened.close()
        raise
    return opened


def state_as_it_is(settings: Settings, environ: Mapping[str, str], *, is_accepted: bool) -> State:
    """A state for those who look what is wrong with it, or accept that: nothing is asked of it.

    Raises StateError as `open_state`; StateNotWhole only where there is no database, and not where the state
    `is_accepted` as it is: then a database is made.
    """
    return _opened(settings, environ, create=is_accepted, is_accepted=is_accepted, only_reads=not is_accepted)


def _opened(
    settings: Settings, environ: Mapping[str, str], *, create: bool, is_accepted: bool, only_reads: bool
) -> State:
    folder = StateFolder(settings.state)
    keys = keys_of(environ)
    checkpoint = checkpoint_of(environ)
    record = RecordFile(folder.record, _tell, checkpoint, only_reads=only_reads)
    ledger = SegmentFolder(folder.segments, keys)
    needed = None if is_accepted else database.evidence(record, ledger)
    if not create and needed is None:
        database.refuse_missing(settings)
    if create:
        folder.make()
    engine = database.opened(settings, create=create, needed=needed, only_reads=only_reads)
    staging, objects = OutputStaging.of(environ), ObjectStores.of(environ)
    lakes = Lakes(objects, staging)
    store, clock = SqlStore(engine, keys, record), SystemClock()
    secrets = partial(secret_of, environ=environ)
    logins, rows = SourceLogins(store, secrets), RowsPublisher(StoredLogins(store, keys, secrets))
    ports = Ports(
        store=store,
        clock=clock,
        ledger=ledger,
        objects=objects,
        listed_connections=LISTED_CONNECTIONS,
        source_database=lambda source: SqlDatabases().at(logins(source)),
        secrets=secrets,
        connect=BoundedConnect(connect_once),
        staging=staging,
        lakes=lakes,
        effects=effects_of(
            staging,
            TableChanges(store, clock),
            PartitionChanges(store, clock, objects),
            LakeChanges(store, clock, lakes),
            rows,
            PartitionDrops(store, clock, objects),
            ObjectRemoval.of(environ),
            ObjectTransitions.of(environ),
            SuccessMarks.of(environ),
        ),
        rows_look=rows,
        keys=keys,
        random_hex=random_hex,
        record=record,
        last_tidied=folder.last_tidied,
        checkpoint=checkpoint,
        place=str(folder),
    )
    return State(
        folder=folder,
        database=shown(engine.url),
        is_shared=settings.database is not None,
        store=ports.store,
        control=control_plane(
            ports,
            grace_ms=settings.grace_ms,
            retention_ms=settings.retention_ms,
            account=settings.account,
        ),
    )


def _tell(line: str) -> None:
    sys.stderr.write(f"placekeeper: {line}\n")

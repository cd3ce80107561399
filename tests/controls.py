"""The use cases over what a test has; what it has not is not asked for."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from placekeeper.control.catalog.changes import PartitionChanges, TableChanges
from placekeeper.control.catalog.drops import PartitionDrops
from placekeeper.control.service import Control, Ports, control_plane
from placekeeper.databases.bounded import BoundedConnect
from placekeeper.databases.databases import connect_once
from placekeeper.lake.formats import Lakes
from placekeeper.model.account import Account
from placekeeper.model.publication import PartitionsAdded, PartitionsDropped, StagedFile, TableChange
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import LISTED_CONNECTIONS, ObjectStores
from placekeeper.ports.clock import Clock
from placekeeper.ports.effects import EffectKind, Effects, RowsLook
from placekeeper.ports.keys import Keys
from placekeeper.ports.last_tidied import LastTidied
from placekeeper.ports.record import Record
from placekeeper.ports.store import Store
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.runtime.connectors.database_secrets import secret_of

GRACE_MS = 3_600_000
RETENTION_MS = 365 * 86_400_000


class NeverTidied:
    """Garbage was never looked for, however often it was."""

    def read_ms(self) -> int | None:
        return None

    def record(self) -> None: ...


def control_over(
    *,
    store: Store,
    clock: Clock,
    staging: object,
    random_hex: Callable[[int], str],
    keys: Keys = NO_KEYS,
    ledger: object = None,
    objects: object = None,
    record: Record | None = None,
    more_effects: Mapping[type, EffectKind] | None = None,
    checkpoint: Callable[[str], None] = lambda _: None,
    last_tidied: LastTidied | None = None,
    grace_ms: int = GRACE_MS,
    retention_ms: int = RETENTION_MS,
    account: Account | None = None,
    rows_look: RowsLook | None = None,
) -> Control:
    """The use cases; adapters that are None fail as soon as they are used."""
    ports = Ports(
        store=store,
        clock=clock,
        ledger=cast(Any, ledger),
        objects=cast(Any, objects),
        listed_connections=LISTED_CONNECTIONS,
        source_database=cast(Any, None),
        secrets=secret_of,
        connect=BoundedConnect(connect_once),
        staging=cast(Any, staging),
        lakes=Lakes(ObjectStores(), OutputStaging()),
        effects=Effects(
            {
                StagedFile: cast(Any, staging),
                TableChange: TableChanges(store, clock),
                PartitionsAdded: PartitionChanges(store, clock, cast(Any, objects)),
                PartitionsDropped: PartitionDrops(store, clock, cast(Any, objects)),
                **(more_effects or {}),
            }
        ),
        rows_look=cast(Any, rows_look),
        keys=keys,
        random_hex=random_hex,
        record=record,
        last_tidied=last_tidied or NeverTidied(),
        checkpoint=checkpoint,
        place="the state",
    )
    return control_plane(ports, grace_ms=grace_ms, retention_ms=retention_ms, account=account or Account())

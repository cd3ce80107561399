"""Effects on the catalog, as a job process publishes them: it asks the server, which alone undoes them."""

from collections.abc import Callable

import msgspec

from placekeeper.model.errors import FinishPending, ListingFailed
from placekeeper.model.publication import PartitionsAdded, PartitionsDropped, SnapshotAdded, TableChange
from placekeeper.runtime.run.client import Client

_PIECE = 1000
"""How many partitions one request adds, so that a request stays small and its transaction short."""
_DROPPED = 100
"""How many partitions one request drops: the server lists the folder of each."""


class TablePublisher:
    """Implements ports.effects.EffectKind. `checkpoint` is called when a table is as its effect says."""

    def __init__(self, client: Client, checkpoint: Callable[[str], None]) -> None:
        self._client = client
        self._checkpoint = checkpoint

    def publish(self, effect: TableChange) -> None:
        """Make the table, or change its columns. Raises PublishFailed."""
        self._client.change_table(effect)
        self._checkpoint("publish.table-changed")

    def take_back(self, effect: TableChange) -> None:
        """Leave it to the server, which takes back all effects of a run together."""


class PartitionPublisher:
    """Implements ports.effects.EffectKind. `checkpoint` is called after each piece of partitions."""

    def __init__(self, client: Client, checkpoint: Callable[[str], None]) -> None:
        self._client = client
        self._checkpoint = checkpoint

    def publish(self, effect: PartitionsAdded) -> None:
        """Add the partitions, piece after piece. Raises PublishFailed."""
        for begin in range(0, len(effect.partitions), _PIECE):
            piece = effect.partitions[begin : begin + _PIECE]
            self._client.add_partitions(msgspec.structs.replace(effect, partitions=piece))
            self._checkpoint("publish.partitions-added")

    def take_back(self, effect: PartitionsAdded) -> None:
        """Leave it to the server, which takes back all effects of a run together."""


class SnapshotPublisher:
    """Implements ports.effects.EffectKind. `checkpoint` is called when a table has the commit."""

    def __init__(self, client: Client, checkpoint: Callable[[str], None]) -> None:
        self._client = client
        self._checkpoint = checkpoint

    def publish(self, effect: SnapshotAdded) -> None:
        """Commit to the table. Raises PublishFailed, PublicationPending."""
        self._client.add_snapshot(effect)
        self._checkpoint("publish.snapshot-added")

    def take_back(self, effect: SnapshotAdded) -> None:
        """Take the commit out of the table: its files go next. Raises PublicationPending."""
        self._client.take_back_snapshot(effect)


class PartitionDropper:
    """Implements ports.effects.EffectKind. `checkpoint` is called after each piece of partitions."""

    def __init__(self, client: Client, checkpoint: Callable[[str], None]) -> None:
        self._client = client
        self._checkpoint = checkpoint

    def publish(self, effect: PartitionsDropped) -> None:
        """Drop the partitions that have no other files, piece after piece. Raises FinishPending."""
        for begin in range(0, len(effect.partitions), _DROPPED):
            piece = effect.partitions[begin : begin + _DROPPED]
            try:
                self._client.drop_partitions(msgspec.structs.replace(effect, partitions=piece))
            except ListingFailed as error:
                raise FinishPending(
                    f"the partitions of {effect.table} could not be dropped: {error}"
                ) from error
            self._checkpoint("publish.partitions-dropped")

    def take_back(self, effect: PartitionsDropped) -> None:
        """Leave it to the server, which takes back all effects of a run together."""

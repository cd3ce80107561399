"""Tables that a run has dropped with their files: they come back if the run fails, for their files stay.

Source: docs/reference/sql.md#drop-table.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.catalog import TablePartition
from placekeeper.model.errors import AlreadyExistsException, PlacekeeperError
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.purging import is_anything_under
from placekeeper.runtime.run.sql.names import Name
from placekeeper.runtime.run.sql.places import registered

_MOST_CREATED: Final = 100
"""How many partitions one request of the Glue API creates."""


class _Dropped(Struct, frozen=True):
    name: Name
    spec: dict[str, Any]
    partitions: Sequence[TablePartition]
    place: str
    ordinal: int


class DroppedTables:
    """Remembers the tables whose files wait to be deleted."""

    def __init__(self, context: RunContext, output: Output) -> None:
        self._context = context
        self._output = output
        self._dropped: list[_Dropped] = []

    def remember(self, name: Name, spec: dict[str, Any], place: str) -> None:
        """Keep a table that is about to be dropped; its files are in the folder `place`."""
        partitions = registered(self._context, name)
        self._dropped.append(_Dropped(name, spec, partitions, place, self._output.ordinal))

    def put_back(self) -> None:
        """After the output was discarded: make the tables again whose files are still there."""
        for one in self._dropped:
            if one.ordinal == self._output.ordinal:
                self._put_back(one)
        self._dropped.clear()

    def _put_back(self, dropped: _Dropped) -> None:
        shown = ".".join(dropped.name)
        try:
            if not is_anything_under(self._context, dropped.place, ()):
                return
            self._make(dropped)
        except AlreadyExistsException:
            return  # it was made again meanwhile
        except (OSError, PlacekeeperError) as error:
            self._context.note(
                f"DROP TABLE {shown}: the run has failed, the files stay in {dropped.place}, and the table "
                f"could not be put back: {error}"
            )
            return
        self._context.note(f"DROP TABLE {shown}: the run has failed, so that the table is back as it was")

    def _make(self, dropped: _Dropped) -> None:
        database, table = dropped.name
        self._context.client.glue("CreateTable", DatabaseName=database, TableInput=dropped.spec)
        specs = [{**one.spec, "Values": list(one.values)} for one in dropped.partitions]
        for begin in range(0, len(specs), _MOST_CREATED):
            self._context.client.glue(
                "BatchCreatePartition",
                DatabaseName=database,
                TableName=table,
                PartitionInputList=specs[begin : begin + _MOST_CREATED],
            )

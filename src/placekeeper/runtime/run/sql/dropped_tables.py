"""Tables that a run has dropped with their files: they come back if the run fails, for their files stay.

What the run itself has made under such a name goes. Source: docs/reference/sql.md#drop-table.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.catalog import TablePartition, TableRef, key_types
from placekeeper.model.errors import AlreadyExistsException, EntityNotFoundException, PlacekeeperError
from placekeeper.model.wording import counted
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.output import Output
from placekeeper.runtime.run.sql.names import Name
from placekeeper.runtime.run.sql.places import registered

_MOST_CREATED: Final = 100
"""How many partitions one request of the Glue API creates."""
_MOST_NAMED: Final = 5


class _Dropped(Struct, frozen=True):
    name: Name
    spec: dict[str, Any]
    partitions: Sequence[TablePartition]
    place: str
    ordinal: int


class DroppedTables:
    """Remembers the tables whose files wait to be deleted, and those that the run has made."""

    def __init__(self, context: RunContext, output: Output) -> None:
        self._context = context
        self._output = output
        self._dropped: list[_Dropped] = []
        self._made: dict[tuple[Name, int], object] = {}  # when each table was made

    def note_made(self, name: Name) -> None:
        """Keep in mind that this run has made a table."""
        self._made[name, self._output.ordinal] = self._created(name)

    def remember(self, name: Name, spec: dict[str, Any], place: str) -> None:
        """Keep a table that is about to be dropped; its files are in the folder `place`.

        One that the run itself has made is not kept: before the run it was not there.
        """
        if not self._is_own(name):
            partitions = registered(self._context, name)
            self._dropped.append(_Dropped(name, spec, partitions, place, self._output.ordinal))

    def put_back(self) -> None:
        """After the output was discarded or taken back: make the tables again, for their files are there."""
        for one in self._dropped:
            if one.ordinal == self._output.ordinal:
                self._put_back(one)
        self._dropped.clear()

    def _put_back(self, dropped: _Dropped) -> None:
        shown = ".".join(dropped.name)
        try:
            more = self._without_own(dropped)
            self._make(dropped, more)
        except AlreadyExistsException:
            self._context.note(
                f"DROP TABLE {shown}: the run has failed, and another table of this name was made meanwhile, "
                f"which stays. {_left(dropped)}"
            )
        except (OSError, PlacekeeperError) as error:
            self._context.note(
                f"DROP TABLE {shown}: the run has failed, and the table could not be put back: {error}. "
                f"{_left(dropped)}"
            )
        else:
            self._context.note(f"DROP TABLE {shown}: the run has failed, so that the table is back as it was")

    def _without_own(self, dropped: _Dropped) -> Sequence[TablePartition]:
        """Take out what this run has made under the name; its partitions that the dropped one can have.

        Raises AlreadyExistsException for a table of others, and for one with partitions of other keys.
        """
        if not self._is_own(dropped.name):
            return ()
        database, table = dropped.name
        found = self._context.client.table(TableRef(database=database, name=table))
        known = {one.values for one in dropped.partitions}
        more = [one for one in found.partitions or () if one.values not in known]
        if more and key_types(found.spec) != key_types(dropped.spec):
            raise AlreadyExistsException("Table already exists.")
        self._context.client.glue("DeleteTable", DatabaseName=database, Name=table)
        return more

    def _is_own(self, name: Name) -> bool:
        """Whether the table of a name is the one that this run has made there."""
        made = self._made.get((name, self._output.ordinal))
        return made is not None and made == self._created(name)

    def _created(self, name: Name) -> object:
        """When the table of a name was made; None if there is none."""
        try:
            answer = self._context.client.glue("GetTable", DatabaseName=name[0], Name=name[1])
        except EntityNotFoundException:
            return None
        return answer["Table"].get("CreateTime")

    def _make(self, dropped: _Dropped, more: Sequence[TablePartition]) -> None:
        database, table = dropped.name
        self._context.client.glue("CreateTable", DatabaseName=database, TableInput=dropped.spec)
        specs = [{**one.spec, "Values": list(one.values)} for one in (*dropped.partitions, *more)]
        for begin in range(0, len(specs), _MOST_CREATED):
            self._context.client.glue(
                "BatchCreatePartition",
                DatabaseName=database,
                TableName=table,
                PartitionInputList=specs[begin : begin + _MOST_CREATED],
            )


def _left(dropped: _Dropped) -> str:
    """Where the files of a table are that is not back, and which partitions it had."""
    values = ["/".join(one.values) for one in dropped.partitions]
    named = ", ".join(values[:_MOST_NAMED])
    rest = f", and {len(values) - _MOST_NAMED:,} more" if len(values) > _MOST_NAMED else ""
    of = f", and it had {counted(len(values), 'partition')}: {named}{rest}" if values else ""
    return (
        f"The files of the dropped one stay in {dropped.place}{of}. Make a table of them under another name"
    )

"""How pieces of work come to tasks: each task gets its own part, and nothing of the others.

An engine sends the same function to every task. So the parts are not in it: where tasks run on this machine,
they are in a file, and else in rows that a join brings to the tasks.
"""

import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import broadcast

from placekeeper.runtime.engines.arrow_file import ArrowFile

_NUMBER, _PART, _TASK = "number", "part", "task"
_WHAT: Final = "the list of the objects that each task reads"
_SCHEMA: Final = pa.schema([pa.field(_PART, pa.binary(), nullable=False)])


class FindsParts(Protocol):
    """Finds parts in a task. It is sent to every task, so it must be small, however many parts there are."""

    def __call__(self, rows: pa.RecordBatch, /) -> Iterator[pa.Buffer]:
        """The part of each row of the DataFrame."""
        ...


class HandedOut(NamedTuple):
    """`rows` has a row for each part, each in a task of its own; `find` finds the part of a row.

    In `folder`, tasks may leave files for later tasks; it is None where they run on other machines.
    """

    rows: DataFrame
    find: FindsParts
    folder: Path | None = None


@dataclass(frozen=True)
class FileParts:
    """Parts in a file, found by their numbers."""

    path: str

    def __call__(self, rows: pa.RecordBatch) -> Iterator[pa.Buffer]:
        """See FindsParts."""
        with pa.memory_map(self.path) as file, pa.ipc.open_file(file) as parts:
            for number in rows.column(0).to_pylist():
                yield parts.get_batch(number).column(0)[0].as_buffer()


@dataclass(frozen=True)
class RowParts:
    """Parts in the rows themselves."""

    def __call__(self, rows: pa.RecordBatch) -> Iterator[pa.Buffer]:
        """See FindsParts."""
        for part in rows.column(1):
            yield part.as_buffer()


def hand_out_by_file(session: SparkSession, parts: Iterable[bytes], folder: Path) -> HandedOut:
    """Hand out parts by a new file in `folder`, which tasks must see, too; it stays there. Raises OSError."""
    path, count = str(folder / f"parts-{uuid.uuid4().hex}"), 0
    with ArrowFile(path, _SCHEMA, pa.ipc.new_file, _WHAT) as file:
        for part in parts:
            file.write(pa.record_batch([[part]], schema=_SCHEMA))
            count += 1
    return HandedOut(_tasks(session, count), FileParts(path), folder)


def hand_out_by_rows(session: SparkSession, parts: Iterable[bytes]) -> HandedOut:
    """Hand out parts by rows, to tasks on any machine. Each machine gets all rows once, each task its own.

    A shuffle would not do: `repartition` gives a task two rows or none.
    """
    column = pa.array(parts, pa.binary())
    count = len(column)
    table = pa.table({_NUMBER: pa.array(range(count), pa.int64()), _PART: column})
    tasks = _tasks(session, count).withColumnRenamed("id", _TASK)
    data = broadcast(session.createDataFrame(table))
    rows = tasks.join(data, tasks[_TASK] == data[_NUMBER]).select(_NUMBER, _PART)
    return HandedOut(rows, RowParts())


def _tasks(session: SparkSession, count: int) -> DataFrame:
    """Numbers from 0, each in a task of its own: `range` gives that on every engine."""
    return session.range(0, count, 1, count)


class PartsFolder:
    """A folder for files of parts: below `folder`, or a temporary one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._temporary: Path | None = None

    def path(self) -> Path:
        """The folder; it exists."""
        if self._folder is None:
            self._folder = self._temporary = Path(tempfile.mkdtemp(prefix="placekeeper-parts-"))
        own = self._folder / "parts"
        own.mkdir(parents=True, exist_ok=True)
        return own

    def end(self) -> None:
        """Remove the temporary folder, if there is one."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = self._folder = None

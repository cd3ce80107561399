"""The names of the files that a write makes."""

from dataclasses import dataclass
from typing import Final, Protocol
from uuid import uuid4

_TOKEN_DIGITS: Final = 12
_FILE_OF_TASK: Final = ".c000"


class FileNames(Protocol):
    """A picklable maker of names. Each has the first digits of the run's id: sweeping looks for them."""

    def name(self, partition: str, task: int, number: int, suffix: str) -> str:
        """The name of a task's file in a partition folder; `number` counts those of both, from 0."""
        ...


@dataclass(frozen=True)
class SinkNames:
    """Names of what GlueContext writes: `run-0123456789ab-00-part-r-00000-0005f3c2b1a9.csv`.

    `prefix` tells apart the writes of a run. The files of one task sort as they were written.
    """

    run_id: str
    prefix: str

    def name(self, _partition: str, task: int, number: int, suffix: str) -> str:
        """See FileNames."""
        own = f"{number:03x}{uuid4().hex[:9]}"
        return f"run-{_token(self.run_id)}-{self.prefix}-part-r-{task:05d}-{own}{suffix}"


@dataclass(frozen=True)
class FrameNames:
    """Spark's names of what `df.write` writes: `part-00000-<UUID>-c000.snappy.parquet`.

    `write_id` is the UUID of one write.
    """

    write_id: str

    @classmethod
    def of(cls, run_id: str) -> "FrameNames":
        """Names of a new write: its UUID ends in the first digits of the run's id."""
        return cls(str(uuid4())[:-_TOKEN_DIGITS] + _token(run_id))

    def name(self, partition: str, task: int, number: int, suffix: str) -> str:
        """See FileNames."""
        before = "." if partition else "-"
        rest = suffix.removeprefix(_FILE_OF_TASK)
        return f"part-{task:05d}-{self.write_id}{before}c{number:03d}{rest}"


def _token(run_id: str) -> str:
    return run_id.removeprefix("jr_")[:_TOKEN_DIGITS]

"""The objects of a sample: the first of each of the first partitions, by path."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from placekeeper.model.errors import UsageError
from placekeeper.model.plan import Decision, Selection

PARTITIONS: Final = "maxSamplePartitions"
FILES: Final = "maxSampleFilesPerPartition"


class SampleSize(msgspec.Struct, frozen=True):
    """How many partitions a sample has at most, and how many objects of each; a partition is a folder."""

    partitions: int = 10
    files: int = 10

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "SampleSize":
        """The size that sample_options name. Raises UsageError for a value that is no number above 0."""
        return cls(
            _number(PARTITIONS, options.get(PARTITIONS, cls().partitions)),
            _number(FILES, options.get(FILES, cls().files)),
        )


def sampled(selection: Selection, size: SampleSize) -> Selection:
    """The selection with the objects of the sample alone; of the others no count remains."""
    taken: dict[str, list[Decision]] = {}
    for decision in selection.chosen:
        folder = decision.object.path.rpartition("/")[0]
        if folder in taken or len(taken) < size.partitions:
            of_folder = taken.setdefault(folder, [])
            if len(of_folder) < size.files:
                of_folder.append(decision)
    chosen = tuple(decision for of_folder in taken.values() for decision in of_folder)
    counts = {reason: count for reason, count in selection.counts.items() if not reason.is_read}
    for decision in chosen:
        counts[decision.reason] = counts.get(decision.reason, 0) + 1
    return msgspec.structs.replace(selection, chosen=_by_path(chosen), counts=counts)


def record_count(num: object) -> int | None:
    """The number of records that a sample has at most; None for no limit. Raises UsageError."""
    return None if num is None else _number("num", num)


def _by_path(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    return tuple(sorted(decisions, key=lambda decision: decision.object.path.encode()))


def _number(name: str, value: object) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise UsageError(f"{name} is a whole number from 1, not {value!r}")
    return int(text)

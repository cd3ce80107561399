"""The partitions that a write makes: the folders of its files, and the values that they stand for."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from placekeeper.model.catalog import TableRef
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.publication import Manifest, NewPartition, StagedFile
from placekeeper.rules.catalog.partition_places import not_seen, other_place
from placekeeper.rules.catalog.partition_values import NULL_VALUE, value_of
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.runtime.sink.hive import spelled_values

_MOST_ASKED: Final = 1000
"""How many partitions BatchGetPartition takes."""
_ALREADY_THERE: Final = "With --output-visibility immediate, the files are there already: delete them"


def partitions_of(files: Manifest, target: str, keys: Columns) -> tuple[NewPartition, ...]:
    """The partitions of files below the folder `target`, sorted; each once.

    Raises UsageError for a value that is not of its key's type: no reader of the table would understand it.
    """
    root = target.rstrip("/") + "/"
    folders = {
        file.path.removeprefix(root).rpartition("/")[0] for file in files if isinstance(file, StagedFile)
    }
    return tuple(NewPartition(_values(folder, keys), f"{root}{folder}/") for folder in sorted(folders))


def check_places(
    ask: Callable[..., dict[str, Any]],
    literal: Callable[[str], str],
    to: TableRef,
    partitions: Sequence[NewPartition],
    *,
    immediate: bool,
) -> None:
    """Check that partitions of a table are not registered elsewhere. `ask` calls the Glue API;
    `literal` is that of ports.objects.Objects.

    Raises UnsupportedFeature where one is at another folder: no reader would see its rows.
    """
    folders = {partition.values: partition.location for partition in partitions}
    for begin in range(0, len(partitions), _MOST_ASKED):
        piece = partitions[begin : begin + _MOST_ASKED]
        answer = ask(
            "BatchGetPartition",
            DatabaseName=to.database,
            TableName=to.name,
            PartitionsToGet=[{"Values": list(partition.values)} for partition in piece],
        )
        for known in answer.get("Partitions") or ():
            values = tuple(known["Values"])
            place = other_place(known, folders[values], literal)
            if place:
                told = not_seen(f"{to.database}.{to.name}", values, place, folders[values])
                raise UnsupportedFeature(f"{told}. {_ALREADY_THERE if immediate else 'Nothing was written'}")


def _values(folder: str, keys: Columns) -> tuple[str, ...]:
    values = spelled_values(folder)
    for (key, type), value in zip(keys, values, strict=True):
        try:
            value_of(value, type)
        except ValueError as error:
            raise UsageError(f"the partition key {key}: {error}. Nothing was published") from None
        if value == NULL_VALUE and f"={NULL_VALUE}" not in folder:
            raise UnsupportedFeature(
                f"the partition key {key} has the text {NULL_VALUE}, which means null in the catalog"
            )
    return values

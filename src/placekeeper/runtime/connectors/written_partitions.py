"""The partitions that a write makes: the folders of its files, and the values that they stand for."""

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.publication import Manifest, NewPartition, StagedFile
from placekeeper.rules.catalog.partition_values import NULL_VALUE, value_of
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.runtime.sink.hive import spelled_values


def partitions_of(files: Manifest, target: str, keys: Columns) -> tuple[NewPartition, ...]:
    """The partitions of files below the folder `target`, sorted; each once.

    Raises UsageError for a value that is not of its key's type: no reader of the table would understand it.
    """
    root = target.rstrip("/") + "/"
    folders = {
        file.path.removeprefix(root).rpartition("/")[0] for file in files if isinstance(file, StagedFile)
    }
    return tuple(NewPartition(_values(folder, keys), f"{root}{folder}/") for folder in sorted(folders))


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

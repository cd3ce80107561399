"""`df.writeTo` of a script, as engines pass it on to the run: what it says, and its last call."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from msgspec import Struct
from pyspark.sql import DataFrame

_COLUMN: Final = "Column<'"


class TableAction(Enum):
    """The calls that end a `df.writeTo`."""

    APPEND = "append"
    CREATE = "create"
    REPLACE = "replace"
    CREATE_OR_REPLACE = "createOrReplace"
    OVERWRITE = "overwrite"
    OVERWRITE_PARTITIONS = "overwritePartitions"


class TableWrite(Struct, frozen=True, kw_only=True):
    """A `df.writeTo(name)`, as the script says it.

    `partitions` are the columns and transforms of partitionedBy, as SQL writes them: days(at). `condition` is
    that of an overwrite.
    """

    dataframe: DataFrame
    name: str
    action: TableAction
    provider: str = ""
    options: Mapping[str, str]
    properties: Mapping[str, str]
    partitions: tuple[str, ...] = ()
    condition: Any = None


class TableWriter:
    """What `df.writeTo` gives a script, with the methods of Spark's DataFrameWriterV2."""

    def __init__(self, dataframe: DataFrame, name: str, write: Callable[[TableWrite], None]) -> None:
        self._dataframe = dataframe
        self._name = name
        self._write = write
        self._provider = ""
        self._options: dict[str, str] = {}
        self._properties: dict[str, str] = {}
        self._partitions: tuple[str, ...] = ()

    def using(self, provider: str) -> "TableWriter":
        """The format of a table that is made."""
        self._provider = provider
        return self

    def option(self, key: str, value: Any) -> "TableWriter":
        """An option of the write."""
        self._options[key] = _text(value)
        return self

    def options(self, **options: Any) -> "TableWriter":
        """Options of the write."""
        self._options |= {key: _text(value) for key, value in options.items()}
        return self

    def tableProperty(self, property: str, value: Any) -> "TableWriter":  # noqa: N802
        """A property of a table that is made."""
        self._properties[property] = _text(value)
        return self

    def partitionedBy(self, col: Any, *cols: Any) -> "TableWriter":  # noqa: N802
        """The partitions of a table that is made."""
        self._partitions = tuple(map(_column, (col, *cols)))
        return self

    def append(self) -> None:
        """Add the rows to the table."""
        self._do(TableAction.APPEND)

    def create(self) -> None:
        """Make the table of the rows."""
        self._do(TableAction.CREATE)

    def replace(self) -> None:
        """Replace a table that is there by one of the rows."""
        self._do(TableAction.REPLACE)

    def createOrReplace(self) -> None:  # noqa: N802
        """Make the table of the rows, in place of one that may be there."""
        self._do(TableAction.CREATE_OR_REPLACE)

    def overwrite(self, condition: Any) -> None:
        """Replace the rows of the table for which a condition is true."""
        self._do(TableAction.OVERWRITE, condition)

    def overwritePartitions(self) -> None:  # noqa: N802
        """Replace the partitions that the rows are in."""
        self._do(TableAction.OVERWRITE_PARTITIONS)

    def _do(self, action: TableAction, condition: Any = None) -> None:
        self._write(
            TableWrite(
                dataframe=self._dataframe,
                name=self._name,
                action=action,
                provider=self._provider,
                options=dict(self._options),
                properties=dict(self._properties),
                partitions=self._partitions,
                condition=condition,
            )
        )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _column(column: Any) -> str:
    """A column or a transform as SQL writes it: engines show it so."""
    if isinstance(column, str):
        return column
    shown = str(column)
    return shown[len(_COLUMN) : -2] if shown.startswith(_COLUMN) else shown

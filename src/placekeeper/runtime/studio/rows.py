"""The rows that a transform of Glue Studio is called on."""

from collections.abc import Sequence

from msgspec import Struct
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import UsageError
from placekeeper.runtime.engines.sql_tokens import quoted


class Rows(Struct, frozen=True):
    """A DataFrame, and the time of the call in epoch milliseconds."""

    frame: DataFrame
    now_ms: int

    def name(self, written: str) -> str:
        """The column that a script names: backticks around a name with dots, any case.

        Raises UsageError for a name that no column has.
        """
        name = unquoted(written)
        columns = self.frame.columns
        if name in columns:
            return name
        alike = [column for column in columns if column.lower() == name.lower()]
        if len(alike) == 1:
            return alike[0]
        raise UsageError(f"there is no column '{name}'; the columns are {', '.join(columns)}")

    def column(self, written: str) -> Column:
        """A column, or a field of a struct where dots lead to it. Raises UsageError."""
        name = unquoted(written)
        first, dot, _ = name.partition(".")
        is_path = dot and name not in self.frame.columns and first in self.frame.columns
        return F.col(name if is_path else quoted(self.name(written)))

    def with_column(self, name: str, column: Column) -> DataFrame:
        """The rows with one more column, or with another one under a name that is there."""
        return self.frame.withColumn(unquoted(name), column)


def unquoted(written: str) -> str:
    """A name without the backticks around it."""
    name = written.strip()
    is_quoted = len(name) > 1 and name[0] == name[-1] == "`"
    return name[1:-1].replace("``", "`") if is_quoted else name


def listed(names: str | Sequence[str] | None) -> list[str]:
    """Names that a script gives as a list, or in one text with commas between them."""
    if names is None:
        return []
    parts = names.split(",") if isinstance(names, str) else names
    return [str(part).strip() for part in parts]

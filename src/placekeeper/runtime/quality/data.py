"""The rows that rules are evaluated on: columns by position, and what the rules' conditions choose."""

from collections.abc import Sequence
from functools import reduce
from typing import Any
from uuid import uuid4

from msgspec import Struct
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import UsageError
from placekeeper.runtime.quality.ruleset import Check, Rule, checks_of


class Data(Struct, frozen=True):
    """Rows whose columns are c0, c1, … under `names`, and after them one for each condition of `wheres`.

    `primary` is the view that the rows have in SQL, `None` where no rule has a statement.
    """

    rows: DataFrame
    names: tuple[str, ...]
    types: tuple[Any, ...]
    wheres: tuple[str, ...]
    primary: str | None
    now_ms: int

    @classmethod
    def of(cls, dataframe: DataFrame, rules: Sequence[Rule], now_ms: int) -> "Data":
        """The rows of a DataFrame, for these rules. Raises UsageError for a condition that is no SQL."""
        checks = [check for rule in rules for check in checks_of(rule)]
        wheres = tuple(dict.fromkeys(check.where for check in checks if check.where is not None))
        primary = None
        if any(check.name == "CustomSql" for check in checks):
            primary = f"primary_{uuid4().hex}"
            dataframe.createOrReplaceTempView(primary)
        fields = dataframe.schema.fields
        names = [f"c{place}" for place in range(len(fields))] + [f"w{place}" for place in range(len(wheres))]
        rows = _with_conditions(dataframe, wheres, checks) if wheres else dataframe
        return cls(
            rows=rows.toDF(*names) if names else rows,
            names=tuple(field.name for field in fields),
            types=tuple(field.dataType for field in fields),
            wheres=wheres,
            primary=primary,
            now_ms=now_ms,
        )

    def place(self, name: str) -> int | None:
        """The position of a column; the only one of that name in any case, where none is spelt so."""
        if name in self.names:
            return self.names.index(name)
        alike = [place for place, other in enumerate(self.names) if other.lower() == name.lower()]
        return alike[0] if len(alike) == 1 else None

    def column(self, place: int) -> Column:
        """The column at a position."""
        return F.col(f"c{place}")

    def chosen(self, check: Check) -> Column:
        """Whether a row is one that a rule is about; never null."""
        if check.where is None:
            return F.lit(True)
        return F.coalesce(F.col(f"w{self.wheres.index(check.where)}"), F.lit(False))

    def key(self, places: Sequence[int]) -> Column:
        """The value whose uniqueness counts: null where all of its columns are."""
        columns = [self.column(place) for place in places]
        if len(columns) == 1:
            return columns[0]
        is_there = reduce(lambda a, b: a | b, [column.isNotNull() for column in columns])
        return F.when(is_there, F.struct(*columns))

    def query(self, check: Check) -> DataFrame:
        """The result of a rule's own statement, in which `primary` is the rows. Raises UsageError."""
        statement = check.arguments[0].strip().rstrip(";")
        view = f"WITH primary AS (SELECT * FROM {self.primary})"  # noqa: S608 - the statement is the script's own
        begin, _, rest = statement.partition(" ")
        whole = f"{view}, {rest}" if begin.lower() == "with" else f"{view} {statement}"
        try:
            result = self.rows.sparkSession.sql(whole)
            _ = result.columns  # an engine that looks late looks now
        except PySparkException as error:
            raise UsageError(f"the data quality rule {check.text} has no valid SQL: {error}") from error
        return result


def _with_conditions(dataframe: DataFrame, wheres: Sequence[str], checks: Sequence[Check]) -> DataFrame:
    try:
        found = dataframe.select("*", *(F.expr(where).cast("boolean") for where in wheres))
        _ = found.schema
    except PySparkException as error:
        written = "; ".join(check.text for check in checks if check.where is not None)
        raise UsageError(f"Rule {written} has provided an invalid where clause: {error}") from error
    return found

"""Hidden columns as expressions: what records lack, followed through transforms (see `runtime.missing`)."""

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.missing import ITSELF, STEP, step

_LONGEST = 2**31 - 1


def absent_where(condition: Column) -> Column:
    """The field itself is missing where the condition is true."""
    return F.when(condition, F.array(F.lit(ITSELF)))


def inside(hidden: Column, name: str, *, unless: Column) -> Column:
    """What is missing of a struct's field, by the hidden column about the struct.

    Where the struct is null (`unless`), so is the field, and no record has it.
    """
    first = step(name)
    of_field = F.filter(hidden, lambda path: (path == first) | path.startswith(first + STEP))
    below = F.transform(of_field, lambda path: F.substring(path, len(first) + 1, _LONGEST))
    return F.when(unless, F.array(F.lit(ITSELF))).otherwise(F.when(F.size(below) > 0, below))


def of_children(children: Sequence[tuple[str, Column | None]]) -> Column | None:
    """The hidden column about a struct, by those about its fields; None where nothing can be missing."""
    parts = [_below(name, hidden) for name, hidden in children if hidden is not None]
    if not parts:
        return None
    joined = reduce(lambda one, other: F.concat(one, other), parts)
    return F.when(F.size(joined) > 0, joined)


def _below(name: str, hidden: Column) -> Column:
    empty = F.array().cast("array<string>")
    return F.coalesce(F.transform(hidden, lambda path: F.concat(F.lit(step(name)), path)), empty)

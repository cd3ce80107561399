"""Hidden columns as expressions: transforms carry along which fields records lack.

`types/missing_fields.py` says what a hidden column holds. The expressions are plain functions of texts,
because engines differ in functions of arrays.
"""

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.runtime.types.missing_fields import BEGIN, END, ITSELF, MARK, STEP, step


def absent_where(condition: Column) -> Column:
    """A hidden column that says the field itself is missing where the condition is true."""
    return F.when(condition, F.lit(ITSELF))


def inside(hidden: Column, name: str, *, unless: Column) -> Column:
    """The hidden column about a struct's field, from the hidden column about the struct.

    Where the struct is null (`unless`), no record has the field.
    """
    first = BEGIN + step(name)
    marked = _replaced(_replaced(hidden, first + END, MARK + END), first + STEP, MARK + STEP)
    of_field = F.regexp_replace(marked, f"{BEGIN}[^{END}]*{END}", "")
    return F.when(unless, F.lit(ITSELF)).otherwise(_unless_empty(_replaced(of_field, MARK, BEGIN)))


def of_children(children: Sequence[tuple[str, Column | None]]) -> Column | None:
    """The hidden column about a struct, from those about its fields; None where nothing can be missing."""
    parts = [
        F.coalesce(_replaced(hidden, BEGIN, BEGIN + step(name)), F.lit(""))
        for name, hidden in children
        if hidden is not None
    ]
    return _unless_empty(F.concat(*parts)) if parts else None


def _replaced(text: Column, old: str, new: str) -> Column:
    return F.replace(text, F.lit(old), F.lit(new))


def _unless_empty(text: Column) -> Column:
    return F.when(text != "", text)

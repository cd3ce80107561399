"""Rows that cannot be understood: the state is damaged, and where."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from placekeeper.model import kinds
from placekeeper.model.errors import StateUnfit

_T = TypeVar("_T")


def decoded(text: str | bytes, type: type[_T], table: str, key: object) -> _T:
    """The value of a text of JSON, written by this version or by 0.1.

    Raises StateUnfit that names its table and the key of its row.
    """
    with row_of(table, key):
        return kinds.decode(text, type)


@contextmanager
def row_of(table: str, key: object) -> Iterator[None]:
    """Read a row in this context. Raises StateUnfit, which names the row, if it cannot be understood."""
    try:
        yield
    except (msgspec.DecodeError, ValueError) as error:  # broken JSON, or a word that stands for nothing
        raise StateUnfit(
            f"the state is damaged: {key} in the table {table} of its database cannot be understood "
            f"({error}). Put back a copy of the database, and see what it knows: placekeeper state check"
        ) from error

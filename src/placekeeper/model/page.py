"""A part of a listing."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Items in their order; `more` says whether there are others after them."""

    items: Sequence[T]
    more: bool

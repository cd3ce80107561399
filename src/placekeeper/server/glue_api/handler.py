"""The entry that a handler module exports for each operation: the function and how to call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from placekeeper.control.service import Control


class Handler(msgspec.Struct, frozen=True):
    """Answers one request: calls one use case with checked parameters and gives the members of the output.

    A quick one reads a row or two; it neither lists nor writes.
    """

    call: Callable[[Control, Any], Mapping[str, object]]
    is_quick: bool = False


class GroupHandler(msgspec.Struct, frozen=True):
    """Answers several requests in one transaction, with an output or an error for each."""

    call: Callable[[Control, Sequence[Any]], Sequence[Mapping[str, object] | Exception]]

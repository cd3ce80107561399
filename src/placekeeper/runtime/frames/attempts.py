"""Calls of a script's function for one record after the other, and what comes of each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from placekeeper.runtime.frames.records import DynamicRecord, plain_row

RETURNED_NONE: Final = "User-specified function returned None instead of DynamicRecord"

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Raised:
    """A function has raised this for a record."""

    error: Exception


def attempts(
    function: Callable[[Any], Any],
    then: Callable[[Any], _Result],
    records: Iterable[DynamicRecord],
    fails: Callable[[Exception], bool],
) -> "Iterator[_Result | Raised]":
    """What a function makes of each record, as `then` takes it, or what it raises, unless that fails the run.

    No frame that it passes may refer to it: the garbage collector would find the task's rows, and Sail's
    threads do not bear that.
    """
    for record in records:
        try:
            result: _Result | Raised = then(function(record))
        except Exception as error:
            if fails(error):
                raise
            result = Raised(error)
        yield result
        del result


def made_record(result: object) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The names and the values of a record that a function made."""
    if not result:
        raise ValueError(RETURNED_NONE)
    if not isinstance(result, dict):
        raise TypeError(f"a map function returns a dict, not {type(result).__name__}")
    return tuple(result), plain_row(tuple(result.values()))

"""Tests of a partition that must all be true, and what they said of the values that partitions share."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from placekeeper.model.errors import InvalidInputException

_Row = Callable[[str], Any]
_Test = Callable[[_Row], bool | None]

_MOST_KNOWN: Final = 10_000
"""How many answers a test keeps."""


class RequiredTest:
    """A test that must be true, and what it said of the values of its keys, which partitions share."""

    def __init__(self, test: _Test, places: Sequence[int]) -> None:
        self._test = test
        self._places = places
        self._known: dict[tuple[str, ...], bool | ValueError | None] = {}

    def answer(self, row: _Row, values: Sequence[str]) -> bool | ValueError | None:
        """What the test says; the error for a value that cannot be read."""
        key = tuple([values[place] for place in self._places])
        if key in self._known:
            return self._known[key]
        answer: bool | ValueError | None
        try:
            answer = self._test(row)
        except ValueError as error:
            answer = ValueError(str(error))  # without the frames that it was raised in
        if len(self._known) < _MOST_KNOWN:
            self._known[key] = answer
        return answer


def are_true(tests: Sequence[RequiredTest], row: _Row, values: Sequence[str]) -> bool:
    """Whether all tests are true. A value that cannot be read counts only where no other test is untrue.

    So the order of the tests says nothing, and a search may leave out what one of them excludes. Raises
    InvalidInputException for such a value.
    """
    unreadable: ValueError | None = None
    for test in tests:
        answer = test.answer(row, values)
        if isinstance(answer, ValueError):
            unreadable = unreadable or answer
        elif answer is not True:
            return False
    if unreadable is not None:
        raise InvalidInputException(f"The partition {list(values)} cannot be read: {unreadable}.") from None
    return True

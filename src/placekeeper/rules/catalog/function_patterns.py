"""Patterns of functions: regular expressions of RE2, which Glue's answers show to be its own dialect.

No pattern takes longer than its own length times that of the name.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.errors import InvalidInputException


def function_test(pattern: str) -> Callable[[str], bool]:
    """Whether a whole name matches a pattern. Raises InvalidInputException for one that is malformed."""
    try:
        _is_found(pattern, "")
    except pa.ArrowInvalid as error:
        why = str(error).removeprefix("Invalid regular expression: ")
        raise InvalidInputException(
            f"Invalid pattern syntax: {why}. A pattern is a regular expression: write .* for any characters."
        ) from None
    return lambda name: _is_found(rf"\A(?:{pattern})\z", name)


def _is_found(pattern: str, text: str) -> bool:
    return bool(pc.match_substring_regex(pa.array([text]), pattern=pattern)[0].as_py())

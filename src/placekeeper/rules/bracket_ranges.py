"""The inside of brackets in a glob or a path, `a-z_`, as a regular expression."""

import re
from collections.abc import Callable, Sequence


def ranges_pattern(spelled: Sequence[str], refuse: Callable[[str], object]) -> str:
    """The inside of a class of characters. `spelled` has one each, with its backslash if there is one.

    A dash between two of them is a range, one with a backslash is not. `refuse` raises, given the reason, for
    a range that ends before it begins.
    """
    chars = [one[-1] for one in spelled]
    parts, at = [], 0
    while at < len(chars):
        if spelled[at + 1 : at + 2] == ["-"] and at + 2 < len(chars):
            low, high = chars[at], chars[at + 2]
            if low > high:
                refuse(f"its range {low}-{high} ends before it begins: write {high}-{low}")
            parts.append(f"{re.escape(low)}-{re.escape(high)}")
            at += 3
        else:
            parts.append(re.escape(chars[at]))
            at += 1
    return "".join(parts)

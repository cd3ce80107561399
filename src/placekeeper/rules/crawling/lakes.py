"""Tables of lake formats among the files of a target: their files alone do not say which rows there are.

Source: docs/reference/crawlers.md#targets.
"""

import re
from typing import Final

_MARKS: Final = (
    ("Delta", re.compile(r"(?P<root>(?:.*/)?)_delta_log/")),
    ("Hudi", re.compile(r"(?P<root>(?:.*/)?)\.hoodie/")),
    ("Iceberg", re.compile(r"(?P<root>(?:.*/)?)metadata/[^/]+\.metadata\.json(?:\.gz)?$")),
)
"""What the paths of their own records look like, and the folder of the table before that."""


def lake_of(below: str) -> tuple[str, str] | None:
    """The format of the table whose own record a path is, and the table's folder; None for other paths."""
    for name, mark in _MARKS:
        found = mark.match(below)
        if found is not None:
            return name, found["root"]
    return None

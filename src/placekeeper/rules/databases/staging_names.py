"""Names of our tables in databases: that of a staging table says which run has made it.

Source: docs/reference/database-writes.md.
"""

import re
from typing import Final

COMMITS: Final = "placekeeper_commits"
"""The table that says which effects are done, in the schema of the target."""

ATTEMPT: Final = "placekeeper_attempt"
"""The column of a staging table that says which attempt of a task has put a row there."""

_DIGITS: Final = 12
_STAGING: Final = re.compile(r"placekeeper_([0-9a-f]{12})_[0-9a-f]{8}\Z")


def staging_name(run_id: str, effect_id: str) -> str:
    """The name of the table in which the rows of an effect wait: 33 characters, which every product takes."""
    digits = run_id.removeprefix("jr_").partition("_")[0].lower()[:_DIGITS].rjust(_DIGITS, "0")
    return f"placekeeper_{digits}_{effect_id[:8]}"


def run_of(name: str) -> str | None:
    """How the ids of the runs begin of which one has made a staging table; None for another table."""
    found = _STAGING.match(name.lower())
    return None if found is None else f"jr_{found[1]}"

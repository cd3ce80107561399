"""Errors of deltalake, which have one class: those that may pass, and those that stay."""

import re
from typing import Final

from deltalake.exceptions import DeltaError

_MAY_PASS: Final = re.compile(
    r"object store|Generic \w+ error|error sending request|timed? ?out|connect|concurrent|changed since|"
    r"failed to commit transaction",
    re.IGNORECASE,
)
"""What stores and networks say, and what a commit is told that came second."""


def may_pass(error: DeltaError) -> bool:
    """Whether a later try may succeed."""
    return _MAY_PASS.search(str(error)) is not None


def in_short(error: DeltaError) -> str:
    """The error without the place in deltalake where it was raised."""
    return str(error).partition("\n   0: ")[0].strip()

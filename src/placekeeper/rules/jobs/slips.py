"""Slips in what a person types: a new job that was not meant, arguments that cannot work."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from placekeeper.model.jobs import JobRun, JobRunState

_MOST_LETTERS = 2
_OF_ARGUMENTS = "GlueArgumentError"


def slip_of(name: str, known: Iterable[str]) -> str | None:
    """The known name of which a new name is a misspelling; None where it looks deliberate.

    A slip adds, drops, swaps or replaces one or two letters in the middle or at an end of a word. Digits and
    separators are put there on purpose: `orders2`, `orders-dev` and `orders_v2` are no slips of `orders`.
    """
    slips = {other: letters for other in known if (letters := _wrong_letters(name, other)) is not None}
    return min(slips, key=lambda other: (slips[other], other)) if slips else None


def failed_on_arguments(ended: JobRun) -> bool:
    """Whether a run has failed on its command line: its script never began, or getResolvedOptions refused."""
    if ended.state is not JobRunState.FAILED or ended.summary is None:
        return False
    never_began = not ended.summary.script_began
    return never_began or (ended.error_message or "").partition(":")[0] == _OF_ARGUMENTS


def _wrong_letters(name: str, other: str) -> int | None:
    """How many letters are wrong; None when it is too many, or something else than a letter."""
    if name == other or abs(len(name) - len(other)) > _MOST_LETTERS or min(len(name), len(other)) < 3:
        return None
    edits = [
        (name[a:b], other[c:d])
        for kind, a, b, c, d in SequenceMatcher(None, name, other, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    if any(not (gone + come).isalpha() for gone, come in edits):
        return None
    wrong = sum(max(len(gone), len(come)) for gone, come in edits)
    return wrong if wrong <= _MOST_LETTERS else None

"""Slips in what a person types: a new job that was not meant, arguments that cannot work."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from placekeeper.model.jobs import JobRun, JobRunState

_LEAST = 3
"""Names with fewer letters look like too many others."""
_SHORT = 5
"""In names with fewer letters, one replaced by another makes another word: `bad` and `cat`."""
_LONG = 8
"""From so many letters on, two may be wrong."""
_OF_ARGUMENTS = "GlueArgumentError"


def slip_of(name: str, known: Iterable[str]) -> str | None:
    """The known name of which a new name is a misspelling; None where it looks deliberate.

    A slip adds, drops, exchanges or replaces a letter, or two of a long name. In a name with less than five
    letters none is replaced. Digits and separators are put there on purpose: `orders2`, `orders-dev` and
    `orders_v2` are no slips of `orders`.
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
    shortest = min(len(name), len(other))
    most = 2 if shortest >= _LONG else 1
    if name == other or abs(len(name) - len(other)) > most or shortest < _LEAST:
        return None
    if _is_transposed(name, other):
        return 1
    edits = [
        (name[a:b], other[c:d])
        for kind, a, b, c, d in SequenceMatcher(None, name, other, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    if any(not (gone + come).isalpha() for gone, come in edits):
        return None
    if shortest < _SHORT and any(gone and come for gone, come in edits):
        return None
    wrong = sum(max(len(gone), len(come)) for gone, come in edits)
    return wrong if wrong <= most else None


def _is_transposed(name: str, other: str) -> bool:
    """Whether two letters next to each other are exchanged, and nothing else differs."""
    if len(name) != len(other):
        return False
    places = [place for place, (one, two) in enumerate(zip(name, other, strict=True)) if one != two]
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    pair = name[places[0] : places[1] + 1]
    return pair.isalpha() and other[places[0] : places[1] + 1] == pair[::-1]

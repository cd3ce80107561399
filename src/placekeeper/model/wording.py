"""Numbers with their nouns, sizes, names in a row, and the name that was meant, for messages."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_SIMILAR: Final = 0.75


def counted(number: int, one: str, several: str = "") -> str:
    """`1 row`, `2 rows`, `1,234 rows`; `several` is the plural of a noun that takes more than an s."""
    noun = one if number == 1 else several or f"{one}s"
    return f"{number:,} {noun}"


def size_text(size: int) -> str:
    """A size in bytes: `38 bytes`, `1.2 kB`, `13.4 MB`, `2.0 GB`."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return counted(size, "byte")


def listed(names: Iterable[str], word: str = "and") -> str:
    """`csv, json and parquet`; `word` stands before the last name. There is at least one."""
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that differs in case only, else the most similar one; None if none is similar."""
    by_lower = {other.lower(): other for other in known}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=_SIMILAR)
    return by_lower[close[0]] if close else None


def meant(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about a name that is not known: `; did you mean recurse?`, or nothing."""
    found = nearest(name, known)
    return f"; did you mean {found}?" if found else ""

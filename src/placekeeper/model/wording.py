"""Numbers with their nouns, and names in a row, for messages."""

from collections.abc import Iterable


def counted(number: int, one: str, several: str = "") -> str:
    """`1 row`, `2 rows`, `1,234 rows`; `several` is the plural of a noun that takes more than an s."""
    noun = one if number == 1 else several or f"{one}s"
    return f"{number:,} {noun}"


def listed(names: Iterable[str], word: str = "and") -> str:
    """`csv, json and parquet`; `word` stands before the last name. There is at least one."""
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last

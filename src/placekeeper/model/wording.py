"""Numbers with their nouns, for messages."""


def counted(number: int, one: str, several: str = "") -> str:
    """`1 row`, `2 rows`, `1,234 rows`; `several` is the plural of a noun that takes more than an s."""
    noun = one if number == 1 else several or f"{one}s"
    return f"{number:,} {noun}"

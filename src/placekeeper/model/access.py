"""Who may call: access keys, and what a key may do."""

import msgspec

READING = ("Get", "List", "BatchGet", "Search", "Query")
"""How the names of operations begin that change nothing. All others write, those to come too."""


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that requests are signed with; `read_only` keys may look and change nothing."""

    id: str
    secret: str
    read_only: bool = False

    def __repr__(self) -> str:
        return f"AccessKey(id={self.id!r}, read_only={self.read_only})"


def is_reading(operation: str) -> bool:
    """Whether an operation changes nothing, by its name."""
    return operation.startswith(READING)

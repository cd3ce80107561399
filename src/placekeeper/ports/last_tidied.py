"""When garbage was last looked for in a state, by whichever process."""

from typing import Protocol


class LastTidied(Protocol):
    """One instant, kept beside the state, so that several processes do not look one after the other."""

    def read_ms(self) -> int | None:
        """Epoch milliseconds; None when nobody has looked yet."""
        ...

    def record(self) -> None:
        """Somebody looks now."""
        ...

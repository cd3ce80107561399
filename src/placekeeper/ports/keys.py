"""The keys with which bookmarks are encrypted at rest."""

from typing import Protocol


class Keys(Protocol):
    """Keys by name: the KmsKeyArn of a security configuration."""

    def has(self, key: str, /) -> bool:
        """Whether there is a key of that name."""
        ...

    def seal(self, key: str, plain: bytes, about: str, /) -> str:
        """Encrypt; the text names the key. `about` says what it is, and has to be said again to open it.

        Raises KeyMissing.
        """
        ...

    def unseal(self, sealed: str, about: str, /) -> bytes:
        """Decrypt. Raises KeyMissing, and StateError for what was changed or is about something else."""
        ...

"""The keys with which bookmarks and passwords are encrypted at rest."""

from typing import Protocol


class Keys(Protocol):
    """Keys by name: the KmsKeyArn of a security configuration."""

    @property
    def default(self) -> str | None:
        """The key for what names no key; None if there are no keys."""
        ...

    def has(self, key: str, /) -> bool:
        """Whether there is a key of that name."""
        ...

    def seal(self, key: str, plain: bytes, about: str, /) -> str:
        """Encrypt; the sealed text names the key. `about` describes it; `unseal` needs the same.

        Raises KeyMissing.
        """
        ...

    def unseal(self, sealed: str, about: str, /) -> bytes:
        """Decrypt. Raises KeyMissing, and StateError for a text that was changed or has another `about`."""
        ...

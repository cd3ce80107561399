"""Texts as they are stored: sealed where the bookmark is encrypted, else as they are."""

from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import is_sealed


def stored(plain: bytes, key: str | None, about: str, keys: Keys) -> str:
    """The text to store; with `key`, sealed with it. It opens only where the same `about` is asked for."""
    return plain.decode() if key is None else keys.seal(key, plain, about)


def plain(text: str, about: str, keys: Keys) -> bytes:
    """The text that was stored, opened. Raises KeyMissing."""
    return keys.unseal(text, about) if is_sealed(text) else text.encode()

"""The form of sealed (encrypted) texts, and the keys of a state that has none.

`sealed.1.KEY.DATA`: the key's name and the encrypted bytes, both in URL-safe base64. A text that was stored
before its bookmark was encrypted is not sealed and stays readable.
"""

import base64

from placekeeper.model.errors import KeyMissing

_PREFIX = "sealed.1."


def is_sealed(text: str) -> bool:
    """Whether a stored text is sealed. All other stored texts are JSON, which never begins like this."""
    return text.startswith(_PREFIX)


def sealed_text(key: str, data: bytes) -> str:
    """The sealed text of `data`, which was encrypted with `key`."""
    return f"{_PREFIX}{_base64(key.encode())}.{_base64(data)}"


def parts_of(sealed: str) -> tuple[str, bytes]:
    """The key's name and the encrypted bytes of a sealed text."""
    key, _, data = sealed.removeprefix(_PREFIX).partition(".")
    return base64.urlsafe_b64decode(key).decode(), base64.urlsafe_b64decode(data)


class NoKeys:
    """Implements ports.keys.Keys for a state that has no keys."""

    @property
    def default(self) -> str | None:
        """None: there are no keys."""
        return None

    def has(self, _key: str) -> bool:
        """False: there are no keys."""
        return False

    def seal(self, key: str, _plain: bytes, _about: str) -> str:
        """Raises KeyMissing."""
        raise KeyMissing(key)

    def unseal(self, sealed: str, _about: str) -> bytes:
        """Raises KeyMissing."""
        raise KeyMissing(parts_of(sealed)[0])


NO_KEYS = NoKeys()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii")

"""The key ring: a file that PLACEKEEPER_ENCRYPTION_KEYS names, and AES-256-GCM by the library `cryptography`.

The file is a JSON object, or with the suffix .toml a table: {"KmsKeyArn or key id": "base64 of 32 bytes"}.
"""

import base64
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from placekeeper.keys.private_file import read_private
from placekeeper.model.errors import KeyMissing, MissingExtra, StateError, UsageError
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS, parts_of, sealed_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ENCRYPTION_KEYS = "PLACEKEEPER_ENCRYPTION_KEYS"
KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyRing:
    """Implements ports.keys.Keys."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if importlib.util.find_spec("cryptography") is None:
            raise MissingExtra(ENCRYPTION_KEYS, "crypto")
        self._keys = dict(keys)

    @property
    def default(self) -> str | None:
        """The first key of the file."""
        return next(iter(self._keys), None)

    def has(self, key: str) -> bool:
        """Whether there is a key of that name: the whole ARN, or the key id at its end."""
        return self._named(key) is not None

    def seal(self, key: str, plain: bytes, about: str) -> str:
        """Encrypt with a random nonce. Raises KeyMissing."""
        nonce = os.urandom(_NONCE_BYTES)
        return sealed_text(key, nonce + self._cipher(key).encrypt(nonce, plain, about.encode()))

    def unseal(self, sealed: str, about: str) -> bytes:
        """Decrypt. Raises KeyMissing, and StateError for a text that was changed or has another `about`."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an extra

        key, data = parts_of(sealed)
        try:
            return self._cipher(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], about.encode())
        except InvalidTag:
            raise StateError(
                f"the {about} cannot be decrypted: it was changed, or the key {key} in {ENCRYPTION_KEYS} "
                "is not the one that encrypted it. Put the former key back."
            ) from None

    def _named(self, key: str) -> bytes | None:
        return self._keys.get(key) or self._keys.get(key.rpartition("/")[2])

    def _cipher(self, key: str) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - an extra

        secret = self._named(key)
        if secret is None:
            raise KeyMissing(key)
        return AESGCM(secret)


def keys_of(environ: Mapping[str, str]) -> Keys:
    """The key ring that the environment names; one without keys if it names none.

    Raises UsageError for a file that cannot be used, MissingExtra when `cryptography` is not installed.
    """
    named = environ.get(ENCRYPTION_KEYS)
    return KeyRing(_read(Path(named).expanduser())) if named else NO_KEYS


def _read(path: Path) -> dict[str, bytes]:
    data = read_private(path, "file of encryption keys")
    try:
        decode = msgspec.toml.decode if path.suffix == ".toml" else msgspec.json.decode
        found = decode(data, type=dict[str, str])
        keys = {name: base64.b64decode(text, validate=True) for name, text in found.items()}
    except (msgspec.DecodeError, ValueError):
        keys = {"": b""}
    if any(len(key) != KEY_BYTES or not name for name, key in keys.items()):
        # The content of the file is secret, so the message does not quote it.
        raise UsageError(
            f"{ENCRYPTION_KEYS}: {path} must be an object of key names (KmsKeyArn or key id) and keys, each "
            f"base64 of {KEY_BYTES} bytes, as `openssl rand -base64 32` makes them"
        )
    return keys

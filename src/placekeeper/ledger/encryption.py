"""Encrypted segments: Parquet's own encryption (AES-GCM), its data keys sealed with a key of the ring."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import parts_of

_MAGIC = b"PARE"
"""The first bytes of a Parquet file with an encrypted footer; others begin with PAR1."""

_ABOUT = "data key of a ledger segment"
_MASTER = "ring"
"""The name of Parquet's master key. Our key names have characters that Parquet forbids; they are in the
sealed texts."""


def is_encrypted(path: Path) -> bool:
    """Whether a segment is encrypted."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def encryption(keys: Keys, key: str) -> Any:
    """The properties with which a ParquetWriter encrypts footer and columns. Each column has a random key."""
    parquet, factory = _factory(keys, key)
    return factory.file_encryption_properties(
        parquet.KmsConnectionConfig(),
        parquet.EncryptionConfiguration(
            footer_key=_MASTER,
            column_keys={_MASTER: LEDGER_SCHEMA.names},
            double_wrapping=False,
            data_key_length_bits=256,
        ),
    )


def decryption(keys: Keys) -> Any:
    """The properties with which a ParquetFile decrypts; the file names its key."""
    parquet, factory = _factory(keys, "")
    return factory.file_decryption_properties(parquet.KmsConnectionConfig())


def key_of(path: Path, keys: Keys) -> str:
    """The name of the key that an encrypted segment's data keys are sealed with. Raises KeyMissing."""
    opened = _Noting(keys)
    pq.ParquetFile(path, decryption_properties=decryption(opened)).close()
    return opened.key


class _Noting:
    """Keys that note which of them was used."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.key = ""

    @property
    def default(self) -> str | None:
        return self._keys.default

    def has(self, key: str) -> bool:
        return self._keys.has(key)

    def seal(self, key: str, plain: bytes, about: str) -> str:
        return self._keys.seal(key, plain, about)

    def unseal(self, sealed: str, about: str) -> bytes:
        self.key, _ = parts_of(sealed)
        return self._keys.unseal(sealed, about)


def _factory(keys: Keys, key: str) -> tuple[Any, Any]:
    from pyarrow.parquet import encryption as parquet  # noqa: PLC0415 - few need it

    class Sealing(parquet.KmsClient):  # type: ignore[misc]
        """Seals data keys, as a key service would wrap them."""

        def wrap_key(self, key_bytes: bytes, _master: str) -> str:
            return keys.seal(key, key_bytes, _ABOUT)

        def unwrap_key(self, wrapped_key: str, _master: str) -> bytes:
            return keys.unseal(wrapped_key, _ABOUT)

    return parquet, parquet.CryptoFactory(lambda _: Sealing())

"""Encrypted segments: Parquet's own encryption (AES-GCM), its data keys sealed with a key of the ring."""

from pathlib import Path
from typing import Any

from placekeeper.model.objects import LEDGER_SCHEMA
from placekeeper.ports.keys import Keys

_MAGIC = b"PARE"
"""How a Parquet file begins whose footer is encrypted; others begin with PAR1."""

_ABOUT = "data key of a ledger segment"
_MASTER = "ring"
"""What Parquet calls the master key. It forbids characters that our names have; sealed texts have those."""


def is_encrypted(path: Path) -> bool:
    """Whether a segment is encrypted."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def encryption(keys: Keys, key: str) -> Any:
    """What a ParquetWriter needs to encrypt footer and columns; data keys are random, one to a column."""
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
    """What a ParquetFile needs to decrypt: the file names its key."""
    parquet, factory = _factory(keys, "")
    return factory.file_decryption_properties(parquet.KmsConnectionConfig())


def _factory(keys: Keys, key: str) -> tuple[Any, Any]:
    from pyarrow.parquet import encryption as parquet  # noqa: PLC0415 - few need it

    class Sealing(parquet.KmsClient):  # type: ignore[misc]
        """Seals data keys, as a key service would wrap them."""

        def wrap_key(self, key_bytes: bytes, _master: str) -> str:
            return keys.seal(key, key_bytes, _ABOUT)

        def unwrap_key(self, wrapped_key: str, _master: str) -> bytes:
            return keys.unseal(wrapped_key, _ABOUT)

    return parquet, parquet.CryptoFactory(lambda _: Sealing())

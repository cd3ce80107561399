"""What is set for the whole catalog, as values."""

import base64
import hashlib
from enum import StrEnum

import msgspec


class SettingName(StrEnum):
    """What there is one of in a catalog."""

    POLICY = "resource policy"
    ENCRYPTION = "encryption"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. `text` is JSON, as it was sent."""

    text: str
    created_ms: int
    modified_ms: int

    @property
    def hash(self) -> str:
        """Tells apart the texts of a setting: base64 of SHA-256."""
        return base64.b64encode(hashlib.sha256(self.text.encode()).digest()).decode("ascii")

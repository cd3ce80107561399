"""Security configurations, as values."""

from typing import Any

import msgspec

CSE_KMS = "CSE-KMS"
"""The mode in which bookmarks are encrypted before they are stored."""


class SecurityConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """A named choice of what is encrypted. `spec` is EncryptionConfiguration as it was sent."""

    name: str
    spec: dict[str, Any]
    created_ms: int

    @property
    def encrypts_bookmarks(self) -> bool:
        """Whether bookmarks of runs with this configuration must be stored encrypted."""
        return bool(self._bookmarks.get("JobBookmarksEncryptionMode") == CSE_KMS)

    @property
    def bookmark_key(self) -> str:
        """The KmsKeyArn of the key that encrypts bookmarks; empty if none is named."""
        return str(self._bookmarks.get("KmsKeyArn") or "")

    @property
    def _bookmarks(self) -> dict[str, Any]:
        return self.spec.get("JobBookmarksEncryption") or {}

"""Manifests as JSON, as states keep them and job processes send them."""

from typing import Any

import msgspec

from placekeeper.model.publication import Manifest


class ManifestCodec:
    """Manifests as JSON; `manifest` is their type, with all kinds of effects."""

    def __init__(self, manifest: Any = Manifest) -> None:
        self._type = manifest
        self._decoder = msgspec.json.Decoder(manifest)

    def encode(self, manifest: Manifest) -> str:
        """One JSON array, an object for each effect."""
        return msgspec.json.encode(manifest).decode()

    def decode(self, text: str) -> Manifest:
        """Decode a manifest. Those of 0.1 hold only files, without `effect`. Raises msgspec.MsgspecError."""
        try:
            manifest: Manifest = self._decoder.decode(text)
        except msgspec.ValidationError:
            written = msgspec.json.decode(text, type=list[dict[str, Any]])
            told = [{"effect": "file", **effect} for effect in written]
            manifest = msgspec.convert(told, self._type)
        return manifest

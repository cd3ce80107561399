"""Output between staging and visibility: a manifest is a list of effects."""

from enum import StrEnum
from typing import Any

import msgspec


class PublicationState(StrEnum):
    """Transitions: publishing → published, or publishing → reverting → reverted."""

    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REVERTING = "reverting"
    REVERTED = "reverted"


class UploadPart(msgspec.Struct, frozen=True, array_like=True):
    """One uploaded part of a multipart upload."""

    number: int
    e_tag: str


class StagedFile(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect", tag="file"
):
    """One output file that a task has staged and nobody can see yet.

    `path` is the URI at which it becomes visible. On a local disk `staged` is the URI of the staged file;
    on S3 it is None and `upload_id` with `parts` name the open multipart upload.
    """

    path: str
    size: int
    rows: int
    staged: str | None = None
    upload_id: str | None = None
    parts: tuple[UploadPart, ...] = ()

    @property
    def is_visible(self) -> bool:
        """Whether it was written to its final name and waits for nothing."""
        return self.staged is None and self.upload_id is None


Effect = StagedFile
"""What a run does to the world once its commit has decided it, and nobody sees before: the union of all
kinds, which are told apart in JSON by the member `effect`."""

Manifest = tuple[Effect, ...]
"""All that one run publishes, in this order; it is taken back in the opposite one."""


class ManifestCodec:
    """Manifests as JSON; `manifest` is their type, with the kinds of effects that there are."""

    def __init__(self, manifest: Any = Manifest) -> None:
        self._type = manifest
        self._decoder = msgspec.json.Decoder(manifest)

    def encode(self, manifest: Manifest) -> str:
        """One JSON array, an object for each effect."""
        return msgspec.json.encode(manifest).decode()

    def decode(self, text: str) -> Manifest:
        """Placekeeper 0.1 knew files only and did not say so. Raises msgspec.MsgspecError."""
        try:
            manifest: Manifest = self._decoder.decode(text)
        except msgspec.ValidationError:
            written = msgspec.json.decode(text, type=list[dict[str, Any]])
            told = [{"effect": "file", **effect} for effect in written]
            manifest = msgspec.convert(told, self._type)
        return manifest


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The publication of one run; `bookmark_id` and `version` are those of its commit, if it has one."""

    run_id: str
    state: PublicationState
    manifest: Manifest
    bookmark_id: int | None = None
    version: int | None = None
    error: str | None = None

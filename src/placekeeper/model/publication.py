"""Output between staging and visibility."""

from enum import StrEnum

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


class StagedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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


Manifest = tuple[StagedFile, ...]
"""All that one run publishes."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The publication of one run; `bookmark_id` and `version` are those of its commit, if it has one."""

    run_id: str
    state: PublicationState
    manifest: Manifest
    bookmark_id: int | None = None
    version: int | None = None
    error: str | None = None

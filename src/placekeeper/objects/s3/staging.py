"""S3 output: multipart uploads that are left open, published by completing them.

An open upload is invisible, completing it copies nothing, and it survives the process that wrote it. An
object under the final name is ours if it has the e_tag that our parts make. If a store makes e_tags in
another way (encrypted buckets), it is ours if it has our size and the run of its name has uploaded it.
"""

import hashlib
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from placekeeper.model.errors import ListingFailed, PublishFailed
from placekeeper.model.publication import StagedFile, UploadPart
from placekeeper.objects.s3.answers import ask, code_of, invoke
from placekeeper.objects.s3.client import S3Settings, client
from placekeeper.objects.s3.permissions import DENIED, refused
from placekeeper.objects.uris import as_folder, split_s3

PART_BYTES = 8 * 1024 * 1024
_RUN_KEY = "placekeeper-run"
_GONE = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchBucket"})
_FINAL_REFUSALS = DENIED | {"NoSuchBucket", "InvalidPart", "InvalidPartOrder"}


def run_token(run_id: str) -> str:
    """The part of a run's id that the names of its output files contain."""
    return run_id.removeprefix("jr_")[:12]


class S3StagingFile:
    """Implements ports.objects.StagingFile. Raises OSError when the store refuses or fails."""

    def __init__(self, settings: S3Settings, path: str, *, run_id: str, immediate: bool) -> None:
        self._settings = settings
        self._path = path
        self._run_id = run_id
        self._immediate = immediate
        self._buffer = bytearray()
        self._size = 0
        self._upload_id: str | None = None
        self._parts: list[UploadPart] = []

    def write(self, data: bytes) -> int:
        """Append bytes; full parts are uploaded."""
        self._buffer += data
        self._size += len(data)
        while len(self._buffer) >= PART_BYTES:
            self._upload(bytes(memoryview(self._buffer)[:PART_BYTES]))
            del self._buffer[:PART_BYTES]
        return len(data)

    def finish(self, *, rows: int) -> StagedFile:
        """Upload the rest. The upload stays open; with `immediate` the object becomes visible."""
        if self._immediate and self._upload_id is None:
            self._put_whole()
        elif self._buffer or not self._parts:
            self._upload(bytes(self._buffer))
        self._buffer.clear()
        file = StagedFile(
            path=self._path,
            size=self._size,
            rows=rows,
            upload_id=self._upload_id,
            parts=tuple(self._parts),
        )
        if self._immediate and self._upload_id is not None:
            publish_s3(self._settings, file)
        self._upload_id = None  # finished: there is nothing left to abort
        if not self._immediate:
            return file
        visible = (UploadPart(1, expected_e_tag(file)),)
        return StagedFile(path=file.path, size=file.size, rows=rows, parts=visible)

    def abort(self) -> None:
        """Abort the upload. Never raises for one that is already gone."""
        self._buffer.clear()
        if self._upload_id is not None:
            _abort_upload(self._settings, self._path, self._upload_id)
            self._upload_id = None

    def _target(self) -> dict[str, str]:
        bucket, key = split_s3(self._path)
        return {"Bucket": bucket, "Key": key}

    def _upload(self, data: bytes) -> None:
        number = len(self._parts) + 1
        if self._upload_id is None:
            answer = _call(
                self._settings,
                self._path,
                "create_multipart_upload",
                **self._target(),
                Metadata={_RUN_KEY: self._run_id},
            )
            self._upload_id = str(answer["UploadId"])
        answer = _call(
            self._settings,
            self._path,
            "upload_part",
            **self._target(),
            UploadId=self._upload_id,
            PartNumber=number,
            Body=data,
        )
        self._parts.append(UploadPart(number, answer["ETag"].strip('"')))

    def _put_whole(self) -> None:
        answer = _call(
            self._settings,
            self._path,
            "put_object",
            **self._target(),
            Body=bytes(self._buffer),
            Metadata={_RUN_KEY: self._run_id},
        )
        self._parts = [UploadPart(1, answer["ETag"].strip('"'))]


def publish_s3(settings: S3Settings, file: StagedFile) -> None:
    """See ports.objects.Staging. Raises PublishFailed, or OSError if a later try may succeed."""
    if file.upload_id is None:
        return
    bucket, key = split_s3(file.path)
    parts = [{"PartNumber": part.number, "ETag": f'"{part.e_tag}"'} for part in file.parts]
    try:
        # If an answer is lost and the request is repeated, the upload is gone: NoSuchUpload, handled below.
        answer = invoke(
            settings,
            _undone(file.path, "published yet"),
            "complete_multipart_upload",
            Bucket=bucket,
            Key=key,
            UploadId=file.upload_id,
            MultipartUpload={"Parts": parts},
        )
        if answer["ETag"].strip('"') == expected_e_tag(file):
            return
        why = "another object was published under its name"
    except ClientError as error:
        code = code_of(error)
        if code in _FINAL_REFUSALS:
            raise PublishFailed(f"{_undone(file.path, 'published')}: {refused(file.path, error)}") from error
        if code != "NoSuchUpload":
            raise _later(file.path, error, "published") from error
        why = "its upload was aborted (by a lifecycle rule?), or the object was deleted or overwritten"
    except BotoCoreError as error:
        raise _later(file.path, error, "published") from error
    if not _is_ours(file, _head(settings, file.path)):
        raise PublishFailed(f"{file.path} cannot be published: {why}.")


def take_back_s3(settings: S3Settings, file: StagedFile) -> None:
    """See ports.objects.Staging. A visible object that is not ours stays. Raises OSError."""
    # The upload first: once it is aborted, nobody else can complete it.
    if file.upload_id is not None:
        _abort_upload(settings, file.path, file.upload_id)
    if _is_ours(file, _head(settings, file.path)):
        delete_s3(settings, file.path)


def delete_s3(settings: S3Settings, uri: str) -> None:
    """Delete an object. Raises OSError."""
    bucket, key = split_s3(uri)
    _call(settings, uri, "delete_object", "deleted", Bucket=bucket, Key=key)


def put_empty_s3(settings: S3Settings, uri: str) -> None:
    """Write an object without content. Raises OSError."""
    bucket, key = split_s3(uri)
    _call(settings, uri, "put_object", Bucket=bucket, Key=key, Body=b"")


def sweep_s3(settings: S3Settings, target: str, *, run_id: str) -> int:
    """See ports.objects.Staging. This aborts open uploads below the target whose name has the run's token.

    Raises ListingFailed if the store does not list them, OSError if one cannot be aborted.
    """
    token = run_token(run_id)
    if not token:
        raise ValueError("the run has no id, so every upload would be taken for its own")
    bucket, prefix = split_s3(as_folder(target))
    what = f"the staged files of run {run_id} under {target} could not be listed"
    try:
        # All pages before the first abort, because an upload of each page names the next page.
        found = ask(settings, what, lambda: _uploads(settings, bucket, prefix))
    except (ClientError, BotoCoreError) as error:
        raise ListingFailed(f"{what}: {error}") from error
    except OSError as error:
        raise ListingFailed(str(error)) from error
    ours = [upload for upload in found if token in upload["Key"].removeprefix(prefix)]
    for upload in ours:
        _abort_upload(settings, f"s3://{bucket}/{upload['Key']}", upload["UploadId"])
    return len(ours)


def _uploads(settings: S3Settings, bucket: str, prefix: str) -> list[Any]:
    pages = client(settings).get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    return [upload for page in pages for upload in page.get("Uploads", [])]


def expected_e_tag(file: StagedFile) -> str:
    """The e_tag of the published object: MD5 over the parts' MD5s and their number.

    An immediate file's only part carries the whole object's e_tag. Empty if e_tags are no MD5s.
    """
    if file.upload_id is None:
        return file.parts[0].e_tag
    try:
        sums = b"".join(bytes.fromhex(part.e_tag) for part in file.parts)
    except ValueError:  # an encrypted bucket
        return ""
    return f"{hashlib.md5(sums, usedforsecurity=False).hexdigest()}-{len(file.parts)}"


def _is_ours(file: StagedFile, head: dict[str, Any] | None) -> bool:
    if head is None:
        return False
    if head["ETag"].strip('"') == expected_e_tag(file):
        return True
    run_id = head.get("Metadata", {}).get(_RUN_KEY, "")
    named = bool(run_id) and run_token(run_id) in file.path
    return named and head["ContentLength"] == file.size


def _head(settings: S3Settings, path: str) -> dict[str, Any] | None:
    bucket, key = split_s3(path)
    try:
        return dict(invoke(settings, _undone(path, "looked at"), "head_object", Bucket=bucket, Key=key))
    except ClientError as error:
        if code_of(error) in _GONE:
            return None
        raise _later(path, error, "looked at") from error
    except BotoCoreError as error:
        raise _later(path, error, "looked at") from error


def _abort_upload(settings: S3Settings, path: str, upload_id: str) -> None:
    bucket, key = split_s3(path)
    try:
        invoke(
            settings,
            _undone(path, "dropped from staging"),
            "abort_multipart_upload",
            Bucket=bucket,
            Key=key,
            UploadId=upload_id,
        )
    except ClientError as error:
        if code_of(error) not in ("NoSuchUpload", *_GONE):
            raise _later(path, error, "dropped from staging") from error
    except BotoCoreError as error:
        raise _later(path, error, "dropped from staging") from error


def _call(settings: S3Settings, path: str, operation: str, done: str = "written", **request: Any) -> Any:
    try:
        return invoke(settings, _undone(path, done), operation, **request)
    except (ClientError, BotoCoreError) as error:
        raise _later(path, error, done) from error


def _later(path: str, error: Exception, done: str) -> OSError:
    """An error that may pass: the caller may try again. `done` is what could not be done."""
    return OSError(f"{_undone(path, done)}: {refused(path, error)}")


def _undone(path: str, done: str) -> str:
    return f"{path} could not be {done}"

"""Objects in S3: looked up and opened exactly as listed. Every GET carries If-Match."""

import io
import itertools
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import obstore
from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError, PreconditionError

from placekeeper.model.errors import ObjectChanged, RecordUnreadable
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.objects.s3.answers import DamagedAnswer, archive_of, ask, code_of, once
from placekeeper.objects.s3.client import S3Settings, store
from placekeeper.objects.s3.listing import first_key
from placekeeper.objects.s3.pages import to_batch
from placekeeper.objects.s3.ranges import RangeFile
from placekeeper.objects.uris import split_s3

_ONE_GET_BYTES = 8 * 1024 * 1024
_BUFFER_BYTES = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_GONE = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
_CHANGED = frozenset({"412", "PreconditionFailed"})


def stat_s3(settings: S3Settings, uri: str) -> ObjectMeta | None:
    """The object of exactly this key as a listing shows it now, or None. Raises ListingFailed."""
    bucket, key = split_s3(uri)
    page = first_key(settings, uri) if key else None
    return object_rows(to_batch(bucket, [page]))[0] if page is not None else None


@contextmanager
def open_s3(settings: S3Settings, meta: ObjectMeta) -> Iterator[BinaryIO]:
    """A seekable file with the content of the object: one GET for up to 8 MiB, range reads for more.

    Raises ObjectChanged if it is no longer what was listed, here or while reading, and OSError if the store
    refuses or fails.
    """
    if meta.size <= _ONE_GET_BYTES:
        data = _get(settings, meta, None)
        if len(data) != meta.size:
            raise ObjectChanged(meta.path, f"it was listed with {meta.size} bytes and has {len(data)}")
        with io.BytesIO(data) as small:
            yield small
        return
    raw = RangeFile(meta.size, lambda start, end: _get(settings, meta, (start, end)))
    with io.BufferedReader(raw, _BUFFER_BYTES) as large:
        try:
            yield cast("BinaryIO", large)
        except RecordUnreadable as error:
            if raw.failure is not None:  # the read failed, not the object
                raise raw.failure from error
            raise


def _get(settings: S3Settings, meta: ObjectMeta, span: tuple[int, int] | None) -> bytes:
    """The bytes of the object, or those from `span[0]` up to `span[1]`, if it is still what was listed."""
    _, key = split_s3(meta.path)
    # obstore hides when a store asks to wait, so botocore makes the retries.
    ways = itertools.chain([_by_obstore] if _is_path(key) else [], itertools.repeat(_by_botocore))
    try:
        return ask(settings, f"{meta.path} could not be read", lambda: next(ways)(settings, meta, span))
    except FileNotFoundError as error:
        raise ObjectChanged(meta.path, "it is gone") from error
    except PreconditionError as error:
        raise ObjectChanged(meta.path, f"its e_tag is no longer {meta.e_tag}") from error
    except ClientError as error:
        if code_of(error) in _GONE:
            raise ObjectChanged(meta.path, "it is gone") from error
        if code_of(error) in _CHANGED:
            raise ObjectChanged(meta.path, f"its e_tag is no longer {meta.e_tag}") from error
        raise _unreadable(meta, error) from error
    except (BaseError, BotoCoreError) as error:
        raise _unreadable(meta, error) from error


def _unreadable(meta: ObjectMeta, error: Exception) -> OSError:
    archive = archive_of(error)
    if archive is None:
        return OSError(f"{meta.path} could not be read: {error}")
    bucket, key = split_s3(meta.path)
    return OSError(
        f"{meta.path} could not be read: it is archived ({archive}), and S3 must restore it first. "
        f"Restore it (aws s3api restore-object --bucket {shlex.quote(bucket)} --key "
        f"{shlex.quote(key)} --restore-request Days=7) and run again when that is done, or leave such "
        'objects out: connection_options={"excludeStorageClasses": ["GLACIER", "DEEP_ARCHIVE"], …}'
    )


def _is_path(key: str) -> bool:
    """Whether obstore can address this key.

    It refuses empty, '.' and '..' segments and ASCII's control characters, and drops a last slash.
    """
    segments = key.split("/")
    return not any(segment in ("", ".", "..") for segment in segments) and _CONTROL.search(key) is None


def _by_obstore(settings: S3Settings, meta: ObjectMeta, span: tuple[int, int] | None) -> bytes:
    bucket, key = split_s3(meta.path)
    options: dict[str, Any] = {"range": span} if span else {}
    if meta.e_tag is not None:
        options["if_match"] = f'"{meta.e_tag}"'
    answer = obstore.get(store(settings, bucket), key, options=cast("Any", options))
    return _whole(meta, span, bytes(answer.bytes()))


def _by_botocore(settings: S3Settings, meta: ObjectMeta, span: tuple[int, int] | None) -> bytes:
    bucket, key = split_s3(meta.path)
    request: dict[str, Any] = {"Bucket": bucket, "Key": key}
    if span is not None:
        request["Range"] = f"bytes={span[0]}-{span[1] - 1}"
    if meta.e_tag is not None:
        request["IfMatch"] = f'"{meta.e_tag}"'
    return _whole(meta, span, once(settings, "get_object", **request)["Body"].read())


def _whole(meta: ObjectMeta, span: tuple[int, int] | None, data: bytes) -> bytes:
    """The bytes of an answer. Raises DamagedAnswer if it was cut short."""
    wanted = meta.size if span is None else span[1] - span[0]
    if len(data) < wanted and meta.e_tag is not None:  # its e_tag is right, so the answer was cut on the way
        raise DamagedAnswer(f"the answer had {len(data)} of {wanted} bytes")
    return data

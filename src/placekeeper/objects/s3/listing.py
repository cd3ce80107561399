"""S3 listings, page by page, as LISTING_SCHEMA batches; by prefix, in parts that can be listed at once.

Pages are fetched by URLs that botocore presigned, and parsed by us: about as fast as obstore and five times
faster than botocore's own parser. obstore is not used, because its paths cannot express every key: it drops
the slash of a folder marker and fails on `a//b`. botocore handles every unusual answer: a refusal, a
redirect, a proxy in between.
"""

import functools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import urllib3
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from placekeeper.model.errors import ListingFailed
from placekeeper.objects.fan_out import Part
from placekeeper.objects.s3.answers import PASSING_STATUS, ask, code_of, once, refusal
from placekeeper.objects.s3.client import S3Settings, client
from placekeeper.objects.s3.pages import DEFAULT_CLASS, ListingPage, bare, parse_page, to_batch
from placekeeper.objects.uris import S3, as_folder, split_s3

_PAGES_PER_BATCH = 8
_DEEPEST_SPLIT = 8
_LINK_SECONDS = 900
_NOT_CONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.SSLError,
)
_REFUSED = frozenset(
    {
        "403",
        "AccessDenied",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
    }
)


class _Bucket(Struct, frozen=True):
    """The bucket to list, and the settings for it; with `storage_classes`, those are listed too."""

    settings: S3Settings
    name: str
    storage_classes: bool = False


def list_s3(
    settings: S3Settings, uri: str, *, recurse: bool, parts: int = 1, storage_classes: bool = False
) -> Iterator[Part]:
    """Every object at or under a normalised `s3://` URI, in the store's own order, part after part.

    A URI without slash at the end is the object of exactly that key if there is one, else the folder. With
    `recurse`, a folder is split by its folders into at least `parts` if it has so many on its first levels.
    The parts raise ListingFailed unless the listing is complete.
    """
    name, prefix = split_s3(uri)
    bucket = _Bucket(settings, name, storage_classes)
    if prefix and not prefix.endswith("/"):
        page = _first_key(bucket, prefix)
        if page is not None:
            yield _listed(bucket, page)
            return
    prefix = as_folder(prefix) if prefix else ""
    if recurse and parts > 1:
        yield from _split(bucket, prefix, parts, _DEEPEST_SPLIT)
    else:
        yield functools.partial(_batches, bucket, prefix, recurse)


def first_key(settings: S3Settings, uri: str) -> ListingPage | None:
    """The object of exactly this key, as a listing shows it; None if there is none.

    This lists instead of HEAD, because SeaweedFS answers HEAD for folders too, and HEAD needs another
    permission. Of all keys with a prefix the key itself sorts first; not in versioned buckets of SeaweedFS.
    """
    name, key = split_s3(uri)
    return _first_key(_Bucket(settings, name), key)


def folders_in_s3(settings: S3Settings, uri: str) -> list[str]:
    """Names of folders directly in the folder at a normalised `s3://` URI: those of one page."""
    name, key = split_s3(uri)
    prefix = as_folder(key) if key else ""
    page = _fetch(_Bucket(settings, name), prefix, recurse=False)
    return [folder.removeprefix(prefix).rstrip("/") for folder in page.folders]


def _first_key(bucket: _Bucket, key: str) -> ListingPage | None:
    page = _fetch(bucket, key, recurse=True, limit=1)
    if page.keys and page.keys != [key]:
        page = _fetch(bucket, key, recurse=False)
    return page.rows([page.keys.index(key)]) if key in page.keys else None


def _split(bucket: _Bucket, prefix: str, parts: int, depth: int) -> Iterator[Part]:
    """The parts of a folder in key order: objects directly in it, and folders in it.

    If there are fewer folders than `parts`, the folders in them become parts.
    """
    token: str | None = None
    deeper = depth > 0
    while True:
        page = _fetch(bucket, prefix, token=token, recurse=False)
        token = page.next_token
        deeper = deeper and token is None and len(page.folders) < parts
        rows = dict(zip(page.keys, range(len(page.keys)), strict=True))
        direct: list[int] = []
        for name in sorted([*page.keys, *page.folders]):  # by code point, the order of UTF-8
            if name in rows:
                direct.append(rows[name])
                continue
            if direct:
                yield _listed(bucket, page.rows(direct))
                direct = []
            if deeper:
                yield from _split(bucket, name, -(-parts // len(page.folders)), depth - 1)
            else:
                yield functools.partial(_batches, bucket, name, True)
        if direct:
            yield _listed(bucket, page.rows(direct))
        if token is None:
            return


def _listed(bucket: _Bucket, page: ListingPage) -> Part:
    """A part whose page was already fetched."""
    return lambda: iter([to_batch(bucket.name, [page])])


def _batches(bucket: _Bucket, prefix: str, recurse: bool) -> Iterator[pa.RecordBatch]:
    pages: list[ListingPage] = []
    token: str | None = None
    while True:
        page = _fetch(bucket, prefix, token=token, recurse=recurse)
        pages.append(page if recurse else page.with_folders())
        token = page.next_token
        if len(pages) == _PAGES_PER_BATCH or token is None:
            yield to_batch(bucket.name, pages)
            pages = []
        if token is None:
            return


def _fetch(
    bucket: _Bucket,
    prefix: str,
    *,
    recurse: bool,
    token: str | None = None,
    limit: int | None = None,
) -> ListingPage:
    """Fetch one page, with retries. Raises ListingFailed."""
    settings = bucket.settings
    request: dict[str, Any] = {"Bucket": bucket.name, "Prefix": prefix}
    request |= {} if recurse else {"Delimiter": "/"}
    request |= {"ContinuationToken": token} if token is not None else {}
    request |= {"MaxKeys": limit} if limit is not None else {}
    what = f"{S3}{bucket.name}/{prefix} could not be listed"
    try:
        return ask(settings, what, lambda: _quickly(bucket, request) or _carefully(bucket, request))
    except (ClientError, BotoCoreError) as error:
        raise _listing_failed(settings, bucket.name, what, error) from error
    except OSError as error:
        raise ListingFailed(f"{error} Nothing was read.") from error


def _quickly(bucket: _Bucket, request: dict[str, Any]) -> ListingPage | None:
    """A page from an answer with status 200; None if botocore must handle the request."""
    settings = bucket.settings
    url = client(settings).generate_presigned_url(
        "list_objects_v2", Params={**request, "EncodingType": "url"}, ExpiresIn=_LINK_SECONDS
    )
    limits = urllib3.Timeout(connect=settings.patience.connecting, read=settings.patience.answering)
    try:
        answer = connections().request("GET", url, retries=False, redirect=False, timeout=limits)
    except _NOT_CONNECTED:
        return None
    if answer.status == 200:
        return parse_page(answer.data, storage_classes=bucket.storage_classes)
    if answer.status in PASSING_STATUS:
        raise refusal(answer.status, answer.data, "ListObjectsV2", answer.headers)
    return None


def _carefully(bucket: _Bucket, request: dict[str, Any]) -> ListingPage:
    """The same page by botocore, with its redirects, proxies and errors."""
    answer = once(bucket.settings, "list_objects_v2", **request)
    contents = answer.get("Contents", [])
    classes = [item.get("StorageClass", DEFAULT_CLASS) for item in contents]
    return ListingPage(
        keys=[item["Key"] for item in contents],
        times=[item["LastModified"].strftime("%Y-%m-%dT%H:%M:%S.%fZ") for item in contents],
        sizes=[item["Size"] for item in contents],
        e_tags=[bare(item.get("ETag")) for item in contents],
        folders=[item["Prefix"] for item in answer.get("CommonPrefixes", [])],
        next_token=answer.get("NextContinuationToken"),
        storage_classes=classes if bucket.storage_classes else None,
    )


@functools.cache
def connections() -> urllib3.PoolManager:
    """This process's connections for presigned URLs."""
    return urllib3.PoolManager(maxsize=64)


def _listing_failed(settings: S3Settings, bucket: str, what: str, error: Exception) -> ListingFailed:
    code = code_of(error)
    if code == "NoSuchBucket":
        return ListingFailed(
            f"{what}: there is no bucket '{bucket}' at {settings.where}. "
            "Check the bucket's name and AWS_ENDPOINT_URL_S3."
        )
    if code in _REFUSED and not settings.is_signed:
        return ListingFailed(
            f"{what}: {settings.where} refused a request without credentials ({code}), and none were found. "
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role."
        )
    if code in _REFUSED:
        return ListingFailed(
            f"{what}: {settings.where} refused the access key {settings.access_key} ({code}). "
            f"Allow it s3:ListBucket on the bucket '{bucket}', or give other credentials, and run again."
        )
    return ListingFailed(
        f"{what} at {settings.where}: {error} Nothing was read. Run again when the store answers."
    )

"""S3 listings, page by page, as LISTING_SCHEMA batches.

Pages are fetched by URLs that botocore presigned, and parsed here: as fast as obstore and five times faster
than botocore's own parser. obstore is not used, because its paths cannot say every key: it drops the slash
of a folder marker and fails on `a//b`. Whatever is unusual about an answer (an error, a redirect, a lost
connection) is left to botocore, which asks again and then knows what to do or what to say.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree

import pyarrow as pa
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from placekeeper.model.errors import ListingFailed
from placekeeper.model.objects import LISTING_SCHEMA
from placekeeper.objects.s3_client import S3Settings, client
from placekeeper.objects.uris import S3, as_folder, split_s3

_PAGES_PER_BATCH = 8
_TIMEOUT = urllib3.Timeout(connect=10, read=60)
_REFUSED = frozenset(
    {
        "403",
        "AccessDenied",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
    }
)


@dataclass(frozen=True)
class Page:
    """One page of a listing, as columns; `times` are ISO 8601, `e_tags` are without quotes."""

    keys: list[str]
    times: list[str]
    sizes: list[int]
    e_tags: list[str | None]
    next_token: str | None


def list_s3(settings: S3Settings, uri: str, *, recurse: bool) -> Iterator[pa.RecordBatch]:
    """Every object at or under a normalised `s3://` URI, in the store's own order.

    A URI without slash at the end is the object of exactly that key if there is one, else the folder.
    Raises ListingFailed on anything but a complete listing.
    """
    bucket, prefix = split_s3(uri)
    if prefix and not prefix.endswith("/"):
        page = first_key(settings, uri)
        if page is not None:
            yield to_batch(bucket, [page])
            return
    prefix = as_folder(prefix) if prefix else ""
    pages: list[Page] = []
    token: str | None = None
    while True:
        page = _fetch(settings, bucket, prefix, token=token, recurse=recurse)
        pages.append(page)
        token = page.next_token
        if len(pages) == _PAGES_PER_BATCH or token is None:
            yield to_batch(bucket, pages)
            pages = []
        if token is None:
            return


def first_key(settings: S3Settings, uri: str) -> Page | None:
    """The object of exactly this key, as a listing shows it; None if there is none.

    A listing and no HEAD: SeaweedFS answers HEAD for folders too, and HEAD needs another permission.
    """
    bucket, key = split_s3(uri)
    page = _fetch(settings, bucket, key, recurse=True, limit=1)  # of all keys with a prefix, it sorts first
    return page if page.keys == [key] else None


def to_batch(bucket: str, pages: list[Page]) -> pa.RecordBatch:
    """Pages as one batch of LISTING_SCHEMA."""
    start = f"{S3}{bucket}/"
    paths = [start + key for page in pages for key in page.keys]
    times = pa.array([time for page in pages for time in page.times], pa.string())
    nanoseconds = times.cast(pa.timestamp("ns", tz="UTC"))
    return pa.record_batch(
        [
            paths,
            nanoseconds.cast(pa.timestamp("ms", tz="UTC"), safe=False).cast(pa.int64()),
            [size for page in pages for size in page.sizes],
            [e_tag for page in pages for e_tag in page.e_tags],
            pa.nulls(len(paths), pa.string()),  # ListObjectsV2 names no versions
        ],
        schema=LISTING_SCHEMA,
    )


def parse_page(body: bytes) -> Page:
    """A ListObjectsV2 answer; ValueError or ElementTree.ParseError if it is something else."""
    # The answer comes from the endpoint that gets our signature, and expat refuses entity bombs.
    root = ElementTree.fromstring(body)  # noqa: S314
    if not root.tag.endswith("ListBucketResult"):
        raise ValueError(f"a {root.tag} instead of a ListBucketResult")
    space = root.tag.removesuffix("ListBucketResult")
    contents = root.findall(space + "Contents")
    keys = [_required(item, space + "Key") for item in contents]
    if root.findtext(space + "EncodingType") == "url":
        keys = [unquote_plus(key) for key in keys]
    truncated = root.findtext(space + "IsTruncated") == "true"
    return Page(
        keys=keys,
        times=[_required(item, space + "LastModified") for item in contents],
        sizes=[int(_required(item, space + "Size")) for item in contents],
        e_tags=[_bare(item.findtext(space + "ETag")) for item in contents],
        next_token=_required(root, space + "NextContinuationToken") if truncated else None,
    )


def _fetch(
    settings: S3Settings,
    bucket: str,
    prefix: str,
    *,
    recurse: bool,
    token: str | None = None,
    limit: int | None = None,
) -> Page:
    """One page. Raises ListingFailed."""
    request: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
    request |= {} if recurse else {"Delimiter": "/"}
    request |= {"ContinuationToken": token} if token is not None else {}
    request |= {"MaxKeys": limit} if limit is not None else {}
    try:
        body = _quickly(settings, request)
        return parse_page(body) if body is not None else _carefully(settings, request)
    except (ClientError, BotoCoreError, ValueError, ElementTree.ParseError) as error:
        raise _listing_failed(settings, bucket, prefix, error) from error


def _quickly(settings: S3Settings, request: dict[str, Any]) -> bytes | None:
    """The body of an answer with status 200; None for anything else."""
    url = client(settings).generate_presigned_url(
        "list_objects_v2", Params={**request, "EncodingType": "url"}, ExpiresIn=300
    )
    try:
        answer = _http().request("GET", url, retries=False, redirect=False, timeout=_TIMEOUT)
    except urllib3.exceptions.HTTPError:
        return None
    return answer.data if answer.status == 200 else None


def _carefully(settings: S3Settings, request: dict[str, Any]) -> Page:
    """The same page by botocore, with its retries and redirects."""
    answer = client(settings).list_objects_v2(**request)
    contents = answer.get("Contents", [])
    return Page(
        keys=[item["Key"] for item in contents],
        times=[item["LastModified"].strftime("%Y-%m-%dT%H:%M:%S.%fZ") for item in contents],
        sizes=[item["Size"] for item in contents],
        e_tags=[_bare(item.get("ETag")) for item in contents],
        next_token=answer.get("NextContinuationToken"),
    )


@functools.cache
def _http() -> urllib3.PoolManager:
    """This process's connections for listings."""
    return urllib3.PoolManager(maxsize=8)


def _required(item: ElementTree.Element, tag: str) -> str:
    text = item.findtext(tag)
    if text is None:
        raise ValueError(f"a {item.tag} without {tag}")
    return text


def _bare(e_tag: str | None) -> str | None:
    return e_tag.strip('"') if e_tag else None


def _listing_failed(settings: S3Settings, bucket: str, prefix: str, error: Exception) -> ListingFailed:
    code = str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""
    where = settings.endpoint or f"AWS ({settings.region})"
    uri = f"{S3}{bucket}/{prefix}"
    if code == "NoSuchBucket":
        return ListingFailed(
            f"{uri} could not be listed: there is no bucket '{bucket}' at {where}. "
            "Check the bucket's name and AWS_ENDPOINT_URL_S3."
        )
    if code in _REFUSED:
        return ListingFailed(
            f"{uri} could not be listed: {where} refused the access key {settings.access_key} ({code}). "
            f"Allow it s3:ListBucket on the bucket '{bucket}', or give other credentials, and run again."
        )
    return ListingFailed(
        f"{uri} could not be listed at {where}: {error} Nothing was taken for empty; "
        "run again when the store answers."
    )

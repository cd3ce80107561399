"""Answers to ListObjectsV2, as columns."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_plus
from xml.etree import ElementTree

import pyarrow as pa

from placekeeper.model.objects import LISTING_SCHEMA
from placekeeper.objects.s3_answers import DamagedAnswer
from placekeeper.objects.uris import S3

_ROOT = "ListBucketResult"
_COLUMNS = [re.compile(f"<{name}>([^<&]*)</{name}>") for name in ("Key", "LastModified", "Size")]
_E_TAG = re.compile(r"<ETag>(?:&quot;|&#34;|\")?([^<&\"]*)(?:&quot;|&#34;|\")?</ETag>")
_TRUNCATED = re.compile(r"<IsTruncated>(true|false)</IsTruncated>")
_TOKEN = re.compile(r"<NextContinuationToken>([^<&]+)</NextContinuationToken>")


@dataclass(frozen=True)
class Page:
    """One page of a listing, as columns; `times` are ISO 8601, `e_tags` are without quotes.

    `folders` are the common prefixes of a listing with a delimiter.
    """

    keys: list[str]
    times: list[str]
    sizes: list[int]
    e_tags: list[str | None]
    folders: list[str]
    next_token: str | None


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
    """A ListObjectsV2 answer. Raises DamagedAnswer if it is something else, or not all of one."""
    try:
        return _plain_page(body.decode()) or _any_page(body)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise DamagedAnswer(f"a listing that cannot be read ({error})") from error


def _plain_page(text: str) -> Page | None:
    """A page written as stores write nearly all: read in half the time. None if it may be another."""
    count = text.count("<Contents>")
    whole = text.rstrip().endswith(f"</{_ROOT}>") and f"<{_ROOT}" in text[:500]
    if not count or not whole or "<!" in text or "<CommonPrefixes" in text:
        return None
    keys, times, sizes = (column.findall(text) for column in _COLUMNS)
    e_tags = _E_TAG.findall(text)
    truncated, token = _TRUNCATED.search(text), _TOKEN.search(text)
    if {len(keys), len(times), len(sizes), len(e_tags)} != {count} or truncated is None:
        return None
    if (truncated.group(1) == "true") != (token is not None):
        return None
    if "<EncodingType>url</EncodingType>" in text:
        keys = [unquote_plus(key) if "%" in key or "+" in key else key for key in keys]
    return Page(
        keys=keys,
        times=times,
        sizes=[int(size) for size in sizes],
        e_tags=[e_tag or None for e_tag in e_tags],
        folders=[],
        next_token=token.group(1) if token else None,
    )


def _any_page(body: bytes) -> Page:
    # The answer comes from the endpoint that gets our signature, and expat refuses entity bombs.
    root = ElementTree.fromstring(body)  # noqa: S314
    if not root.tag.endswith(_ROOT):
        raise DamagedAnswer(f"a {root.tag} instead of a {_ROOT}")
    space = root.tag.removesuffix(_ROOT)
    contents = root.findall(space + "Contents")
    keys = [_required(item, space + "Key") for item in contents]
    folders = [_required(item, space + "Prefix") for item in root.findall(space + "CommonPrefixes")]
    if root.findtext(space + "EncodingType") == "url":
        keys, folders = [[unquote_plus(key) for key in column] for column in (keys, folders)]
    truncated = root.findtext(space + "IsTruncated") == "true"
    return Page(
        keys=keys,
        times=[_required(item, space + "LastModified") for item in contents],
        sizes=[int(_required(item, space + "Size")) for item in contents],
        e_tags=[bare(item.findtext(space + "ETag")) for item in contents],
        folders=folders,
        next_token=_required(root, space + "NextContinuationToken") if truncated else None,
    )


def bare(e_tag: str | None) -> str | None:
    """An e_tag without its quotes."""
    return e_tag.strip('"') if e_tag else None


def _required(item: ElementTree.Element, tag: str) -> str:
    text = item.findtext(tag)
    if text is None:
        raise DamagedAnswer(f"a {item.tag} without {tag}")
    return text

"""Answers to ListObjectsV2, as columns."""

import re
from collections.abc import Sequence
from urllib.parse import unquote_plus
from xml.etree import ElementTree

import pyarrow as pa
from msgspec import Struct

from placekeeper.model.objects import CLASSED_LISTING_SCHEMA, LISTING_SCHEMA
from placekeeper.objects.s3.answers import DamagedAnswer
from placekeeper.objects.uris import S3

_ROOT = "ListBucketResult"
_COLUMNS = [re.compile(f"<{name}>([^<&]*)</{name}>") for name in ("Key", "LastModified", "Size")]
_E_TAG = re.compile(r"<ETag>(?:&quot;|&#34;|\")?([^<&\"]*)(?:&quot;|&#34;|\")?</ETag>")
_STORAGE_CLASS = re.compile(r"<StorageClass>([^<&]*)</StorageClass>")
DEFAULT_CLASS = "STANDARD"
_TRUNCATED = re.compile(r"<IsTruncated>(true|false)</IsTruncated>")
_TOKEN = re.compile(r"<NextContinuationToken>([^<&]+)</NextContinuationToken>")


_EPOCH = "1970-01-01T00:00:00Z"


class ListingPage(Struct, frozen=True):
    """One page of a listing, as columns; `times` are ISO 8601, `e_tags` are without quotes.

    `folders` are the common prefixes of a listing with a delimiter; `storage_classes` is None where nobody
    asked for them.
    """

    keys: list[str]
    times: list[str]
    sizes: list[int]
    e_tags: list[str | None]
    folders: list[str]
    next_token: str | None
    storage_classes: list[str] | None = None

    def rows(self, numbers: Sequence[int]) -> "ListingPage":
        """Some rows, as a page of their own."""
        classes = self.storage_classes
        return ListingPage(
            keys=[self.keys[number] for number in numbers],
            times=[self.times[number] for number in numbers],
            sizes=[self.sizes[number] for number in numbers],
            e_tags=[self.e_tags[number] for number in numbers],
            folders=[],
            next_token=None,
            storage_classes=None if classes is None else [classes[number] for number in numbers],
        )

    def with_folders(self) -> "ListingPage":
        """The same page with its folders as rows that end in a slash, in the order of keys."""
        if not self.folders:
            return self
        beside = ListingPage(
            keys=[*self.keys, *self.folders],
            times=[*self.times, *[_EPOCH] * len(self.folders)],
            sizes=[*self.sizes, *[0] * len(self.folders)],
            e_tags=[*self.e_tags, *[None] * len(self.folders)],
            folders=[],
            next_token=None,
            storage_classes=None
            if self.storage_classes is None
            else [*self.storage_classes, *[""] * len(self.folders)],
        )
        return beside.rows(sorted(range(len(beside.keys)), key=lambda number: beside.keys[number]))


def to_batch(bucket: str, pages: list[ListingPage]) -> pa.RecordBatch:
    """Pages as one batch of LISTING_SCHEMA; of CLASSED_LISTING_SCHEMA if they have storage classes."""
    start = f"{S3}{bucket}/"
    paths = [start + key for page in pages for key in page.keys]
    times = pa.array([time for page in pages for time in page.times], pa.string())
    nanoseconds = times.cast(pa.timestamp("ns", tz="UTC"))
    columns = [
        paths,
        nanoseconds.cast(pa.timestamp("ms", tz="UTC"), safe=False).cast(pa.int64()),
        [size for page in pages for size in page.sizes],
        [e_tag for page in pages for e_tag in page.e_tags],
        pa.nulls(len(paths), pa.string()),  # ListObjectsV2 names no versions
    ]
    if pages[0].storage_classes is None:
        return pa.record_batch(columns, schema=LISTING_SCHEMA)
    classes = [name for page in pages for name in page.storage_classes or ()]
    return pa.record_batch([*columns, classes], schema=CLASSED_LISTING_SCHEMA)


def parse_page(body: bytes, *, storage_classes: bool = False) -> ListingPage:
    """Parse a ListObjectsV2 answer. Raises DamagedAnswer if it is something else, or incomplete."""
    try:
        return _plain_page(body.decode(), storage_classes) or _any_page(body, storage_classes)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise DamagedAnswer(f"a listing that cannot be read ({error})") from error


def _plain_page(text: str, storage_classes: bool) -> ListingPage | None:
    """Parse a page in the usual form, in half the time; None if the form may be another."""
    count = text.count("<Contents>")
    whole = text.rstrip().endswith(f"</{_ROOT}>") and f"<{_ROOT}" in text[:500]
    if not count or not whole or "<!" in text or "<CommonPrefixes" in text:
        return None
    keys, times, sizes = (column.findall(text) for column in _COLUMNS)
    e_tags = _E_TAG.findall(text)
    classes = _STORAGE_CLASS.findall(text) if storage_classes else None
    truncated, token = _TRUNCATED.search(text), _TOKEN.search(text)
    columns = [keys, times, sizes, e_tags, *([] if classes is None else [classes])]
    if {len(column) for column in columns} != {count} or truncated is None:
        return None
    if (truncated.group(1) == "true") != (token is not None):
        return None
    if "<EncodingType>url</EncodingType>" in text:
        keys = [unquote_plus(key) if "%" in key or "+" in key else key for key in keys]
    return ListingPage(
        keys=keys,
        times=times,
        sizes=[int(size) for size in sizes],
        e_tags=[e_tag or None for e_tag in e_tags],
        folders=[],
        next_token=token.group(1) if token else None,
        storage_classes=classes,
    )


def _any_page(body: bytes, storage_classes: bool) -> ListingPage:
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
    return ListingPage(
        keys=keys,
        times=[_required(item, space + "LastModified") for item in contents],
        sizes=[int(_required(item, space + "Size")) for item in contents],
        e_tags=[bare(item.findtext(space + "ETag")) for item in contents],
        folders=folders,
        next_token=_required(root, space + "NextContinuationToken") if truncated else None,
        storage_classes=_classes(contents, space) if storage_classes else None,
    )


def _classes(contents: list[ElementTree.Element], space: str) -> list[str]:
    """The storage class of each object; STANDARD if the store does not name one."""
    return [item.findtext(space + "StorageClass") or DEFAULT_CLASS for item in contents]


def bare(e_tag: str | None) -> str | None:
    """An e_tag without its quotes."""
    return e_tag.strip('"') if e_tag else None


def _required(item: ElementTree.Element, tag: str) -> str:
    text = item.findtext(tag)
    if text is None:
        raise DamagedAnswer(f"a {item.tag} without {tag}")
    return text

"""AWS's bookmark string: the part of a state that AWS can exchange.

The string names no source. It holds only the objects of the consistency window, as hashes. The ledger holds
more than the string can express.

Source: docs/reference/members.md#the-jobbookmark-string.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from placekeeper.model.bookmark import BookmarkEntry, BookmarkState
from placekeeper.model.element import FileElement, IdElement, KeyElement, SnapshotElement, StateElement
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.rules.bookmarks.key_string import KEYS_CLASS, KeyMember, element_of, member_of

JSON_CLASS = "HadoopDataSourceJobBookmarkState"
IDS_CLASS = "PlacekeeperIdState"
"""The class of ours under which the string shows the ids of a Relationalize: AWS's is not public."""

EMPTY = "{}"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def object_hash(text: str) -> str:
    """MD5 of the UTF-8 bytes as an unsigned integer in lower-case hex, so without leading zeros."""
    return f"{int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest(), 'big'):x}"


def include_list(in_band: Iterable[tuple[str, int]]) -> str:
    """INCLUDE_LIST: two hashes for each object of the window, of path and mtime and of the path alone."""
    return ",".join(
        part
        for path, last_modified_ms in in_band
        for part in (object_hash(f"{path}{last_modified_ms}"), object_hash(path))
    )


def encode(state: BookmarkState) -> str:
    """The JobBookmark string of a state: compact JSON, every inner value a string.

    Tables of lake formats are left out: AWS has no bookmarks for them, and no run imports one.
    """
    return msgspec.json.encode(
        {
            context: _encoded(element)
            for context, element in state.items()
            if not isinstance(element, SnapshotElement)
        }
    ).decode()


def decode(job_bookmark: str) -> dict[str, Mapping[str, str]]:
    """The `timestamps` of each source of a JobBookmark string, by context."""
    elements: dict[str, Any] = msgspec.json.decode(job_bookmark)
    return {
        context: element["timestamps"]
        for context, element in elements.items()
        if element.get("jsonClass") not in (IDS_CLASS, KEYS_CLASS)
    }


def next_ids(job_bookmark: str) -> dict[str, int]:
    """The next id of each Relationalize of a JobBookmark string, by context."""
    elements: dict[str, Any] = msgspec.json.decode(job_bookmark)
    return {
        context: int(element["nextId"])
        for context, element in elements.items()
        if element.get("jsonClass") == IDS_CLASS
    }


def decode_state(job_bookmark: str) -> BookmarkState:
    """The elements that a string describes, marked as imported: without source and ledger.

    Raises UsageError for a text that is not such a string, and UnsupportedFeature for a context whose state
    is not that of an S3 source.
    """
    try:
        elements = msgspec.json.decode(job_bookmark, type=dict[str, _Element])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise UsageError(
            f"this is not a JobBookmark string of AWS Glue: {error}. Give what aws glue "
            "get-job-bookmark prints"
        ) from None
    others = sorted(f"{name} ({e.json_class})" for name, e in elements.items() if not e.is_known)
    if others:
        raise UnsupportedFeature(
            f"the JobBookmark string has contexts that cannot be imported yet: {', '.join(others)}. "
            f"Only those of S3 sources ({JSON_CLASS}) can be, and those of databases that Placekeeper has "
            "exported. Take the others out of the string; the next run then reads their sources whole"
        )
    return {context: _element(context, element) for context, element in elements.items()}


def entry_of(job_bookmark: str) -> BookmarkEntry:
    """Wrap a bare JobBookmark string in an entry, with the run after that of its elements, as AWS has it.

    Raises what `decode_state` raises.
    """
    runs = [element.run for element in decode_state(job_bookmark).values()]
    return BookmarkEntry(
        job_name="", version=1, run=max(runs, default=0) + 1, attempt=0, job_bookmark=job_bookmark
    )


class _Element(msgspec.Struct, frozen=True):
    json_class: str = msgspec.field(name="jsonClass")
    timestamps: dict[str, str] = {}
    next_id: str = msgspec.field(default="", name="nextId")
    run: str = ""
    keys: str = "[]"
    types: str = "[]"
    values: str = "[]"
    run_of_keys: str = msgspec.field(default="", name="RUN")

    @property
    def is_known(self) -> bool:
        if self.json_class == KEYS_CLASS:
            return bool(self.run_of_keys)  # AWS's own form is not public
        return self.json_class in (JSON_CLASS, IDS_CLASS)

    @property
    def keys_of(self) -> KeyMember:
        return KeyMember(keys=self.keys, types=self.types, values=self.values, run=self.run_of_keys)


def _element(context: str, element: _Element) -> StateElement:
    if element.json_class == IDS_CLASS:
        return _imported_ids(context, element)
    if element.json_class == KEYS_CLASS:
        return element_of(context, element.keys_of)
    return _imported(context, element.timestamps)


def _imported_ids(context: str, element: _Element) -> StateElement:
    try:
        return IdElement(next_id=int(element.next_id), run=int(element.run))
    except ValueError as error:
        raise UsageError(f"the JobBookmark string has a wrong value for '{context}': {error}") from None


def _imported(context: str, timestamps: Mapping[str, str]) -> StateElement:
    try:
        started = datetime.fromisoformat(timestamps["CURR_RUN_START_TIME"])
        return FileElement(
            source=None,
            run=int(timestamps["RUN"]),
            watermark_ms=(started - _EPOCH) // timedelta(milliseconds=1),
            band_ms=int(timestamps["HIGH_BAND"]),
            include_list=_parts(timestamps["INCLUDE_LIST"]),
            latest_partition_ms=int(timestamps["CURR_LATEST_PARTITION"]),
            latest_partitions=_parts(timestamps["CURR_LATEST_PARTITIONS"]),
        )
    except KeyError as error:
        raise UsageError(f"the JobBookmark string has no {error.args[0]} for '{context}'") from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"the JobBookmark string has a wrong value for '{context}': {error}") from None


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _encoded(element: FileElement | IdElement | KeyElement) -> object:
    if isinstance(element, KeyElement):
        return member_of(element)
    if isinstance(element, IdElement):
        return {"jsonClass": IDS_CLASS, "nextId": str(element.next_id), "run": str(element.run)}
    return {"jsonClass": JSON_CLASS, "timestamps": _timestamps(element)}


def _timestamps(element: FileElement) -> dict[str, str]:
    return {
        "RUN": str(element.run),
        "HIGH_BAND": str(element.band_ms),
        "CURR_LATEST_PARTITION": str(element.latest_partition_ms),
        "CURR_LATEST_PARTITIONS": ",".join(element.latest_partitions),
        "CURR_RUN_START_TIME": iso_instant(element.watermark_ms),
        "INCLUDE_LIST": ",".join(element.include_list) or include_list(element.in_band),
    }


def iso_instant(epoch_ms: int) -> str:
    """ISO 8601 in UTC with three decimals and Z, as the string has it."""
    seconds, ms = divmod(epoch_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"

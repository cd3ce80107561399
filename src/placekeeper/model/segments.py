"""The segments of the ledger: the references of a state, and merges."""

import msgspec

VersionRanges = tuple[tuple[int, int], ...]
"""A set of bookmark versions: sorted ranges, both ends included."""


class SegmentRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reference to one immutable, sorted part of the ledger, with its size and digest.

    `key` is relative to the state's segment folder; `digest` is the SHA-256 of the file in hex, and merging
    checks it. Only rows of `versions` count (empty, in old states: all): a merged segment has those of many
    commits, some of them of histories that were rewound. It may lack rows that versions before `whole_from`
    need, so it serves no state that ends before that.
    """

    key: str
    rows: int
    size: int
    digest: str
    versions: VersionRanges = ()
    whole_from: int = 0


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that replaces others of one transformation context: those whose versions it has.

    For each range of its `versions`, it has all rows of the context that were committed in that range.
    """

    context: str
    segment: SegmentRef


class MergeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable row: a merge, its ordinal in the bookmark, and when it was made."""

    number: int
    created_ms: int
    merge: Merge

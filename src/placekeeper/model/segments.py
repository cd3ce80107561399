"""The parts of the ledger: how a state points at them, and how they are merged."""

import msgspec

VersionRanges = tuple[tuple[int, int], ...]
"""A set of bookmark versions: sorted ranges, both ends in them."""


class SegmentRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The address of one immutable, sorted part of the ledger, and what must be found there.

    `key` is relative to the state's segment folder; `digest` is the SHA-256 of the file in hex, and merging
    checks it. Only rows of `versions` count (empty, in old states: all): a merged segment has those of many
    commits, some of them of histories that were rewound. It may lack rows that versions before `whole_from`
    would need, and stands for no state that ends before it.
    """

    key: str
    rows: int
    size: int
    digest: str
    versions: VersionRanges = ()
    whole_from: int = 0


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that stands for others of one transformation context: for those whose versions it has.

    A range of its `versions` says that it has all rows of the context that were committed in the range.
    """

    context: str
    segment: SegmentRef


class MergeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable row: a merge, its ordinal in the bookmark, and when it was made."""

    number: int
    created_ms: int
    merge: Merge

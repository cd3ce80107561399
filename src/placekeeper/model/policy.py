"""The reading policy of a source: options that are both job arguments and options of a source.

Source: docs/reference/arguments.md#placekeepers-own-arguments.
"""

from enum import StrEnum

import msgspec


class Policy(StrEnum):
    """--bookmark-policy: what decides whether an object is processed already."""

    EXACT = "exact"  # the ledger
    WINDOW = "window"  # AWS's window of time, for parity


class OnTouched(StrEnum):
    """--bookmark-touched: what to do with the same content under a new modification time."""

    READ = "read"
    IGNORE = "ignore"


class OnChanged(StrEnum):
    """--bookmark-changed: what to do with other content under a known path."""

    READ = "read"
    IGNORE = "ignore"
    FAIL = "fail"


class OnBackfill(StrEnum):
    """--bookmark-backfill: what to do when a changed source brings many objects that AWS would skip.

    It also decides about tables that seem to have begun anew.
    """

    FAIL = "fail"
    ALLOW = "allow"  # read it
    SEED = "seed"  # remember it as processed without reading it
    KEEP = "keep"  # a table has not begun anew: go on as before; elsewhere as `fail`


class OnBadFile(StrEnum):
    """--on-bad-file: what to do when an object does not hold what its format promises."""

    FAIL = "fail"
    QUARANTINE = "quarantine"  # note it, and begin again without it


class NativeReading(StrEnum):
    """--native-reading: whether the engine's own reader reads a source, where that gives the same rows."""

    AUTO = "auto"
    NEVER = "never"  # each object is checked while it is read


class ReadingPolicy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one source is read.

    `bounded_files` and `bounded_bytes` limit what one run takes (boundedFiles, boundedSize);
    `max_files_in_band` what it takes of the window's last part, with the policy `window` only.
    `bad_file_share` is the share of the chosen objects that may be bad, from 0 to 1.
    """

    policy: Policy = Policy.EXACT
    touched: OnTouched = OnTouched.READ
    changed: OnChanged = OnChanged.READ
    backfill: OnBackfill = OnBackfill.FAIL
    bounded_files: int | None = None
    bounded_bytes: int | None = None
    max_files_in_band: int | None = None
    on_bad_file: OnBadFile = OnBadFile.FAIL
    bad_file_share: float = 0.1
    native: NativeReading = NativeReading.AUTO

    @property
    def is_bounded(self) -> bool:
        """Whether one run may leave objects to the next."""
        return self.bounded_files is not None or self.bounded_bytes is not None

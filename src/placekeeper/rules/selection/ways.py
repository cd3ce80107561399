"""The way that a source is read, as far as names say it: by the engine's own reader, or by the scan.

The engine's reader is faster, and it is not ours. It takes a path for a pattern, and passes over what is
hidden. So it gets names that were tried on every engine, and the scan reads the rest.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from placekeeper.model.policy import NativeReading

SAIL: Final = "sail"
SPARK: Final = "spark"

MOST_OBJECTS: Final = 50_000
"""An engine keeps the list of them in each plan."""

_LOCAL, S3 = "file://", "s3://"
_PLAIN: Final = frozenset(" -_.=,+@~#&;!()'%/")
"""Characters of local names, beside letters and digits, that every engine takes as they are."""

_PLAIN_KEY: Final = re.compile(r"s3://[a-z0-9.-]+(/[A-Za-z0-9_.=+,@-]+)+")
_BOTH_WAYS: Final = frozenset({"parquet", "glueparquet"})
_STEPS: Final = frozenset({".", ".."})


class Way(NamedTuple):
    """How a source is read, and why, in a sentence without its end."""

    is_native: bool
    reason: str


NATIVE: Final = Way(True, "read by the engine's own reader: it reads these files value for value as the scan")


NOTHING: Final = Way(False, "nothing is read")
"""The way of a source of which nothing is chosen."""


def way_by_names(
    wanted: NativeReading,
    engine: str | None,
    paths: Sequence[str],
    *,
    describes_itself: bool,
    per_file: bool = False,
    shares_store: bool = True,
    deletes_at_once: bool = False,
) -> Way:
    """The way as far as it is known before an object is opened.

    `engine` is None where nobody knows it yet. `describes_itself` says that the format has footers of which
    it is known what engines make of them; `per_file` that records have columns about their file;
    `shares_store` that an engine's own client of S3 has our endpoint and credentials; `deletes_at_once` that
    what a script deletes does not wait for the commit.
    """
    if wanted is NativeReading.NEVER:
        return scanned("--native-reading never, or the source's nativeReading, says so")
    if deletes_at_once:
        return scanned(
            "with --output-visibility immediate, what a script deletes is gone before a later look"
        )
    if engine not in (None, SAIL, SPARK):
        return scanned(f"nothing is known of the reader of {engine}")
    if not describes_itself:
        return scanned("the engine's own reader is used for Parquet alone")
    if per_file:
        return scanned("the records have columns with the name or the time of their file")
    if len(paths) > MOST_OBJECTS:
        return scanned(f"there are more than {MOST_OBJECTS:,} objects, which an engine keeps in each plan")
    if engine == SPARK and any(path.startswith(S3) for path in paths):
        return scanned("Spark has no file system for S3 of its own")
    if not shares_store and any(path.startswith(S3) for path in paths):
        return scanned(
            f"{engine} finds credentials for S3 by environment variables alone, and ours are others"
        )
    odd = next((path for path in paths if not is_plain(path)), None)
    if odd is not None:
        return scanned(f"engines take the name of {odd} for something else, or pass over it")
    return NATIVE


def has_two_ways(format: str) -> bool:
    """Whether an engine's own reader may read a format."""
    return format.lower() in _BOTH_WAYS


def planned_way(format: str, wanted: NativeReading, paths: Sequence[str]) -> str:
    """What a plan says of the way of a source: what is known before the run; "" for formats with one way."""
    if not has_two_ways(format) or not paths:
        return ""
    way = way_by_names(wanted, None, paths, describes_itself=True)
    return (
        "by the engine's own reader, unless footers or folders say otherwise" if way.is_native else way.reason
    )


def is_plain(path: str) -> bool:
    """Whether every engine takes an object's URI for that object and nothing else."""
    name = path.rpartition("/")[2]
    if not name or name[0] in "._" or name.endswith("._COPYING_"):
        return False
    if path.startswith(S3):
        return bool(_PLAIN_KEY.fullmatch(path)) and _STEPS.isdisjoint(path.split("/"))
    rest = path.removeprefix(_LOCAL)
    return path.startswith(_LOCAL) and all(one.isalnum() or one in _PLAIN for one in rest)


def scanned(reason: str) -> Way:
    """The way of the scan, and why."""
    return Way(False, f"read by the scan: {reason}")

"""The reading policy of a source, from its connection options and the run's arguments.

Source: docs/reference/awsglue.md#connection-options.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from placekeeper.model.errors import UsageError
from placekeeper.model.policy import (
    NativeReading,
    OnBackfill,
    OnBadFile,
    OnChanged,
    OnTouched,
    Policy,
    ReadingPolicy,
)
from placekeeper.rules.selection.look_back import LOOK_BACK_ARGUMENTS
from placekeeper.rules.selection.marks import DEFAULT_SHARE

ARGUMENTS = {
    "--bookmark-policy": "bookmarkPolicy",
    "--bookmark-touched": "bookmarkTouched",
    "--bookmark-changed": "bookmarkChanged",
    "--bookmark-backfill": "bookmarkBackfill",
    "--on-bad-file": "onBadFile",
    "--bad-file-share": "badFileShare",
    "--native-reading": "nativeReading",
    **LOOK_BACK_ARGUMENTS,
}
"""Job arguments, and the options that override them for one source."""

OPTIONS = frozenset({*ARGUMENTS.values(), "boundedFiles", "boundedSize", "maxFilesInBand"})
"""All options that are read here."""

STORAGE_CLASSES = (
    *(
        "STANDARD",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "EXPRESS_ONEZONE",
        "REDUCED_REDUNDANCY",
    ),
    *("GLACIER_IR", "GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "SNOW", "FSX_OPENZFS", "FSX_ONTAP"),
    *("AWS_BACKUP_WARM", "AWS_BACKUP_LOW_COST_WARM"),
)
"""S3's names of its storage classes."""

LARGEST = 10**18
"""Above any number of files, bytes or milliseconds that a source can have."""

_Word = TypeVar("_Word", bound=StrEnum)


def reading_policy(options: Mapping[str, Any], arguments: Mapping[str, str]) -> ReadingPolicy:
    """How a source is read: its own options over the run's arguments over the defaults.

    Raises UsageError for a value that an option may not have, and for both bounds at once.
    """
    given = {own: arguments[name] for name, own in ARGUMENTS.items() if name in arguments}
    spelled = {own: name for name, own in ARGUMENTS.items() if own not in options} | {
        own: own for own in options
    }
    stated = given | dict(options)
    if "boundedFiles" in options and "boundedSize" in options:
        raise UsageError("boundedFiles and boundedSize cannot be used together: leave one of them out")

    def word(kind: type[_Word], name: str, default: _Word) -> _Word:
        if name not in stated:
            return default
        try:
            return kind(str(stated[name]))
        except ValueError:
            listed = ", ".join(kind)
            raise UsageError(f"{spelled[name]} must be one of {listed}, not '{stated[name]}'") from None

    return ReadingPolicy(
        policy=word(Policy, "bookmarkPolicy", Policy.EXACT),
        touched=word(OnTouched, "bookmarkTouched", OnTouched.READ),
        changed=word(OnChanged, "bookmarkChanged", OnChanged.READ),
        backfill=word(OnBackfill, "bookmarkBackfill", OnBackfill.FAIL),
        bounded_files=positive(options, "boundedFiles"),
        bounded_bytes=positive(options, "boundedSize"),
        max_files_in_band=positive(options, "maxFilesInBand"),
        on_bad_file=word(OnBadFile, "onBadFile", OnBadFile.FAIL),
        bad_file_share=_share(spelled["badFileShare"], stated.get("badFileShare")),
        native=word(NativeReading, "nativeReading", NativeReading.AUTO),
    )


def _share(name: str, value: object) -> float:
    """A part of the whole, which scripts write as a number or in a string; the default if it is not given.

    Raises UsageError for anything but a number from 0 to 1.
    """
    if value is None:
        return DEFAULT_SHARE
    try:
        share = float(str(value))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:  # this refuses NaN too
        raise UsageError(f"{name} must be a number from 0 to 1, such as {DEFAULT_SHARE}, not '{value}'")
    return share


def storage_classes(names: Iterable[str]) -> tuple[str, ...]:
    """The storage classes of these names, each once and sorted. Raises UsageError for another name."""
    found = tuple(sorted(set(names)))
    unknown = [name for name in found if name not in STORAGE_CLASSES]
    if unknown:
        raise UsageError(
            f"excludeStorageClasses has '{unknown[0]}', which is not a storage class of S3. "
            f"The classes are {', '.join(STORAGE_CLASSES)}"
        )
    return found


def positive(options: Mapping[str, Any], name: str) -> int | None:
    """A whole number above 0, which scripts write as a number or in a string; None where it is not given.

    Raises UsageError for anything else, and for more than `LARGEST`.
    """
    value = options.get(name)
    if value is None or value == "":
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal() and text.strip("0")):
        raise UsageError(f"{name} must be a whole number above 0, not {value!r}")
    if len(text) > len(str(LARGEST)) or int(text) > LARGEST:
        raise UsageError(f"{name} must be a whole number from 1 to {LARGEST:,}, not {text[:40]}")
    return int(text)

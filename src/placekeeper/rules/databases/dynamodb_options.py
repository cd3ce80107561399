"""The options of reads from and writes to DynamoDB, as scripts and tables of the catalog say them.

Source: docs/reference/dynamodb.md.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.wording import meant

READ_TABLE: Final = "dynamodb.input.tableName"
WRITTEN_TABLE: Final = "dynamodb.output.tableName"
READ_SHARE: Final = "dynamodb.throughput.read.percent"
WRITE_SHARE: Final = "dynamodb.throughput.write.percent"
_SPLITS: Final = "dynamodb.splits"
_TASKS, _RETRIES = "dynamodb.output.numParallelTasks", "dynamodb.output.retry"
_REGION, _ROLE, _SESSION = "dynamodb.region", "dynamodb.sts.roleArn", "dynamodb.sts.roleSessionName"
_OF_BOTH: Final = (_REGION, _ROLE, _SESSION)
_OF_READS: Final = (READ_TABLE, _SPLITS, READ_SHARE, *_OF_BOTH)
_OF_WRITES: Final = (WRITTEN_TABLE, _TASKS, _RETRIES, WRITE_SHARE, *_OF_BOTH)
_EXPORT: Final = (
    "dynamodb.export",
    "dynamodb.tableArn",
    "dynamodb.s3.bucket",
    "dynamodb.s3.prefix",
    "dynamodb.s3.bucketOwner",
    "dynamodb.unnestDDBJson",
    "dynamodb.simplifyDDBJson",
    "dynamodb.exportTime",
    "dynamodb.exportType",
)
_MOST_SEGMENTS: Final = 1_000_000
_RETRIES_DEFAULT: Final = 10
_ARN: Final = re.compile(r"arn:[\w-]+:dynamodb:(?P<region>[\w-]*):\d*:table/(?P<table>[\w.-]{3,255})(?:/.*)?")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")


class Place(Struct, frozen=True, kw_only=True):
    """A table by its name, its region ("" is that of the process), and the role that asks for it, if any."""

    table: str
    region: str = ""
    role: str = ""
    session: str = ""


class ScanOptions(Struct, frozen=True, kw_only=True):
    """How a table is read: `segments` is None where the script leaves it to the engine.

    `share` is the part of the table's capacity that may be used, None without a bound.
    """

    place: Place
    segments: int | None = None
    share: float | None = None
    notes: tuple[str, ...] = ()


class PutOptions(Struct, frozen=True, kw_only=True):
    """How items are put: by so many `tasks` at most (None: as many as the rows have), with `retries`.

    `share` is as that of ScanOptions.
    """

    place: Place
    tasks: int | None = None
    share: float | None = None
    retries: int = _RETRIES_DEFAULT
    notes: tuple[str, ...] = ()


def scan_options(given: Mapping[str, Any], known: Place | None = None) -> ScanOptions:
    """The options of a read; `known` is what a table of the catalog says.

    Raises UsageError for values that are none, and UnsupportedFeature for the export connector.
    """
    options = _said(given)
    _refuse_export(options)
    segments = _whole(options, _SPLITS, most=_MOST_SEGMENTS)
    return ScanOptions(
        place=_place(options, READ_TABLE, known),
        segments=segments,
        share=_share(options, READ_SHARE),
        notes=tuple(_unknown(options, _OF_READS, _OF_WRITES)),
    )


def put_options(given: Mapping[str, Any], known: Place | None = None) -> PutOptions:
    """The options of a write, likewise. Raises UsageError."""
    options = _said(given)
    retries = _whole(options, _RETRIES, least=0)
    return PutOptions(
        place=_place(options, WRITTEN_TABLE, known),
        tasks=_whole(options, _TASKS),
        retries=_RETRIES_DEFAULT if retries is None else retries,
        share=_share(options, WRITE_SHARE),
        notes=tuple(_unknown(options, _OF_WRITES, _OF_READS)),
    )


def place_of_table(name: str, spec: Mapping[str, Any]) -> Place:
    """The table of DynamoDB that a table of the catalog is of, by its location or its parameters.

    `name` is that of the catalog's table, with its database. Raises UnsupportedFeature where nothing says it.
    """
    storage = spec.get("StorageDescriptor") or {}
    own = {**(storage.get("Parameters") or {}), **(spec.get("Parameters") or {})}
    location = str(storage.get("Location") or "").strip()
    for text in (location, str(own.get("dynamodb.table.arn") or ""), str(own.get("sourceTable") or "")):
        found = _ARN.fullmatch(text)
        if found is not None:
            return Place(table=found["table"], region=found["region"])
    for text in (str(own.get("dynamodb.table.name") or ""), str(own.get("tableName") or ""), location):
        if _NAME.fullmatch(text):
            return Place(table=text)
    raise UnsupportedFeature(
        f"the table {name} is of DynamoDB, and does not say which one: its location {location!r} is no ARN, "
        "such as arn:aws:dynamodb:eu-west-1:123456789012:table/Orders. Correct it with aws glue "
        f"update-table, or read with connection_type='dynamodb' and {{'{READ_TABLE}': '…'}}"
    )


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are said, by names without quotes around them."""
    return {str(name).strip().strip("'\""): value for name, value in given.items() if value is not None}


def _place(options: Mapping[str, Any], option: str, known: Place | None) -> Place:
    text = str(options.get(option) or "").strip()
    region = str(options.get(_REGION) or "").strip()
    if not text and known is None:
        near = meant(option, [name for name in options if name != option])
        raise UsageError(f"the table of DynamoDB is not named: say {{'{option}': 'Orders'}}{near}")
    arn = _ARN.fullmatch(text)
    table = arn["table"] if arn else text or (known.table if known else "")
    if not _NAME.fullmatch(table):
        raise UsageError(
            f"{option} is {text!r}, and DynamoDB's names of tables have 3 to 255 of a-z, A-Z, 0-9, '_', '-' "
            "and '.'"
        )
    return Place(
        table=table,
        region=region or (arn["region"] if arn else known.region if known else ""),
        role=str(options.get(_ROLE) or "").strip(),
        session=str(options.get(_SESSION) or "").strip(),
    )


def _refuse_export(options: Mapping[str, Any]) -> None:
    named = next((name for name in _EXPORT if name in options), None)
    if named is None:
        return
    arn = _ARN.fullmatch(str(options.get("dynamodb.tableArn") or ""))
    table = arn["table"] if arn else "…"
    raise UnsupportedFeature(
        f"{named}: this option is of Glue's export connector, which has AWS write a table to S3 as it was at "
        f"one moment. Here the table itself is read: say {{'{READ_TABLE}': '{table}'}} instead. Or export it "
        "with aws dynamodb export-table-to-point-in-time, and read the files with format='json' and "
        "simplify_ddb_json()"
    )


def _whole(options: Mapping[str, Any], name: str, *, least: int = 1, most: int | None = None) -> int | None:
    value = options.get(name)
    if value is None or str(value).strip() == "":
        return None
    try:
        number = int(str(value).strip())
    except ValueError:
        number = least - 1
    if number < least or (most is not None and number > most):
        upto = f" to {most:,}" if most is not None else " or more"
        raise UsageError(f"{name} is a whole number, {least}{upto}, not {value!r}")
    return number


def _share(options: Mapping[str, Any], name: str) -> float | None:
    """The share of the capacity that a script allows. Raises UsageError for a wrong one."""
    value = options.get(name)
    if value is None:
        return None
    try:
        share = Decimal(str(value).strip())
    except InvalidOperation:
        share = Decimal(0)
    if not (share.is_finite() and Decimal("0.1") <= share <= Decimal("1.5")):
        raise UsageError(f"{name} is a number from 0.1 to 1.5, not {value!r}")
    return float(share)


def _unknown(options: Mapping[str, Any], known: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    own = ("transformation_ctx", "useCatalogSchema")
    return [
        f"{name} is ignored: it is an option of {'writes' if known is _OF_READS else 'reads'}"
        if name in others
        else f"{name} is ignored: DynamoDB has no such option here{meant(name, known)}"
        for name in options
        if name not in known and name not in own
    ]

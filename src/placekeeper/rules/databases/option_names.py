"""Names of options for databases: Glue's, Spark's and our own, and why some have no effect.

Source: docs/reference/databases.md#options.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.model.wording import meant, nearest
from placekeeper.rules.databases.new_tables import NAMES as NEW_TABLE
from placekeeper.rules.selection.look_back import LOOK_BACK_ARGUMENTS
from placekeeper.rules.selection.reading_options import OPTIONS

LOGIN: Final = (
    *("url", "user", "password", "secretId", "connectionName", "useConnectionProperties", "database"),
)
"""Where the database is, and who asks."""

READING: Final = (
    *("dbtable", "query", "sampleQuery", "enablePartitioningForSampleQuery", "sampleSize"),
    *("hashfield", "hashexpression", "hashpartitions"),
    *("partitionColumn", "lowerBound", "upperBound", "numPartitions"),
    *("jobBookmarkKeys", "jobBookmarkKeysSortOrder", "bookmarkPolicy"),
    *LOOK_BACK_ARGUMENTS.values(),
)
"""What is read, and how."""

SNOWFLAKE: Final[Mapping[str, str]] = MappingProxyType(
    {"sfSchema": "schema", "sfWarehouse": "warehouse", "sfRole": "role"}
)
"""Options of Snowflake's connector, and the parameters of the login that they are."""

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "username": "user",
        "jobbookmarkskeyssortorder": "jobBookmarkKeysSortOrder",
        "sfuser": "user",
        "sfpassword": "password",
        "sfdatabase": "database",
    }
)
"""Other spellings, in lower case."""

DRIVER: Final = (
    *("ssl", "sslmode", "sslrootcert", "sslcert", "sslkey", "useSSL", "requireSSL"),
    *("verifyServerCertificate", "serverSslCert", "encrypt", "trustServerCertificate"),
    *("hostNameInCertificate", "connectTimeout", "socketTimeout", "loginTimeout"),
    *("ApplicationName", "currentSchema", "serverTimezone", "characterEncoding"),
    "tinyInt1isBit",
)
"""Properties of drivers, which URLs have as parameters."""

_NO_FILES: Final = "rows go between the database and the run without files in between"
_DRIVERS: Final = "Placekeeper has drivers of its own, which need no jar"
_STREAMED: Final = "rows are streamed, and memory is bounded whatever the number of rows"
WITHOUT_EFFECT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "redshiftTmpDir": _NO_FILES,
        "tempDir": _NO_FILES,
        "tempFormat": _NO_FILES,
        "aws_iam_role": _NO_FILES,
        "extracopyoptions": _NO_FILES,
        "extraunloadoptions": _NO_FILES,
        "unload_s3_format": _NO_FILES,
        "customJdbcDriverS3Path": _DRIVERS,
        "customJdbcDriverClassName": _DRIVERS,
        "className": _DRIVERS,
        "driver": _DRIVERS,
        "fetchsize": _STREAMED,
        "bulkSize": "rows are written in bulk, as many at a time as memory allows",
        "batchsize": "rows are written in bulk, as many at a time as memory allows",
        "isolationLevel": "a run reads one moment of the database, and writes in one transaction",
        "autopushdown": "Placekeeper pushes no filters of Spark down",
        "pushDownPredicate": "Placekeeper pushes no filters of Spark down",
        "dataTypeMapping": "types are exact; docs/reference/database-types.md",
        "preactions": "it belongs to writes",
        "postactions": "it belongs to writes",
        **dict.fromkeys(NEW_TABLE, "it belongs to writes"),
    }
)
"""Options that are accepted, and why they have no effect."""

_REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "filterPredicate": "write the whole query as the option query",
        "sessionInitStatement": "let the database's user have it as a default (ALTER ROLE … SET …)",
        "prepareQuery": "write the whole query as the option query",
        "customSchema": "cast in the query, or with apply_mapping after reading",
    }
)
_KNOWN: Final = (*LOGIN, *READING, *SNOWFLAKE, "sfUrl", *DRIVER, *WITHOUT_EFFECT, *_REFUSED)
_OF_FILES: Final = frozenset(OPTIONS.difference(READING))


def canonical(options: Mapping[str, Any], own: Collection[str] = ()) -> dict[str, Any]:
    """Options that are not None by the names used here; drivers and Spark do not mind upper and lower case.

    `own` are further names. Raises UsageError for two spellings of one option with different values.
    """
    names = {name.lower(): name for name in (*_KNOWN, *own)} | dict(ALIASES)
    found: dict[str, Any] = {}
    for name, value in options.items():
        if value is None:
            continue
        meaning = names.get(str(name).lower(), str(name))
        if found.get(meaning, value) != value:
            raise UsageError(f"the option {meaning} is given twice, once as '{name}', with different values")
        found[meaning] = value
    return found


def unheeded(options: Mapping[str, Any], own: Collection[str] = ()) -> list[str]:
    """A sentence for each canonical option without effect. Raises UnsupportedFeature for those refused."""
    notes = []
    for name in options:
        if name in own:
            continue
        if name in _REFUSED:
            raise UnsupportedFeature(
                f"the option {name} is not there for databases: {_REFUSED[name]}, and leave {name} out"
            )
        if name in WITHOUT_EFFECT:
            notes.append(f"option {name} has no effect: {WITHOUT_EFFECT[name]}")
        elif name in _OF_FILES:
            notes.append(f"option {name} has no effect: it is about files, and a database has rows")
        elif name not in _KNOWN:
            notes.append(f"unknown connection option '{name}' was ignored{meant(name, {*_KNOWN, *own})}")
    return notes


def is_known(name: str) -> bool:
    """Whether it is the name of an option of databases, in any case."""
    return name.lower() in {one.lower() for one in _KNOWN} | ALIASES.keys()


def is_slip(name: str, own: Collection[str] = ()) -> bool:
    """Whether an unknown option is almost a known one."""
    return nearest(name, {*_KNOWN, *own}) is not None

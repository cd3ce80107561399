"""What a script's options say about a table of a database.

Source: docs/reference/databases.md#options.
"""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from placekeeper.model.databases import DEFAULT_PARTS, LookBack, Partitioning
from placekeeper.model.errors import UsageError
from placekeeper.model.policy import ReadingPolicy
from placekeeper.rules.databases.option_names import DRIVER, LOGIN, SNOWFLAKE, canonical, unheeded
from placekeeper.rules.databases.table_names import subquery_of
from placekeeper.rules.selection.look_back import look_back
from placekeeper.rules.selection.reading_options import positive, reading_policy

_OPEN_END: Final = re.compile(r"\s+(?:where|and)\s*;?\s*$", re.IGNORECASE)
_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no", ""})
_ORDERS: Final = MappingProxyType({"asc": False, "desc": True})
_NO_BOOKMARK: Final = "no bookmark follows a query, as on AWS: each run reads all of it"


class DatabaseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of one read or write. `login` are those that say where the database is, by their names;
    `parameters` those that the driver gets. `most_rows` is sampleSize. `notes` tell what has no effect."""

    login: Mapping[str, str]
    parameters: Mapping[str, str]
    dbtable: str = ""
    query: str = ""
    keys: tuple[str, ...] = ()
    descending: bool = False
    look_back: LookBack = LookBack()
    reading: ReadingPolicy = ReadingPolicy()
    partitioning: Partitioning | None = None
    most_rows: int | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"DatabaseOptions(dbtable={self.dbtable!r}, query={self.query!r})"


def database_options(
    options: Mapping[str, Any], arguments: Mapping[str, str], own: Collection[str] = ()
) -> DatabaseOptions:
    """Read options; `arguments` are the run's, `own` are names that the caller reads itself.

    Raises UsageError for values that options may not have, and UnsupportedFeature for options that are
    refused.
    """
    said = canonical(options, own)
    notes = unheeded(said, own)
    dbtable, query, partitions_query = _what(said, notes)
    keys = _keys(said.get("jobBookmarkKeys"))
    if query and keys:
        notes.append("jobBookmarkKeys has no effect: the rows are those of a query")
    return DatabaseOptions(
        login={name: text(said, name) for name in (*LOGIN, "sfUrl") if text(said, name)},
        parameters={
            **{name: str(said[name]) for name in DRIVER if name in said and name not in own},
            **{parameter: text(said, name) for name, parameter in SNOWFLAKE.items() if name in said},
        },
        dbtable=dbtable,
        query=query,
        keys=keys,
        descending=_order(said.get("jobBookmarkKeysSortOrder", "asc")),
        look_back=look_back(said, arguments),
        reading=reading_policy(
            {name: value for name, value in said.items() if name == "bookmarkPolicy"}, arguments
        ),
        partitioning=partitioning(said) if partitions_query else None,
        most_rows=_sample_size(said, notes),
        notes=tuple(notes),
    )


def _what(said: Mapping[str, Any], notes: list[str]) -> tuple[str, str, bool]:
    """Table, query, and whether partitions are meant."""
    dbtable, query, sample = (text(said, name).strip() for name in ("dbtable", "query", "sampleQuery"))
    if query and sample:
        raise UsageError("query and sampleQuery cannot be used together: leave one of them out")
    if query and dbtable:
        notes.append("dbtable has no effect: the rows are those of query")
    may_partition = True
    if sample:
        may_partition = flag(said, "enablePartitioningForSampleQuery")
        if may_partition:  # AWS adds its conditions to the end of the query
            sample = _OPEN_END.sub("", sample)
        query = sample
    query = (query or subquery_of(dbtable)).rstrip("; \n\t")
    if query:
        notes.append(_NO_BOOKMARK)
    return ("" if query else dbtable), query, may_partition


def partitioning(said: Mapping[str, Any]) -> Partitioning | None:
    """The parts that a script or a table's parameters ask for. Raises UsageError.

    `said` has canonical names.
    """
    field, expression = text(said, "hashfield").strip(), text(said, "hashexpression").strip()
    column = text(said, "partitionColumn").strip()
    if bool(field) + bool(expression) + bool(column) > 1:
        raise UsageError(
            "hashfield, hashexpression and partitionColumn each cut a table into parts: name one of them"
        )
    if column:
        bounds = [str(said.get(name, "")).strip() for name in ("lowerBound", "upperBound", "numPartitions")]
        if not all(bounds):
            raise UsageError("partitionColumn needs lowerBound, upperBound and numPartitions, as in Spark")
        return Partitioning(
            column=column, parts=positive(said, "numPartitions") or 1, lower=bounds[0], upper=bounds[1]
        )
    if not field and not expression:
        return None
    parts = positive(said, "hashpartitions") or DEFAULT_PARTS
    return Partitioning(column=field, expression=expression, parts=parts)


def _sample_size(said: Mapping[str, Any], notes: list[str]) -> int | None:
    size = positive(said, "sampleSize")
    if size is not None and not flag(said, "enablePartitioningForSampleQuery"):
        notes.append("option sampleSize has no effect without enablePartitioningForSampleQuery, as on AWS")
        return None
    return size


def _keys(value: object) -> tuple[str, ...]:
    """Names of columns in a list, a JSON list in a string, or a string with commas."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value) if value.strip().startswith("[") else value.split(",")
        except msgspec.DecodeError:
            raise _no_keys(value) from None
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise _no_keys(value)
    names = tuple(name.strip().strip('"`') for name in value if name.strip())
    doubled = [name for number, name in enumerate(names) if name.lower() in map(str.lower, names[:number])]
    if doubled:
        raise UsageError(f"jobBookmarkKeys names {doubled[0]} twice: name each column once")
    return names


def _no_keys(value: object) -> UsageError:
    return UsageError(f"jobBookmarkKeys is a list of names of columns, such as ['updated_at'], not {value!r}")


def _order(value: object) -> bool:
    found = _ORDERS.get(str(value).strip().lower())
    if found is None:
        raise UsageError(f"jobBookmarkKeysSortOrder is asc or desc, not {value!r}")
    return found


def text(said: Mapping[str, Any], name: str) -> str:
    """An option that is a string or, for switches, a truth value. Raises UsageError."""
    value = said.get(name, "")
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        raise UsageError(f"the connection option {name} is a string, not {type(value).__name__}")
    return value


def flag(said: Mapping[str, Any], name: str) -> bool:
    """A switch as scripts write it: True, "true"; False where it is not given. Raises UsageError."""
    shown = str(said.get(name, False)).strip().lower()
    if shown not in _TRUE | _FALSE:
        raise UsageError(f"the connection option {name} is true or false, not {said[name]!r}")
    return shown in _TRUE

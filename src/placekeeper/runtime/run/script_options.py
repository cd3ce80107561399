"""Options and names as a script gives them to `awsglue`, checked before a run works with them."""

import os.path
import uuid
from collections.abc import Mapping
from typing import Any

from placekeeper.model.errors import UsageError
from placekeeper.rules.databases.logins import is_database_type


def options_of(name: str, value: object) -> dict[str, Any]:
    """The options that a script gives as `name`; none for None. Raises UsageError for what is no dict."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise UsageError(f"{name} is a dict whose keys are names of options, not {value!r}")
    return dict(value)


def table_name_of(database: str | None, table_name: str | None, more: Mapping[str, Any]) -> tuple[str, str]:
    """The database and the table that a script names; `name_space` in `more` is an old name of `database`.

    Raises Exception in AWS's own words where one is missing or given twice.
    """
    if database is not None and "name_space" in more:
        raise Exception("Parameter name_space and database are both specified, choose one.")
    if database is None and "name_space" not in more:
        raise Exception("Parameter name_space or database is missing.")
    if table_name is None:
        raise Exception("Parameter table_name is missing.")
    return more.get("name_space", database), table_name


def table_in(options: Mapping[str, Any]) -> tuple[str, str] | None:
    """The catalog's table that connection options name in the words of setCatalogInfo; None without both."""
    database, table = options.get("catalogDatabase"), options.get("catalogTableName")
    return (str(database), str(table)) if database and table else None


def check_collection(connection_type: str) -> None:
    """Raises UsageError for a collection of frames that goes to a database, where each needs a table."""
    if is_database_type(connection_type) or connection_type == "dynamodb":
        raise UsageError(
            "a collection of frames cannot be written to one table of a database: write each of its frames "
            "to a table of its own, for name in collection.keys(): … frame=collection.select(name)"
        )


def frame_name(options: Mapping[str, Any]) -> str:
    """The name of a frame that is read: what its paths begin with, without ':', '/', '.'; else a new UUID."""
    paths = options.get("paths") or [options.get("path") or ""]
    names = [str(path) for path in (paths if isinstance(paths, list | tuple) else [paths])]
    prefix = os.path.commonprefix(names)  # noqa: RUF071 - character by character, as AWS does
    return prefix.translate(str.maketrans("", "", ":/.")) or str(uuid.uuid4())

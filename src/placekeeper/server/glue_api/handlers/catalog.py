"""The Data Catalog's databases and tables on the wire (glue-api.md §2.6, §2.7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from placekeeper.model.catalog import Database, Table
from placekeeper.model.errors import EntityNotFoundException, InvalidInputException
from placekeeper.server.beside.sts import ACCOUNT
from placekeeper.server.glue_api.handlers.jobs import PAGE_SIZE, timestamp
from placekeeper.server.protocol import paging

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        BatchDeleteTableRequestTypeDef,
        CreateDatabaseRequestTypeDef,
        CreateTableRequestTypeDef,
        DeleteDatabaseRequestTypeDef,
        DeleteTableRequestTypeDef,
        GetDatabaseRequestTypeDef,
        GetDatabasesRequestTypeDef,
        GetTableRequestTypeDef,
        GetTablesRequestTypeDef,
        UpdateDatabaseRequestTypeDef,
        UpdateTableRequestTypeDef,
    )

    from placekeeper.control.service import Control

_TIMES = ("LastAccessTime", "LastAnalyzedTime")
_AS_OF = ("TransactionId", "QueryAsOfTime")
_OPEN_FORMATS = ("OpenTableFormatInput", "UpdateOpenTableFormatInput", "ViewUpdateAction")


def create_database(control: Control, params: CreateDatabaseRequestTypeDef) -> Mapping[str, object]:
    """CreateDatabase; a name that is taken is AlreadyExistsException."""
    refuse(params, ["Tags"])
    control.catalog.create_database(cast("dict[str, Any]", params["DatabaseInput"]))
    return {}


def get_database(control: Control, params: GetDatabaseRequestTypeDef) -> Mapping[str, object]:
    """GetDatabase; a missing one is EntityNotFoundException."""
    return {"Database": _database_on_wire(control.catalog.database(params["Name"]))}


def get_databases(control: Control, params: GetDatabasesRequestTypeDef) -> Mapping[str, object]:
    """GetDatabases, by name; NextToken while there are more."""
    refuse(params, ["AttributesToGet"])
    after = paging.name_after("GetDatabases", params.get("NextToken"))
    page = control.catalog.databases(after=after, limit=params.get("MaxResults", PAGE_SIZE))
    return {
        "DatabaseList": [_database_on_wire(database) for database in page.items],
        "NextToken": paging.token("GetDatabases", page.items[-1].name) if page.more else None,
    }


def update_database(control: Control, params: UpdateDatabaseRequestTypeDef) -> Mapping[str, object]:
    """UpdateDatabase: what is said of it is overwritten as a whole."""
    control.catalog.update_database(params["Name"], cast("dict[str, Any]", params["DatabaseInput"]))
    return {}


def delete_database(control: Control, params: DeleteDatabaseRequestTypeDef) -> Mapping[str, object]:
    """DeleteDatabase, with its tables; a missing one is EntityNotFoundException."""
    control.catalog.delete_database(params["Name"])
    return {}


def create_table(control: Control, params: CreateTableRequestTypeDef) -> Mapping[str, object]:
    """CreateTable; a name that is taken is AlreadyExistsException."""
    refuse(params, ["PartitionIndexes", *_AS_OF, *_OPEN_FORMATS])
    control.catalog.create_table(params["DatabaseName"], _table_input(params))
    return {}


def get_table(control: Control, params: GetTableRequestTypeDef) -> Mapping[str, object]:
    """GetTable; a missing one is EntityNotFoundException."""
    refuse(params, ["AttributesToGet", *_AS_OF])
    return {"Table": _table_on_wire(control.catalog.table(params["DatabaseName"], params["Name"]))}


def get_tables(control: Control, params: GetTablesRequestTypeDef) -> Mapping[str, object]:
    """GetTables of a database, by name; NextToken while there are more."""
    refuse(params, ["Expression", "AttributesToGet", *_AS_OF])
    listing = paging.listing_of("GetTables", {"DatabaseName": params["DatabaseName"].lower()})
    after = paging.name_after(listing, params.get("NextToken"))
    size = params.get("MaxResults", PAGE_SIZE)
    page = control.catalog.tables(params["DatabaseName"], after=after, limit=size)
    return {
        "TableList": [_table_on_wire(table) for table in page.items],
        "NextToken": paging.token(listing, page.items[-1].name) if page.more else None,
    }


def update_table(control: Control, params: UpdateTableRequestTypeDef) -> Mapping[str, object]:
    """UpdateTable: the definition is overwritten as a whole, and no old version kept."""
    refuse(params, [*_AS_OF, *_OPEN_FORMATS])
    control.catalog.update_table(
        params["DatabaseName"], _table_input(params), version=params.get("VersionId")
    )
    return {}


def delete_table(control: Control, params: DeleteTableRequestTypeDef) -> Mapping[str, object]:
    """DeleteTable, with its partitions; a missing one is EntityNotFoundException."""
    refuse(params, _AS_OF)
    control.catalog.delete_table(params["DatabaseName"], params["Name"])
    return {}


def batch_delete_table(control: Control, params: BatchDeleteTableRequestTypeDef) -> Mapping[str, object]:
    """BatchDeleteTable: each for itself; those that are not there are in Errors."""
    refuse(params, _AS_OF)
    control.catalog.database(params["DatabaseName"])
    errors = []
    for name in params["TablesToDelete"]:
        try:
            control.catalog.delete_table(params["DatabaseName"], name)
        except EntityNotFoundException as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
            errors.append({"TableName": name, "ErrorDetail": detail})
    return {"Errors": errors}


def refuse(params: Mapping[str, Any], names: Collection[str]) -> None:
    """Raises InvalidInputException for members that would be without effect."""
    given = [name for name in names if params.get(name)]
    if given:
        raise InvalidInputException(f"{', '.join(given)}: not there yet in Placekeeper. Leave it out.")


def echo(spec: Mapping[str, Any]) -> dict[str, Any]:
    """An input structure as it was sent; times are kept as text."""
    times = {name: datetime.fromisoformat(spec[name]) for name in _TIMES if name in spec}
    return {**spec, **times, "CatalogId": ACCOUNT}


def _table_input(params: Mapping[str, Any]) -> dict[str, Any]:
    if "TableInput" not in params:
        raise InvalidInputException("TableInput is missing: it says what the table is.")
    return cast("dict[str, Any]", params["TableInput"])


def _database_on_wire(database: Database) -> Mapping[str, object]:
    shown = {"Name": database.name, "CreateTime": timestamp(database.created_ms)}
    return echo(database.spec) | shown


def _table_on_wire(table: Table) -> Mapping[str, object]:
    return echo(table.spec) | {
        "Name": table.name,
        "DatabaseName": table.database,
        "CreateTime": timestamp(table.created_ms),
        "UpdateTime": timestamp(table.modified_ms),
        "VersionId": str(table.version),
        "IsRegisteredWithLakeFormation": False,
    }

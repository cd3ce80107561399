"""What reading and writing a table of DynamoDB share: how it is found, and how tasks open it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from placekeeper.dynamodb.opening import TableSettings
from placekeeper.model.catalog import TableDefinition, TableRef
from placekeeper.rules.catalog.missing_names import missing_table
from placekeeper.rules.databases.dynamodb_options import Place
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.options import text_of

_NAMES: Final = ("database", "table_name")


def spec_in_catalog(
    run: Run, definition: Callable[[TableRef], TableDefinition], asked: Asked
) -> tuple[str, Mapping[str, Any]]:
    """Name and definition of the catalog's table that is asked for. Raises EntityNotFoundException."""
    database, name = (text_of(*part).lower() for part in zip(_NAMES, asked.table, strict=True))
    spec = definition(TableRef(database=database, name=name)).spec
    if spec is None:
        raise missing_table(database, name, run.client.table_names(database).names or ())
    return f"{database}.{name}", spec


def bounded(settings: TableSettings, share: float | None, capacity: int, *, tasks: int) -> TableSettings:
    """How each of several tasks opens a table, all of which together may use a share of its capacity."""
    return settings if share is None else replace(settings, units=share * capacity / tasks)


def without_bound(name: str, share: float | None, capacity: int) -> list[str]:
    """The note on the option `name` where a table has no capacity to take a share of."""
    if share is None or capacity:
        return []
    return [f"{name} has no effect: the table is paid by request, and has no capacity to take a share of"]


def settings_of(place: Place, doing: str) -> TableSettings:
    """How tasks open a table; `doing` is in the name of a role's session where the script gives none."""
    return TableSettings(
        name=place.table,
        region=place.region,
        role=place.role,
        role_session=place.session or f"placekeeper-dynamodb-{doing}",
    )

"""The door to databases: each product brings its driver, which is loaded when a script uses it."""

import importlib
from typing import TYPE_CHECKING, Any

from placekeeper.databases.products import product_of
from placekeeper.model.databases import Login
from placekeeper.model.errors import MissingExtra
from placekeeper.ports.databases import Database

if TYPE_CHECKING:
    from placekeeper.databases.dialect import Dialect


class SqlDatabases:
    """Implements ports.databases.Databases for all products."""

    def at(self, login: Login) -> Database:
        """See ports.databases.Databases."""
        load(login.product)
        made: Database = _module("connected").SqlDatabase(login)
        return made


def load(product: str) -> "Dialect":
    """The dialect of a product. Raises UnsupportedFeature, and MissingExtra without its driver."""
    row = product_of(product)
    try:
        for library in row.libraries:
            importlib.import_module(library)
        module = _module(row.module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {one.partition(".")[0] for one in row.libraries}:
            raise
        raise MissingExtra(f"reading a database of {product}", row.extra) from error
    made: Dialect = getattr(module, row.dialect)()
    return made


def _module(name: str) -> Any:
    """A module of this package that needs SQLAlchemy."""
    return importlib.import_module(f"placekeeper.databases.{name}")

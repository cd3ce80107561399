"""The door to databases: each product brings its driver, which is loaded when a script uses it."""

import importlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from placekeeper.databases.bounded import CONNECT_SECONDS
from placekeeper.databases.files import is_no_file
from placekeeper.databases.products import product_of
from placekeeper.model.databases import Login
from placekeeper.model.errors import MissingExtra, UnsupportedFeature, UsageError
from placekeeper.ports.databases import Database
from placekeeper.rules.databases.driver_parameters import certificate_files, with_short_connect

if TYPE_CHECKING:
    from placekeeper.databases.dialect import Dialect


class SqlDatabases:
    """Implements ports.databases.Databases for all products."""

    def at(self, login: Login) -> Database:
        """See ports.databases.Databases."""
        load(login.product)
        made: Database = _module("connected").SqlDatabase(login)
        return made


def connect_once(login: Login) -> None:
    """Connect as a run would, but no longer, and ask for nothing.

    Raises DatabaseFailed, MissingExtra, UsageError.
    """
    for path in certificate_files(login):
        if is_no_file(path):
            raise UsageError(
                f"{login.place}: the URL names {path} as a certificate or key, which is no regular file. "
                "Name a file with it, as PEM"
            )
    with SqlDatabases().at(with_short_connect(login, CONNECT_SECONDS)).session():
        pass


def load(product: str) -> "Dialect":
    """The dialect of a product. Raises UnsupportedFeature, and MissingExtra without its driver."""
    row = product_of(product)
    for library in row.libraries:
        load_driver(library, f"reading a database of {product}", row.extra)
    made: Dialect = getattr(_module(row.module), row.dialect)()
    return made


def load_driver(library: str, what: str, extra: str) -> None:
    """Import a driver. Raises MissingExtra without it, UnsupportedFeature if it is of another SQLAlchemy."""
    try:
        importlib.import_module(library)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != library.partition(".")[0]:
            raise
        raise MissingExtra(what, extra) from error
    except (AttributeError, ImportError) as error:  # as snowflake-sqlalchemy 1.11 on SQLAlchemy 2.1
        raise UnsupportedFeature(
            f"{what} needs {library}, which does not work with SQLAlchemy {version('sqlalchemy')} ({error}). "
            "Install one that it knows: pip install 'sqlalchemy<2.1'"
        ) from error


def _module(name: str) -> Any:
    """A module of this package that needs SQLAlchemy."""
    return importlib.import_module(f"placekeeper.databases.{name}")

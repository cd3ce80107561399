"""The products that scripts read and write: one row each says all that is not SQL."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import listed


class Product(Struct, frozen=True, kw_only=True):
    """One product: its module and class in this package, the extra and the libraries that it needs, its port
    and schema where a login or a table names none, and SQLAlchemy's name of its driver."""

    module: str
    dialect: str
    extra: str
    libraries: tuple[str, ...]
    port: int
    schema: str
    driver: str


PRODUCTS: Final[Mapping[str, Product]] = MappingProxyType(
    {
        "postgresql": Product(
            module="postgresql",
            dialect="PostgreSQL",
            extra="postgres",
            libraries=("psycopg", "adbc_driver_postgresql"),
            port=5432,
            schema="public",
            driver="postgresql+psycopg",
        ),
        "mysql": Product(
            module="mysql",
            dialect="MySQL",
            extra="mysql",
            libraries=("pymysql", "connectorx"),
            port=3306,
            schema="",
            driver="mysql+pymysql",
        ),
        "mariadb": Product(
            module="mysql",
            dialect="MySQL",
            extra="mysql",
            libraries=("pymysql", "connectorx"),
            port=3306,
            schema="",
            driver="mysql+pymysql",
        ),
        "sqlite": Product(
            module="sqlite",
            dialect="SQLite",
            extra="",
            libraries=(),
            port=0,
            schema="",
            driver="sqlite+pysqlite",
        ),
        "sqlserver": Product(
            module="sqlserver",
            dialect="SQLServer",
            extra="sqlserver",
            libraries=("pymssql",),
            port=1433,
            schema="dbo",
            driver="mssql+pymssql",
        ),
        "oracle": Product(
            module="oracle",
            dialect="Oracle",
            extra="oracle",
            libraries=("oracledb",),
            port=1521,
            schema="",
            driver="oracle+oracledb",
        ),
        "redshift": Product(
            module="redshift",
            dialect="Redshift",
            extra="postgres",
            libraries=("psycopg",),
            port=5439,
            schema="public",
            driver="postgresql+psycopg",
        ),
        "snowflake": Product(
            module="snowflake",
            dialect="Snowflake",
            extra="snowflake",
            libraries=("snowflake.sqlalchemy",),
            port=443,
            schema="PUBLIC",
            driver="snowflake",
        ),
    }
)
"""By the name that a login has (docs/reference/databases.md#products)."""


def product_of(name: str) -> Product:
    """The row of a product. Raises UnsupportedFeature, which lists those that there are."""
    found = PRODUCTS.get(name)
    if found is None:
        raise UnsupportedFeature(
            f"databases of the product {name!r} are not supported; there are {listed(sorted(PRODUCTS))}"
        )
    return found

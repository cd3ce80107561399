"""What differs between products when rows are written: types of new tables, upserts, transactions.

Source: docs/reference/database-writes.md.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import pyarrow as pa
import pyarrow.types as pat
from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import listed

Upsert = Literal["conflict", "duplicate", "merge"]
"""The statement of an upsert: ON CONFLICT, ON DUPLICATE KEY UPDATE, or MERGE."""


class WrittenProduct(Struct, frozen=True, kw_only=True):
    """How rows are written to a product.

    `types` are the SQL types of a new table by the name of an Arrow type. `decimal` has precision and scale,
    at most `digits`. `key_text` is the type of text in a key, `attempt` that of a 64-bit number. With
    `ddl_commits`, statements that make or change tables end the transaction that they are in. `truncated`
    says that TRUNCATE does so.
    """

    types: Mapping[str, str]
    decimal: str = "DECIMAL({},{})"
    digits: int = 38
    key_text: str = ""
    attempt: str = "BIGINT"
    short_text: str = "VARCHAR(255)"
    upsert: Upsert = "merge"
    ddl_commits: bool = False
    truncate_commits: bool = False


_STANDARD: Final = {
    "bool": "BOOLEAN",
    "int8": "SMALLINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float": "REAL",
    "double": "DOUBLE PRECISION",
    "string": "TEXT",
    "binary": "BYTEA",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}

PRODUCTS: Final[Mapping[str, WrittenProduct]] = MappingProxyType(
    {
        "postgresql": WrittenProduct(
            types=_STANDARD, decimal="NUMERIC({},{})", digits=1000, upsert="conflict"
        ),
        "mysql": WrittenProduct(
            types=_STANDARD
            | {
                "int8": "TINYINT",
                "float": "FLOAT",
                "double": "DOUBLE",
                "string": "LONGTEXT",
                "binary": "LONGBLOB",
                "timestamp": "DATETIME(6)",
                "timestamptz": "DATETIME(6)",
            },
            digits=65,
            key_text="VARCHAR(255)",
            upsert="duplicate",
            ddl_commits=True,
            truncate_commits=True,
        ),
        "sqlite": WrittenProduct(
            types=_STANDARD
            | {"double": "DOUBLE", "binary": "BLOB", "timestamptz": "TIMESTAMP", "int64": "INTEGER"},
            digits=15,
            upsert="conflict",
        ),
        "sqlserver": WrittenProduct(
            types=_STANDARD
            | {
                "bool": "BIT",
                "double": "FLOAT(53)",
                "string": "NVARCHAR(MAX)",
                "binary": "VARBINARY(MAX)",
                "timestamp": "DATETIME2(6)",
                "timestamptz": "DATETIMEOFFSET(6)",
            },
            key_text="NVARCHAR(255)",
        ),
        "oracle": WrittenProduct(
            types={
                "bool": "NUMBER(1)",
                "int8": "NUMBER(3)",
                "int16": "NUMBER(5)",
                "int32": "NUMBER(10)",
                "int64": "NUMBER(19)",
                "float": "BINARY_FLOAT",
                "double": "BINARY_DOUBLE",
                "string": "CLOB",
                "binary": "BLOB",
                "date": "DATE",
                "timestamp": "TIMESTAMP(6)",
                "timestamptz": "TIMESTAMP(6) WITH TIME ZONE",
            },
            decimal="NUMBER({},{})",
            key_text="VARCHAR2(255 CHAR)",
            attempt="NUMBER(19)",
            short_text="VARCHAR2(255 CHAR)",
            ddl_commits=True,
            truncate_commits=True,
        ),
        "redshift": WrittenProduct(
            types=_STANDARD | {"string": "VARCHAR(65535)", "binary": "VARBYTE", "timestamptz": "TIMESTAMPTZ"},
            key_text="VARCHAR(255)",
            truncate_commits=True,
        ),
        "snowflake": WrittenProduct(
            types=_STANDARD
            | {
                "float": "FLOAT",
                "double": "FLOAT",
                "binary": "BINARY",
                "timestamp": "TIMESTAMP_NTZ",
                "timestamptz": "TIMESTAMP_TZ",
            },
            ddl_commits=True,
            truncate_commits=True,
        ),
    }
)
"""By the product of a Login."""


def written_product(name: str) -> WrittenProduct:
    """How a product is written. Raises UnsupportedFeature for one that is not."""
    found = PRODUCTS.get(family(name))
    if found is None:
        raise UnsupportedFeature(f"tables of {name} are not written: Placekeeper writes {listed(PRODUCTS)}")
    return found


def family(product: str) -> str:
    """The product whose SQL a product speaks: MariaDB is written as MySQL."""
    return "mysql" if product == "mariadb" else product


def new_type(product: WrittenProduct, field: pa.Field, *, is_key: bool) -> str:
    """The SQL type of a column that a write makes. Raises UnsupportedFeature for a type without one."""
    data_type = field.type
    if pat.is_decimal(data_type):
        if data_type.precision > product.digits:
            return product.key_text if is_key and product.key_text else product.types["string"]
        return product.decimal.format(data_type.precision, data_type.scale)
    name = _name(data_type)
    if name == "string" and is_key and product.key_text:
        return product.key_text
    if name not in product.types:
        raise UnsupportedFeature(
            f"the column {field.name} is {data_type}, which has no type in a database table. Flatten it with "
            "relationalize or unnest, or make it text with to_json"
        )
    return product.types[name]


def _name(data_type: pa.DataType) -> str:
    if pat.is_null(data_type):
        return "string"
    if pat.is_timestamp(data_type):
        return "timestamptz" if data_type.tz else "timestamp"
    if pat.is_date(data_type):
        return "date"
    return str(data_type)

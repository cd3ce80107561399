"""The kinds of tables that a catalog has: what a table's definition says about who holds its rows.

Source: docs/reference/lake-formats.md#kinds-of-tables.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import msgspec

from placekeeper.model.errors import UnsupportedFeature

_DATABASES: Final = frozenset(
    ("postgresql", "mysql", "mariadb", "sqlserver", "oracle", "redshift", "snowflake", "sqlite", "db2")
)
_DOCUMENTS: Final = frozenset(("mongodb", "documentdb"))
_STREAMS: Final = frozenset(("kinesis", "kafka"))
_PROVIDER: Final = "spark.sql.sources.provider"
_WRAP: Final = "and wrap it with DynamicFrame.fromDF(spark.createDataFrame(…), glueContext, 'name')"


class TableKind(StrEnum):
    """Who holds the rows of a table."""

    FILES = "files"
    ICEBERG = "Iceberg"
    DELTA = "Delta Lake"
    HUDI = "Hudi"
    JDBC = "JDBC"
    DYNAMODB = "DynamoDB"
    MONGODB = "MongoDB"
    STREAM = "stream"


class Marks(msgspec.Struct, frozen=True):
    """What a definition (TableInput) says about its kind, in lower case; "" for what it does not say."""

    table_type: str
    provider: str
    classification: str
    connection: str
    library: str
    input_format: str
    type_of_data: str

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> "Marks":
        """The marks of a definition."""
        storage = spec.get("StorageDescriptor") or {}
        own = {**(storage.get("Parameters") or {}), **(spec.get("Parameters") or {})}

        def said(name: str) -> str:
            return str(own.get(name) or "").strip().lower()

        return cls(
            table_type=said("table_type"),
            provider=said(_PROVIDER),
            classification=said("classification"),
            connection=str(own.get("connectionName") or "").strip(),
            library=str((storage.get("SerdeInfo") or {}).get("SerializationLibrary") or ""),
            input_format=str(storage.get("InputFormat") or "").lower(),
            type_of_data=said("typeOfData"),
        )

    def are_of(self, format: str) -> bool:
        """Whether any of the marks that lake formats leave names this one."""
        named = format in (self.table_type, self.provider, self.classification)
        return named or f".{format}." in self.input_format


_ROWS: Final[tuple[tuple[TableKind, Callable[[Marks], bool]], ...]] = (
    (TableKind.ICEBERG, lambda marks: marks.are_of("iceberg")),
    (TableKind.DELTA, lambda marks: marks.are_of("delta")),
    (TableKind.HUDI, lambda marks: marks.are_of("hudi")),
    (TableKind.DYNAMODB, lambda marks: marks.classification == "dynamodb"),
    (TableKind.MONGODB, lambda marks: marks.classification in _DOCUMENTS),
    (TableKind.STREAM, lambda marks: not _STREAMS.isdisjoint((marks.type_of_data, marks.classification))),
    (TableKind.JDBC, lambda marks: marks.classification in _DATABASES),
    # A crawler of files may have a connection too: that of its network.
    (TableKind.JDBC, lambda marks: bool(marks.connection) and not marks.library),
)
"""How each kind is recognised; the first row that fits counts."""


def kind_of(spec: Mapping[str, Any]) -> TableKind:
    """The kind of a table, by its definition; files, where nothing says another one."""
    marks = Marks.of(spec)
    return next((kind for kind, fits in _ROWS if fits(marks)), TableKind.FILES)


def _in_mongodb(name: str, _marks: Marks) -> str:
    return (
        f"{name} is a collection of MongoDB, which Placekeeper does not read or write yet. Until then read "
        f"it in the script with pymongo {_WRAP}"
    )


def _in_stream(name: str, _marks: Marks) -> str:
    return (
        f"{name} is a table on a stream (Kinesis or Kafka), which Placekeeper does not read. Let the stream "
        "be delivered as files, and read these with a bookmark"
    )


def _in_hudi(name: str, _marks: Marks) -> str:
    return (
        f"{name} is a Hudi table, and no library that Placekeeper uses reads or writes Hudi. Run the job on "
        "Spark with Hudi's own package: --engine spark --extra-jars hudi-spark-bundle.jar, and spark.read"
    )


REFUSED: Final[Mapping[TableKind, Callable[[str, Marks], str]]] = MappingProxyType(
    {
        TableKind.MONGODB: _in_mongodb,
        TableKind.STREAM: _in_stream,
        TableKind.HUDI: _in_hudi,
    }
)
"""What is said of kinds that nothing here reads or writes, given the table's name and its marks."""


def refusal(name: str, spec: Mapping[str, Any]) -> UnsupportedFeature | None:
    """The error for a table of a kind that nothing here reads or writes; None for the others.

    `name` is how a sentence begins: "the table db.t".
    """
    say = REFUSED.get(kind_of(spec))
    return None if say is None else UnsupportedFeature(say(name, Marks.of(spec)))


def check_files(name: str, spec: Mapping[str, Any]) -> None:
    """Raises UnsupportedFeature for a table that is not made of files that anybody may list."""
    refused = refusal(name, spec)
    if refused is not None:
        raise refused
    kind = kind_of(spec)
    if kind is TableKind.DYNAMODB:
        raise UnsupportedFeature(
            f"{name} is a table of DynamoDB: it has items and no files. Read and write it with from_catalog"
        )
    if kind is TableKind.JDBC:
        raise UnsupportedFeature(
            f"{name} is a table of a database: it has rows and no files. Read and write it with from_catalog"
        )
    if kind is not TableKind.FILES:
        article = "an" if kind is TableKind.ICEBERG else "a"
        raise UnsupportedFeature(
            f"{name} is {article} {kind} table: its metadata says which of its files count, so nobody may "
            "list them. Read and write it with from_catalog; to replace all its rows, write with the option "
            "mode: overwrite"
        )

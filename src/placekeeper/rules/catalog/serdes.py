"""Hive's serialization libraries (SerDes), by which catalog tables say what their files are.

The format that belongs to each is in the registry of formats (runtime/formats/registry.py). The library
itself stands here, because a plan looks at tables too, and sees no reader.
"""

from typing import Final

import msgspec


class SerDe(msgspec.Struct, frozen=True):
    """A serialization library by the last part of its name.

    `separator` is the parameter that holds the separator, and its default. It is None for libraries whose
    files name their own columns: such tables have no dialect, and the table's columns are ignored.
    """

    name: str
    separator: tuple[str, str] | None = None

    @property
    def is_described(self) -> bool:
        """Whether the table names the columns, because the files do not."""
        return self.separator is not None


OPEN_CSV: Final = SerDe("OpenCSVSerde", ("separatorChar", ","))
LAZY_SIMPLE: Final = SerDe("LazySimpleSerDe", ("field.delim", "\x01"))
JSON_SERDE: Final = SerDe("JsonSerDe")
PARQUET_HIVE: Final = SerDe("ParquetHiveSerDe")
ORC_SERDE: Final = SerDe("OrcSerde")
AVRO_SERDE: Final = SerDe("AvroSerDe")

SERDES: Final = {
    serde.name: serde for serde in (OPEN_CSV, LAZY_SIMPLE, JSON_SERDE, PARQUET_HIVE, ORC_SERDE, AVRO_SERDE)
}
"""The serialization libraries that can be read, by name."""

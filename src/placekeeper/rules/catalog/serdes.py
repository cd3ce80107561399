"""Hive's serialization libraries (SerDes), by which catalog tables say what their files are.

The format that belongs to each is in the registry of formats (runtime/formats/registry.py). The library
itself stands here, because a plan looks at tables too, and sees no reader.
"""

from typing import Final

import msgspec

_TEXT_INPUT: Final = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


class SerDe(msgspec.Struct, frozen=True):
    """A serialization library by the last part of its name.

    `separator` is the parameter that holds the separator, and its default. It is None for libraries whose
    files name their own columns: such tables have no dialect, and the table's columns are ignored. `quote`
    and `escape` are the parameters of these characters, None where the library has none.

    `library` is the whole name, `input_format` and `output_format` are Hadoop's classes, and `classification`
    is Glue's word: what a table says that a write makes. Without a `library` no table is made.
    """

    name: str
    separator: tuple[str, str] | None = None
    quote: str | None = None
    escape: str | None = None
    library: str = ""
    input_format: str = _TEXT_INPUT
    output_format: str = _TEXT_OUTPUT
    classification: str = ""

    @property
    def is_described(self) -> bool:
        """Whether the table names the columns, because the files do not."""
        return self.separator is not None


OPEN_CSV: Final = SerDe(
    "OpenCSVSerde",
    ("separatorChar", ","),
    quote="quoteChar",
    escape="escapeChar",
    library="org.apache.hadoop.hive.serde2.OpenCSVSerde",
    classification="csv",
)
LAZY_SIMPLE: Final = SerDe(
    "LazySimpleSerDe",
    ("field.delim", "\x01"),
    escape="escape.delim",
    library="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    classification="csv",
)
JSON_SERDE: Final = SerDe("JsonSerDe", library="org.openx.data.jsonserde.JsonSerDe", classification="json")
PARQUET_HIVE: Final = SerDe(
    "ParquetHiveSerDe",
    library="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    classification="parquet",
)
ORC_SERDE: Final = SerDe(
    "OrcSerde",
    library="org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    input_format="org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
    output_format="org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
    classification="orc",
)
AVRO_SERDE: Final = SerDe(
    "AvroSerDe",
    library="org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    input_format="org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
    output_format="org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
    classification="avro",
)

GROK_SERDE: Final = SerDe("GrokSerDe")
"""Glue's own; its tables say the pattern."""

XML_CLASSIFIED: Final = SerDe("(xml)", classification="xml")
"""Tables that a crawler makes of XML have no library, but a classification and a rowTag."""

CSV_CLASSIFIED: Final = SerDe(
    "(csv)", ("delimiter", ","), quote="quoteChar", escape="escapeChar", classification="csv"
)
"""Tables of CSV without a library say their separator as a crawler's `delimiter`."""

_BY_NAME: Final = (OPEN_CSV, LAZY_SIMPLE, JSON_SERDE, PARQUET_HIVE, ORC_SERDE, AVRO_SERDE, GROK_SERDE)

SERDES: Final = {serde.name: serde for serde in _BY_NAME}
"""The serialization libraries that can be read, by name."""

CLASSIFIED: Final = {
    "csv": CSV_CLASSIFIED,
    "json": JSON_SERDE,
    "parquet": PARQUET_HIVE,
    "orc": ORC_SERDE,
    "avro": AVRO_SERDE,
    "xml": XML_CLASSIFIED,
    "grok": GROK_SERDE,
    "groklog": GROK_SERDE,
}
"""The library by which files are read whose table names none, by the table's `classification`."""

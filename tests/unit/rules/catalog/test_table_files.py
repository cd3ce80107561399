"""What a catalog table says of files."""

from typing import Any

import pytest

from placekeeper.model.catalog import TablePartition, TableRef, TableSnapshot
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.source import FileSource, Partition
from placekeeper.rules.catalog.table_files import files_of, of_table
from placekeeper.runtime.formats.registry import FORMATS

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
REF = TableRef(database="d", name="t")
CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
SOURCE = FileSource(connection_type="s3", paths=("s3://b/old/",), format="csv")


def snapshot(
    library: str = CSV,
    *,
    serde: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
    partitions: tuple[TablePartition, ...] | None = None,
    **storage: Any,
) -> TableSnapshot:
    said = {
        "Location": "s3://b/t",
        "Columns": [{"Name": "id", "Type": "int"}],
        "SerdeInfo": {"SerializationLibrary": library, "Parameters": serde or {}},
    }
    spec: dict[str, Any] = {"StorageDescriptor": said | storage, "Parameters": parameters or {}}
    return TableSnapshot(ref=REF, spec=spec, partitions=partitions)


def partition(
    value: str,
    location: str | None,
    created_ms: int = 1,
    library: str = CSV,
    serde: dict[str, str] | None = None,
    **parameters: str,
) -> TablePartition:
    storage: dict[str, Any] = {"SerdeInfo": {"SerializationLibrary": library, "Parameters": serde or {}}}
    storage |= {"Location": location} if location else {}
    spec = {"StorageDescriptor": storage, "Parameters": parameters}
    return TablePartition(values=(value,), spec=spec, created_ms=created_ms)


@pytest.mark.parametrize(
    ("table", "format", "options"),
    [
        (snapshot(), "csv", {"separator": ","}),
        (
            snapshot(serde={"separatorChar": ";", "quoteChar": "'", "escapeChar": "\\"}),
            "csv",
            {"separator": ";", "quoteChar": "'", "escaper": "\\"},
        ),
        (snapshot("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"), "csv", {"separator": "\x01"}),
        (
            snapshot(serde={"serialization.encoding": "windows-1252", "line.delim": "\n"}),
            "csv",
            {"separator": ",", "encoding": "windows-1252"},
        ),
        (
            snapshot(
                "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                serde={"field.delim": "|"},
                parameters={"skip.header.line.count": "1", "compressionType": "gzip"},
            ),
            "csv",
            {"separator": "|", "skipFirst": "true", "compressionType": "gzip"},
        ),
        (snapshot("org.openx.data.jsonserde.JsonSerDe"), "json", {}),
        (
            snapshot(LAZY, serde={"serialization.format": "44"}, parameters={"compressionType": "none"}),
            "csv",
            {"separator": ","},
        ),
        (snapshot(LAZY, serde={"serialization.format": "1"}), "csv", {"separator": "\x01"}),
        (
            snapshot(LAZY, serde={"field.delim": "\t", "serialization.format": "1"}),
            "csv",
            {"separator": "\t"},
        ),
        (
            snapshot(
                "org.openx.data.jsonserde.JsonSerDe",
                serde={"ignore.malformed.json": "TRUE"},
                parameters={"jsonPath": "$[*]", "compressionType": "gzip"},
            ),
            "json",
            {"jsonPath": "$[*]", "isFailFast": "false", "compressionType": "gzip"},
        ),
        (snapshot("", parameters={"classification": "CSV"}), "csv", {"separator": ","}),
        (
            snapshot("", parameters={"classification": "csv", "delimiter": ";", "escapeChar": "\\"}),
            "csv",
            {"separator": ";", "escaper": "\\"},
        ),
        (snapshot("", parameters={"classification": "parquet"}), "parquet", {}),
        (snapshot("", parameters={"classification": "orc"}), "orc", {}),
        (snapshot("", parameters={"classification": "avro"}), "avro", {"version": "1.8"}),
        (
            snapshot("", parameters={"classification": "xml", "rowTag": "r", "excludeAttribute": "true"}),
            "xml",
            {"rowTag": "r", "excludeAttribute": "true"},
        ),
        (
            snapshot("", parameters={"classification": "grok", "grokPattern": "%{WORD:a}"}),
            "groklog",
            {"logFormat": "%{WORD:a}"},
        ),
        (snapshot("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"), "parquet", {}),
    ],
)
def test_libraries_are_formats(table: TableSnapshot, format: str, options: dict[str, str]) -> None:
    files = files_of(table)
    name = FORMATS.of_serde(files.serde).name
    assert (name, files.format_options, files.location) == (format, options, "s3://b/t")
    assert files.columns == ((("id", "int"),) if format == "csv" else ())


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (snapshot("x.RegexSerDe"), "RegexSerDe"),
        (snapshot(Location=None), "location .none"),
        (snapshot(Columns=[]), "has no columns"),
        (snapshot(parameters={"skip.header.line.count": "2"}), "skip.header.line.count 2"),
        (snapshot(partitions=(partition("1", "s3://b/1", library="x.JsonSerDe"),)), "JsonSerDe"),
        (
            snapshot(partitions=(partition("1", "s3://b/1", serde={"separatorChar": "|"}),)),
            "partition .'1'. of the table d.t differs from the table in separator",
        ),
        (
            snapshot(partitions=(partition("1", "s3://b/1", **{"skip.header.line.count": "1"}),)),
            "differs from the table in skipFirst",
        ),
    ],
)
def test_what_is_not_read_is_refused(table: TableSnapshot, why: str) -> None:
    with pytest.raises(UnsupportedFeature, match=why):
        files_of(table)


def test_a_source_has_the_partitions_of_now() -> None:
    table = snapshot(partitions=(partition("2", "s3://b/2", 7), partition("1", "s3://b/1/", 5)))
    source = of_table(SOURCE, table, str)
    assert source.paths == ("s3://b/1/", "s3://b/2/")
    assert source.partitions == (Partition("s3://b/1/", 5), Partition("s3://b/2/", 7))
    assert (source.table, source.name) == (REF, "d.t")
    assert of_table(SOURCE, snapshot(), str).paths == ("s3://b/t",)
    assert of_table(SOURCE, snapshot(partitions=()), str).paths == ()


@pytest.mark.parametrize("locations", [(None,), ("s3://b/1", "s3://b/1/"), ("s3://b/", "s3://b/1")])
def test_partitions_that_are_no_folders_of_their_own(locations: tuple[str | None, ...]) -> None:
    partitions = tuple(partition(str(n), location) for n, location in enumerate(locations))
    with pytest.raises(UnsupportedFeature):
        of_table(SOURCE, snapshot(partitions=partitions), str)


def test_another_predicate_is_another_source_and_a_new_partition_is_not() -> None:
    one = of_table(SOURCE, snapshot(partitions=()), str)
    more = of_table(SOURCE, snapshot(partitions=(partition("1", "s3://b/1"),)), str)
    other = TableSnapshot(
        ref=TableRef(database="d", name="t", predicates=("a = 1",)), spec=snapshot().spec, partitions=()
    )
    assert one.lists_like(more)
    assert not one.lists_like(of_table(SOURCE, other, str))
    assert not one.lists_like(SOURCE)


def test_other_line_ends_are_refused() -> None:
    with pytest.raises(UnsupportedFeature, match=r"line\.delim ';'"):
        files_of(snapshot(serde={"line.delim": ";"}))


def test_a_footer_is_refused_and_none_is_not() -> None:
    assert files_of(snapshot(parameters={"skip.footer.line.count": "0"})).format_options == {"separator": ","}
    with pytest.raises(UnsupportedFeature, match=r"skip\.footer\.line\.count 1"):
        files_of(snapshot(parameters={"skip.footer.line.count": "1"}))


def test_a_partition_may_have_its_own_schema_of_avro_and_no_other_library() -> None:
    avro = "org.apache.hadoop.hive.serde2.avro.AvroSerDe"
    own = {"avro.schema.literal": '{"type": "record", "name": "r", "fields": []}'}
    files_of(snapshot(avro, partitions=(partition("1", "s3://b/1", library=avro, serde=own),)))
    files_of(snapshot(CSV, partitions=(partition("1", "s3://b/1", library="", classification="csv"),)))
    other = TablePartition(
        values=("1",),
        spec={"StorageDescriptor": {"Location": "s3://b/1"}, "Parameters": {"classification": "json"}},
        created_ms=1,
    )
    with pytest.raises(UnsupportedFeature, match=r"its partition .* has json"):
        files_of(snapshot(avro, partitions=(other,)))

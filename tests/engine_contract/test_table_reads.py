"""Scripts that read tables of the catalog: what columns they get, and what a run says of them."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.wiring.state import State
from scripts_in_process import Scripts, new_state, scripts

pytestmark = pytest.mark.spark_tests(6)

JSON = "org.openx.data.jsonserde.JsonSerDe"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_LINKS = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"


class Lake:
    """The database `lake`, whose tables have a folder each, and runs that read them."""

    def __init__(self, state: State, run: Scripts, folder: Path) -> None:
        self.control, self.run, self.folder = state.control, run, folder
        self.control.catalog.create_database({"Name": "lake"})

    def put(self, path: str, content: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def table(
        self,
        name: str,
        columns: str,
        *,
        library: str = "",
        of_library: dict[str, str] | None = None,
        keys: str = "",
        **parameters: str,
    ) -> None:
        """Make a table: its columns and keys are written as `id bigint, day date`."""
        storage: dict[str, Any] = {"Columns": _named(columns), "Location": str(self.folder / name)}
        if library:
            storage["SerdeInfo"] = {"SerializationLibrary": library, "Parameters": of_library or {}}
        spec = {"Name": name, "StorageDescriptor": storage, "Parameters": parameters}
        self.control.catalog.create_table("lake", spec | {"PartitionKeys": _named(keys)})

    def partition(self, table: str, *values: str) -> None:
        storage = {"Location": str(self.folder / table / "/".join(values))}
        self.control.partitions.create("lake", table, {"Values": list(values), "StorageDescriptor": storage})

    def read(self, table: str, **options: Any) -> tuple[list[dict[str, Any]], list[str]]:
        """The rows of a table, and the notes of the run."""
        with self.run() as (session, glue, _job):
            frame = glue.create_dynamic_frame.from_catalog(database="lake", table_name=table, **options)
            rows = [row.asDict(recursive=True) for row in frame.toDF().collect()]
        return sorted(rows, key=repr), list(session.summary().notes)


def _storage(library: str, input_format: str = "") -> dict[str, Any]:
    serde = {"SerializationLibrary": library}
    return {"Location": "s3://b/t", "SerdeInfo": serde, "InputFormat": input_format}


def _named(columns: str) -> list[dict[str, str]]:
    pairs = (each.rsplit(" ", 1) for each in columns.split(", ") if each)
    return [{"Name": name, "Type": type} for name, type in pairs]


@pytest.fixture
def lake(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    state = new_state(tmp_path / "state")
    with scripts(state, engine, monkeypatch) as run:
        yield Lake(state, run, tmp_path)
    state.close()


def test_a_text_that_is_none_of_its_column_becomes_a_choice_that_scripts_resolve(lake: Lake) -> None:
    """Shaped like AWS's example of cleaned data, whose crawler saw numbers only."""
    lake.put("payments/1.csv", '"10001",ANCHORAGE,$36301.00\n10005,"B, C",x\n')
    lake.put("payments/2.csv", "bad,DOVER,5\n")
    lake.table(
        "payments",
        "provider id bigint, city string, paid double",
        library=LAZY,
        of_library={"field.delim": ","},
        classification="csv",
    )
    with lake.run() as (_, glue, _job):
        frame = glue.create_dynamic_frame.from_catalog(database="lake", table_name="payments")
        kinds = {field.name: field.dataType.typeName() for field in frame.schema()}
        assert kinds == {"provider id": "choice", "city": "string", "paid": "choice"}
        long = frame.resolveChoice(specs=[("provider id", "cast:long"), ("paid", "make_cols")])
        matched = frame.resolveChoice(choice="MATCH_CATALOG", database="lake", table_name="payments")
        rows = sorted((tuple(row) for row in long.toDF().collect()), key=repr)
        kinds = {field.name: field.dataType.typeName() for field in matched.schema()}
    assert rows == [
        (10001, "ANCHORAGE", None, "$36301.00"),
        (10005, "B, C", None, "x"),
        (None, "DOVER", 5.0, None),
    ]
    assert kinds == {"provider id": "long", "city": "string", "paid": "double"}


def _write(format: str, file: Path) -> None:
    table = pa.table({"id": pa.array(["1", "x"]), "n": pa.array([1, 2], pa.int32())})
    file.parent.mkdir(parents=True)
    if format == "parquet":
        pq.write_table(table, file)
    elif format == "orc":
        orc.write_table(table, file)
    elif format == "avro":
        fields = [{"name": "id", "type": "string"}, {"name": "n", "type": "int"}]
        with file.open("wb") as target:
            schema = fastavro.parse_schema({"type": "record", "name": "r", "fields": fields})
            fastavro.writer(target, schema, table.to_pylist())
    elif format == "json":
        file.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    elif format == "xml":
        rows = "".join(f"<row><id>{r['id']}</id><n>{r['n']}</n></row>" for r in table.to_pylist())
        file.write_text(f"<rows>{rows}</rows>")
    else:
        file.write_text("".join(f"{row['id']} {row['n']}\n" for row in table.to_pylist()))


@pytest.mark.parametrize("format", ["avro", "grok", "json", "orc", "parquet", "xml"])
def test_files_that_describe_themselves_say_the_types_and_the_run_says_so(lake: Lake, format: str) -> None:
    _write(format, lake.folder / f"t/1.{format}")
    own = {"grok": {"input.format": "%{NOTSPACE:id} %{NUMBER:n:int}"}, "xml": {"rowTag": "row"}}
    lake.table("t", "ID bigint, n bigint, gone date", classification=format, **own.get(format, {}))
    rows, notes = lake.read("t", transformation_ctx="src")
    if format == "xml":
        choice = "a choice of int and string"
        assert [row["n"] for row in rows] == [1, 2]
    else:
        choice = "string"
        assert rows == [{"id": "1", "n": 1}, {"id": "x", "n": 2}]
    assert [note for note in notes if note.startswith("src: ")] == [
        f"src: the files say the types, not the table: ID is bigint in the table and {choice} in the files",
        "src: no file that was read has gone: the table's column is not in the frame",
    ]


def test_tables_of_a_crawler_without_a_library_are_read_by_their_classification(lake: Lake) -> None:
    lake.put("sales/1.csv", "Id|Name\n1|'a|b'\n")
    lake.table(
        "sales",
        "id bigint, name string",
        classification="csv",
        delimiter="|",
        quoteChar="'",
        areColumnsQuoted="false",
        **{"skip.header.line.count": "1"},
    )
    lake.put("events/1.json", '{"Records": [{"a": 1}, {"a": 2}]}')
    lake.table("events", "a int", classification="json", jsonPath="$.Records[*]")
    assert lake.read("sales", transformation_ctx="sales") == ([{"id": 1, "name": "a|b"}], [])
    assert lake.read("events")[0] == [{"a": 1}, {"a": 2}]


def test_properties_without_effect_are_said(lake: Lake) -> None:
    lake.put("t/1.json", '{"TS": 1}\nnot json\n')
    own = {"mapping.at": "ts", "ignore.malformed.json": "true", "paths": "TS", "dots.in.keys": "true"}
    lake.table("t", "ts int", library=JSON, of_library=own, **{"projection.enabled": "true"})
    rows, notes = lake.read("t")
    assert rows == [{"TS": 1}]
    said = [note for note in notes if "no effect" in note]
    assert [note.partition(", which")[0].rpartition("has ")[2] for note in said] == [
        "dots.in.keys 'true'",
        "mapping.at 'ts'",
        "projection.enabled 'true'",
    ]
    assert any("rename_field('ts', 'at')" in note for note in said)


def _orders(lake: Lake, *days: str) -> None:
    for day in days:
        year, month, number = day.split("-")
        lake.put(f"orders/{year}/{month}/{number}/1.json", json.dumps({"Id": int(number), "price": "9.5"}))
        lake.partition("orders", year, month, number)


def test_a_job_of_studio_reads_new_partitions_by_a_predicate_of_functions(lake: Lake) -> None:
    """from_catalog, ApplyMapping, ResolveChoice, DropNullFields, and a sink that makes a table."""
    columns = "id bigint, price string"
    lake.table("orders", columns, library=JSON, keys="year string, month string, day string")
    _orders(lake, "2026-01-31", "2026-02-01", "2026-2-02")
    written = []
    for new in ("2026-02-03", "2026-02-04"):
        with lake.run() as (_, glue, job):
            transforms = importlib.import_module("awsglue.transforms")
            source = glue.create_dynamic_frame.from_catalog(
                database="lake",
                table_name="orders",
                transformation_ctx="datasource0",
                push_down_predicate="to_date(concat_ws('-', year, month, day)) >= date_sub('2026-02-04', 3)",
            )
            mapped = transforms.ApplyMapping.apply(
                frame=source,
                mappings=[
                    ("id", "int", "id", "long"),
                    ("price", "string", "price", "double"),
                    ("day", "string", "day", "string"),
                ],
                transformation_ctx="applymapping1",
            )
            resolved = transforms.ResolveChoice.apply(frame=mapped, choice="make_struct")
            dropped = transforms.DropNullFields.apply(frame=resolved, transformation_ctx="drop")
            written.append(sorted(tuple(row) for row in dropped.toDF().collect()))
            job.commit()
        _orders(lake, new)
    assert written == [[(1, 9.5, "01"), (2, 9.5, "02")], [(3, 9.5, "03")]]


def test_a_script_of_name_space_and_a_schema_of_the_catalog(lake: Lake) -> None:
    lake.put("t/1.json", '{"id": 1, "name": "a"}')
    lake.table("t", "id bigint, name string, tags array<string>", library=JSON)
    with lake.run() as (session, glue, _job):
        frame = glue.create_dynamic_frame.from_catalog(
            name_space="lake", table_name="t", targetPartitions=8, catalog_id="1"
        )
        schema = glue.get_catalog_schema_as_spark_schema("lake", "t")
        none = glue.spark_session.createDataFrame([], schema)
        assert frame.toDF().columns == ["id", "name"]
        assert none.dtypes == [("id", "bigint"), ("name", "string"), ("tags", "array<string>")]
    notes = session.summary().notes
    assert any("'targetPartitions' has no effect" in note for note in notes)
    assert "catalog_id '1' has no effect: there is one catalog" in notes


def test_data_frames_of_tables_are_tracked_by_their_context(lake: Lake) -> None:
    lake.put("t/1.csv", "1,x\n2,y\n")
    lake.table("t", "id int, n int", library=LAZY, of_library={"field.delim": ","})
    found = []
    for options in ({}, {"transformation_ctx": "t"}, {"transformation_ctx": "t"}):
        with lake.run() as (session, glue, job):
            frame = glue.create_data_frame.from_catalog(
                "lake", "t", additional_options={"useSparkDataSource": True, "mergeSchema": True}, **options
            )
            found.append(frame.count())
            job.commit()
        notes = session.summary().notes
        assert sum("mergeSchema has no effect" in note for note in notes) == 1
        assert any("without a transformation_ctx" in note for note in notes) is not bool(options)
    assert found == [2, 2, 0]


def test_options_of_a_read_and_of_its_table(lake: Lake) -> None:
    for name in ("a", "b", "c"):
        lake.put(f"t/{name}.json", f'{{"id": "{name}"}}')
    lake.put("t/deep/d.json", '{"id": "d"}')
    lake.table("t", "id string", library=JSON, exclusions='["**a.json"]', recurse="true")
    assert [row["id"] for row in lake.read("t")[0]] == ["b", "c", "d"]
    given = {"exclusions": '["**b.json"]', "recurse": False, "colour": "red"}
    rows, notes = lake.read("t", additional_options=given)
    assert [row["id"] for row in rows] == ["a", "c"]
    assert any("unknown connection option 'colour'" in note for note in notes)


def test_the_library_counts_where_the_classification_says_otherwise(lake: Lake) -> None:
    lake.put("t/1.json", '{"id": 1}')
    lake.table("t", "id int", library=JSON, classification="csv")
    rows, notes = lake.read("t", transformation_ctx="t")
    assert rows == [{"id": 1}]
    assert notes == [
        "t: the table lake.t is classified as csv, and is read by its serialization library JsonSerDe"
    ]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"Parameters": {"spark.sql.sources.provider": "hudi"}}, "a Hudi table"),
        ({"Parameters": {"classification": "ion"}}, "its classification ion, its location s3://b/t"),
        ({"StorageDescriptor": _storage("com.amazon.ionhiveserde.IonHiveSerDe")}, "library is IonHiveSerDe"),
        ({"StorageDescriptor": _storage("org.apache.hadoop.hive.serde2.RegexSerDe")}, "as a grok pattern"),
        ({"StorageDescriptor": _storage(LAZY, _LINKS)}, "its files are lists of other files"),
        ({"TableType": "VIRTUAL_VIEW"}, "is a view, which has no files"),
    ],
)
def test_other_tables_are_refused_by_name(lake: Lake, spec: dict[str, Any], why: str) -> None:
    made = {"Name": "t", "StorageDescriptor": {"Location": "s3://b/t"}}
    lake.control.catalog.create_table("lake", made | spec)
    with pytest.raises(UnsupportedFeature, match=why):
        lake.read("t")


def test_a_read_of_no_partition_is_a_warning(lake: Lake) -> None:
    lake.table("sales", "id bigint", library=JSON, keys="year string, month string", classification="json")

    def warnings(**options: Any) -> list[str]:
        with lake.run() as (session, glue, _job):
            frame = glue.create_dynamic_frame.from_catalog("lake", "sales", **options)
            assert frame.count() == 0
        return list(session.summary().warnings)

    [none] = warnings(push_down_predicate="month = '2'")
    assert none.startswith("lake.sales has no partitions, so nothing was read from it")
    for month in ("03", "01", "02", "04"):
        lake.partition("sales", "2026", month)
        lake.put(f"sales/2026/{month}/x.json", '{"id": 1}')
    told = (
        "the predicate chooses none of the 4 partitions of lake.sales: month = '2'; month has 01, 02, 03, 04"
    )
    assert warnings(push_down_predicate="month = '2'") == [told]
    for month in range(5, 8):
        lake.partition("sales", "2026", f"{month:02}")
    options = {"catalogPartitionPredicate": "year = '2025'"}
    [none] = warnings(push_down_predicate="month = '2'", additional_options=options)
    assert none.endswith(
        "year = '2025' AND month = '2'; year has 2026; month has 01, 02, 03, 04, 05 and 2 more"
    )

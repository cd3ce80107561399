"""Scripts that write tables of the catalog: what the files hold, and what the catalog says of them."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from placekeeper.model.errors import (
    EntityNotFoundException,
    PublishFailed,
    StagedPathRead,
    UnsupportedFeature,
    UsageError,
)
from placekeeper.rules.catalog.schema_changes import columns_of
from placekeeper.runtime.engines.base import Engine
from placekeeper.wiring.state import State
from scripts_in_process import Scripts, new_state, scripts

pytestmark = pytest.mark.spark_tests(8)


class Shop:
    """The database `shop`, and runs that write its tables from rows that they have."""

    def __init__(self, state: State, run: Scripts, folder: Path) -> None:
        self.catalog, self.of_api = state.control.catalog, state.control.partitions
        self.runs = lambda: [run.id for _, run in state.control.runs.page("toy", before=None, limit=9).items]
        self.run = run
        self.target = folder / "out"
        self.catalog.create_database({"Name": "shop"})

    def sink(
        self,
        rows: list[tuple[Any, ...]],
        schema: str,
        *keys: str,
        format: str = "glueparquet",
        table: str = "Sales",
        arguments: dict[str, str] | None = None,
        format_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> list[str]:
        """One run through getSink; its notes."""
        with self.run(**(arguments or {})) as (session, glue, job):
            given = {"path": str(self.target), "enableUpdateCatalog": "true", "partitionKeys": list(keys)}
            sink = glue.getSink(connection_type="s3", **(given | options))
            sink.setCatalogInfo(catalogDatabase="Shop", catalogTableName=table)
            sink.setFormat(format, **(format_options or {}))
            sink.writeFrame(_frame(glue, rows, schema))
            job.commit()
        return list(session.summary().notes)

    def warned(self, rows: list[tuple[Any, ...]], schema: str) -> list[str]:
        """One run through a sink; its warnings, and what it says of the table."""
        with self.run() as (session, glue, job):
            self.write(glue, rows, schema, "sales")
            job.commit()
        [sink] = session.summary().sinks
        return [*session.summary().warnings, sink.catalog]

    def write(self, glue: Any, rows: list[tuple[Any, ...]], schema: str, table: str, *keys: str) -> None:
        """The same within a run, as JSON, into a folder of its own."""
        database, _, name = table.rpartition(".")
        path = str(self.target / name)
        sink = glue.getSink("s3", path=path, enableUpdateCatalog=True, partitionKeys=list(keys))
        sink.setCatalogInfo(database or "shop", name)
        sink.setFormat("json")
        sink.writeFrame(_frame(glue, rows, schema))

    def to_table(
        self, rows: list[tuple[Any, ...]], schema: str, table: str = "sales", **options: Any
    ) -> list[str]:
        """One run through write_dynamic_frame.from_catalog; its notes."""
        with self.run() as (session, glue, job):
            glue.write_dynamic_frame.from_catalog(
                frame=_frame(glue, rows, schema),
                database="shop",
                table_name=table,
                additional_options=options,
            )
            job.commit()
        return list(session.summary().notes)

    def rows(self, table: str = "sales", **options: Any) -> list[dict[str, Any]]:
        """The table as from_catalog reads it."""
        with self.run() as (_, glue, _job):
            frame = glue.create_data_frame.from_catalog("shop", table, **options)
            found = [row.asDict(recursive=True) for row in frame.collect()]
        return sorted(found, key=repr)

    def spec(self, table: str = "sales") -> dict[str, Any]:
        return self.catalog.table("shop", table).spec

    def columns(self, table: str = "sales") -> dict[str, str]:
        return dict(columns_of(self.spec(table)))

    def partitions(self, table: str = "sales") -> dict[tuple[str, ...], str]:
        page = self.of_api.page("shop", table, predicate="", segment=None, after=None, limit=1000)
        return {found.values: found.spec["StorageDescriptor"]["Location"] for found in page.items}

    def files(self, suffix: str = "") -> list[Path]:
        """The visible files below the target."""
        found = (path for path in self.target.rglob("*") if path.is_file() and path.name.endswith(suffix))
        return sorted(path for path in found if "_placekeeper" not in path.parts)


def _frame(glue: Any, rows: list[tuple[Any, ...]], schema: str) -> Any:
    dynamic_frame = importlib.import_module("awsglue").DynamicFrame
    return dynamic_frame.fromDF(glue.createDataFrame(rows, schema), glue, "rows")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = new_state(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def shop(engine: Engine, state: State, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    with scripts(state, engine, monkeypatch) as run:
        yield Shop(state, run, tmp_path)


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("format", "serde"),
    [
        *(("csv", "OpenCSVSerde"), ("json", "openx"), ("parquet", "Parquet")),
        *(("orc", "OrcSerde"), ("avro", "AvroSerDe")),
    ],
)
def test_a_table_that_is_made_is_read_back(shop: Shop, format: str, serde: str) -> None:
    rows = [(1, 'a "q", b', 2024, "x y/z"), (2, None, 2024, "p=1"), (3, "", 2025, None)]
    shop.sink(rows, "Id int, Name string, year int, Part string", "year", "Part", format=format)
    assert shop.columns() == {"id": "int", "name": "string"}
    assert serde in shop.spec()["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
    assert shop.spec()["Parameters"]["classification"] == format
    assert sorted(shop.partitions()) == [
        ("2024", "p=1"),
        ("2024", "x y/z"),
        ("2025", "__HIVE_DEFAULT_PARTITION__"),
    ]
    read = shop.rows()
    id, name = ("id", "name") if format == "csv" else ("Id", "Name")
    assert [(row[id], row["year"], row["part"]) for row in read] == [
        (1, 2024, "x y/z"),
        (2, 2024, "p=1"),
        (3, 2025, None),
    ]
    assert read[0][name] == 'a "q", b'
    assert [row[id] for row in shop.rows(push_down_predicate="year = 2024 and part = 'p=1'")] == [2]


def test_rows_of_a_partition_that_is_elsewhere_are_refused(shop: Shop, tmp_path: Path) -> None:
    shop.sink([(1, "a")], "id int, dt string", "dt")
    other = tmp_path / "elsewhere"
    with pytest.raises(
        UnsupportedFeature, match=r"\['a'\] of the table shop\.sales is registered at"
    ) as told:
        shop.sink([(2, "a"), (3, "b")], "id int, dt string", "dt", path=str(other))
    assert f"{shop.target}/dt=a" in str(told.value)
    assert f"{other}/dt=a" in str(told.value)
    assert "Nothing was written" in str(told.value)
    assert not [path for path in other.rglob("*.parquet") if "_placekeeper" not in path.parts]
    assert sorted(shop.partitions()) == [("a",)]
    shop.sink([(4, "c")], "id int, dt string", "dt", path=str(other))  # a new one may be anywhere
    assert [row["id"] for row in shop.rows()] == [1, 4]
    with pytest.raises(UnsupportedFeature, match=r"\['c'\] .* is registered at .*elsewhere/dt=c"):
        shop.to_table([(5, "c")], "id int, dt string", partitionKeys=["dt"], enableUpdateCatalog=True)


def test_rows_elsewhere_that_are_visible_at_once_are_told(shop: Shop, tmp_path: Path) -> None:
    shop.sink([(1, "a")], "id int, dt string", "dt")
    at_once = {"--output-visibility": "immediate"}
    with pytest.raises(UnsupportedFeature, match=r"\['a'\] .*the files are there already: delete them"):
        shop.sink([(2, "a")], "id int, dt string", "dt", path=str(tmp_path / "new"), arguments=at_once)
    assert list((tmp_path / "new" / "dt=a").glob("*.parquet"))
    assert [row["id"] for row in shop.rows()] == [1]


def test_two_sinks_of_a_run_put_a_new_partition_into_one_folder(shop: Shop, tmp_path: Path) -> None:
    shop.sink([(1, "a")], "id int, dt string", "dt")

    def write(glue: Any, id: int, path: Path) -> None:
        sink = glue.getSink("s3", path=str(path), enableUpdateCatalog=True, partitionKeys=["dt"])
        sink.setCatalogInfo("shop", "sales")
        sink.setFormat("glueparquet")
        sink.writeFrame(_frame(glue, [(id, "b")], "id int, dt string"))

    with shop.run() as (_, glue, job):
        write(glue, 2, shop.target)
        write(glue, 3, tmp_path / "elsewhere")
        with pytest.raises(PublishFailed, match=r"\['b'\] of the table shop\.sales is registered at"):
            job.commit()
    assert sorted(shop.partitions()) == [("a",)]
    assert [row["id"] for row in shop.rows()] == [1]


def test_nested_columns_and_their_schema(shop: Shop) -> None:
    schema = "a struct<X:int,y:array<string>>, m map<string,bigint>, d decimal(9,2), t timestamp"
    shop.sink([((1, ["s"]), {"k": 2}, None, None)], schema)
    assert shop.columns() == {
        "a": "struct<X:int,y:array<string>>",
        "m": "map<string,bigint>",
        "d": "decimal(9,2)",
        "t": "timestamp",
    }
    with shop.run() as (_, glue, _job):
        found = glue.get_catalog_schema_as_spark_schema("shop", "sales")
    assert found.simpleString().lower() == f"struct<{schema}>".replace(", ", ",").replace(" ", ":").lower()
    shop.sink([((None, None, 1), None)], "a struct<X:int,y:array<string>,z:int>, m map<string,bigint>")
    assert shop.columns()["a"] == "struct<X:int,y:array<string>,z:int>"


def test_columns_are_merged_and_files_are_written_in_the_wider_type(shop: Shop) -> None:
    shop.sink([(1, "x", 1.5, "p")], "a bigint, b string, c double, k string", "k")
    shop.sink([(2, 7, 3, True, "p")], "a int, b int, c int, d boolean, k string", "k")
    assert shop.columns() == {"a": "bigint", "b": "string", "c": "double", "d": "boolean"}
    read = shop.rows()
    assert {(row["a"], row["b"], row["c"], row["d"]) for row in read} == {
        (1, "x", 1.5, None),
        (2, "7", 3.0, True),
    }
    types = {str(pq.read_schema(path).field("a").type) for path in shop.files()}
    assert types == {"int64"}


def test_a_number_that_becomes_a_string_is_a_warning(shop: Shop) -> None:
    shop.warned([(1, 1.5, "x")], "a int, b double, c string")
    [said] = shop.warned([(1 << 40, 1.5, "x")], "a bigint, b double, c string")
    assert "columns changed: a (int to bigint)" in said
    warning, said = shop.warned([("1", 1.5, "x")], "A string, b double, c string")
    assert "shop.sales: the column a was bigint and becomes string" in warning
    assert "columns changed: a (bigint to string)" in said
    assert len(shop.warned([("1", 1.5, "x")], "a string, b double, c string")) == 1


@pytest.mark.parametrize(
    ("format", "of_format"), [("json", {}), ("glueparquet", {"useGlueParquetWriter": "true"})]
)
def test_a_table_says_which_runs_have_made_and_changed_it(
    shop: Shop, format: str, of_format: dict[str, str]
) -> None:
    def written(rows: list[tuple[Any, ...]], schema: str) -> str:
        shop.sink(rows, schema, "k", format=format)
        return shop.runs()[0]

    made = written([(1, "p")], "a int, k string")
    classification = "parquet" if of_format else format
    said = {"EXTERNAL": "TRUE", "classification": classification, **of_format}
    said |= {"CreatedByJob": "toy", "CreatedByJobRun": made}
    assert shop.spec()["Parameters"] == said
    written([(1, "q")], "a int, k string")  # a partition more is no change of the table
    assert shop.spec()["Parameters"] == said
    widened = written([(3_000_000_000, "p")], "a bigint, k string")
    assert shop.spec()["Parameters"] == {**said, "UpdatedByJob": "toy", "UpdatedByJobRun": widened}
    page = shop.of_api.page("shop", "sales", predicate="", segment=None, after=None, limit=10)
    assert [one.spec["Parameters"] for one in page.items] == [{"classification": classification}] * 2


def test_the_rule_widens_what_old_files_have_too(shop: Shop) -> None:
    shop.sink([(1,)], "a int")
    shop.sink([(3_000_000_000,)], "a bigint")
    assert shop.columns() == {"a": "bigint"}
    assert [row["a"] for row in shop.rows()] == [1, 3_000_000_000]
    shop.sink([("x",)], "a string", arguments={"--catalog-schema": "merge"})
    assert shop.columns() == {"a": "string"}


def test_overwriting_is_as_on_aws(shop: Shop) -> None:
    shop.sink([(1, "x")], "a bigint, b string")
    shop.sink([(2, 3)], "a int, c int", arguments={"--catalog-schema": "overwrite"})
    assert shop.columns() == {"a": "int", "c": "int"}


def test_csv_files_have_the_columns_at_the_places_of_the_table(shop: Shop) -> None:
    shop.sink([(1, "x", "p")], "a int, b string, k string", "k", format="csv")
    shop.sink([(True, 2, "p"), (False, 3, "q")], "c boolean, A bigint, k string", "k", format="csv")
    assert shop.columns() == {"a": "bigint", "b": "string", "c": "boolean"}
    read = {(row["a"], row["b"] or None, row["c"], row["k"]) for row in shop.rows()}
    assert read == {(1, "x", None, "p"), (2, None, True, "p"), (3, None, False, "q")}
    shop.to_table([("y", 4, "q")], "b string, a int, k string", partitionKeys=["k"])
    assert (4, "y", None, "q") in {(row["a"], row["b"], row["c"], row["k"]) for row in shop.rows()}


@pytest.mark.spark_cases(0)
def test_log_registers_only_what_the_table_has(shop: Shop) -> None:
    log = {"updateBehavior": "LOG"}
    shop.sink([(1, "x", "p")], "a bigint, b string, k string", "k", **log)
    shop.sink([(2, "q")], "a int, k string", "k", **log)
    assert sorted(shop.partitions()) == [("p",), ("q",)]
    notes = shop.sink([(3, 4, "r")], "a int, c int, k string", "k", **log)
    assert any("updateBehavior is LOG" in note and "no partition is registered" in note for note in notes)
    assert shop.columns() == {"a": "bigint", "b": "string"}
    assert sorted(shop.partitions()) == [("p",), ("q",)]
    assert len(shop.files()) == 3
    with pytest.raises(UsageError, match="UPDATE_IN_DATABASE or LOG, not 'MAYBE'"):
        shop.sink([(1,)], "a int", updateBehavior="MAYBE")


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("keys", [("b", "a"), ("a",), ()])
def test_other_keys_are_refused_before_anything_is_written(shop: Shop, keys: tuple[str, ...]) -> None:
    shop.sink([(1, "x", "y")], "n int, a string, b string", "a", "b")
    with pytest.raises(UsageError, match=r"the partition keys \['a', 'b'\], and the write has"):
        shop.sink([(2, "x", "y")], "n int, a string, b string", *keys)
    assert len(shop.files()) == 1


def test_what_does_not_fit_is_refused_before_anything_is_written(shop: Shop) -> None:
    with (
        shop.run() as (_, glue, _job),
        pytest.raises(
            EntityNotFoundException,
            match=r"Database nowhere not found\. The catalog has the database shop\. To",
        ),
    ):
        shop.write(glue, [(1,)], "a int", "nowhere.sales")
    with pytest.raises(UsageError, match="the columns a and A differ in case only"):
        shop.sink([(1, 2, 3)], "a int, b int, A int")
    with pytest.raises(EntityNotFoundException, match=r"Table sales not found\. The database shop has no t"):
        shop.to_table([(1,)], "a int")
    with pytest.raises(EntityNotFoundException, match=r"Table sale not found\. The database shop has no t"):
        shop.rows("sale")
    assert not shop.files()
    shop.sink([(1,)], "a int", format="csv", format_options={"separator": ";"})
    with pytest.raises(
        UsageError, match=r"the files of the table shop.sales are csv, and the write has json"
    ):
        shop.sink([(1,)], "a int", format="json")
    with pytest.raises(UsageError, match=r"another dialect: separator ';' and not ','"):
        shop.sink([(1,)], "a int", format="csv")
    assert len(shop.files()) == 1


@pytest.mark.spark_cases(0)
def test_a_partition_value_of_another_type_fails_the_run(shop: Shop) -> None:
    shop.sink([(1, 2024)], "a int, year int", "year")
    with pytest.raises(UsageError, match="the partition key year: 'soon' is not of the type int"):
        shop.sink([(1, "soon")], "a int, year string", "year")
    assert list(shop.partitions()) == [("2024",)]


def test_from_catalog_writes_where_and_how_the_table_says(shop: Shop) -> None:
    shop.sink(
        [(1, "x", "p")],
        "a int, b string, k string",
        "k",
        format="csv",
        format_options={"separator": ";", "writeHeader": False},
    )
    notes = shop.to_table([(2, "y", "q")], "a int, b string, k string", partitionKeys=["k"])
    assert any("written without enableUpdateCatalog" in note for note in notes)
    assert list(shop.partitions()) == [("p",)]
    shop.to_table(
        [(3, "z", "r")],
        "a int, b string, k string",
        partitionKeys=["k"],
        enableUpdateCatalog=True,
        updateBehavior="UPDATE_IN_DATABASE",
    )
    assert sorted(shop.partitions()) == [("p",), ("r",)]
    assert [(row["a"], row["b"]) for row in shop.rows()] == [(1, "x"), (3, "z")]
    assert {path.read_text() for path in shop.files()} == {"1;x\n", "2;y\n", "3;z\n"}
    notes = shop.to_table([(4, "w", "s")], "a int, b string, k string")
    assert any("is partitioned by k, and the write has no partitionKeys" in note for note in notes)
    assert [path.parent for path in shop.files() if path.read_text() == "4;w;s\n"] == [shop.target]


def table_of(folder: Path, serde: dict[str, Any], **parameters: str) -> dict[str, Any]:
    storage = {"Location": str(folder), "Columns": [{"Name": "id", "Type": "int"}], "SerdeInfo": serde}
    return {"Name": "found", "StorageDescriptor": storage, "Parameters": parameters}


def test_a_table_of_xml_as_crawlers_make_it(shop: Shop) -> None:
    shop.target.mkdir()
    (shop.target / "a.xml").write_text('<r><order id="1"><n>x</n></order></r>')
    serde = {"SerializationLibrary": "", "Parameters": {"rowTag": "order"}}
    shop.catalog.create_table("shop", table_of(shop.target, serde, classification="XML"))
    assert shop.rows("found") == [{"_id": 1, "n": "x"}]
    shop.to_table([(2, "y")], "_id int, n string", table="found")
    assert shop.rows("found") == [{"_id": 1, "n": "x"}, {"_id": 2, "n": "y"}]


def test_a_table_of_logs(shop: Shop) -> None:
    shop.target.mkdir()
    (shop.target / "a.log").write_text("INFO order AB-1\n")
    serde = {
        "SerializationLibrary": "com.amazonaws.glue.serde.GrokSerDe",
        "Parameters": {
            "input.format": "%{LOGLEVEL:level} order %{ORDER:id}",
            "input.grokCustomPatterns": "ORDER [A-Z]+-[0-9]+",
        },
    }
    shop.catalog.create_table("shop", table_of(shop.target, serde))
    assert shop.rows("found") == [{"level": "INFO", "id": "AB-1"}]


@pytest.mark.spark_cases(0)
def test_what_is_not_registered_is_said(shop: Shop) -> None:
    notes = shop.sink([(1,)], "a int", enableUpdateCatalog=False)
    assert any(
        "written without enableUpdateCatalog, so the table Shop.Sales is neither made" in n for n in notes
    )
    with pytest.raises(EntityNotFoundException):
        shop.spec()
    with shop.run() as (session, glue, job):
        frame = _frame(glue, [(1,)], "a int")
        options = {"path": str(shop.target), "enableUpdateCatalog": True}
        glue.write_dynamic_frame.from_options(frame, "s3", options, "json")
        named = options | {
            "catalogDatabase": "shop",
            "catalogTableName": "named",
            "path": str(shop.target / "n"),
        }
        glue.write_dynamic_frame.from_options(frame, "s3", named, "json")
        job.commit()
    assert any("enableUpdateCatalog has no effect without a table" in n for n in session.summary().notes)
    assert shop.columns("named") == {"a": "int"}


@pytest.mark.spark_cases(0)
def test_an_empty_frame_makes_the_table_and_changes_none(shop: Shop) -> None:
    shop.sink([], "a int, k string", "k")
    assert (shop.columns(), shop.partitions(), shop.rows()) == ({"a": "int"}, {}, [])
    shop.sink([], "a string, b int, k string", "k")
    assert shop.columns() == {"a": "int"}


def test_a_dataframe_goes_to_a_table(shop: Shop) -> None:
    shop.sink([(1,)], "a int", format="json")
    with shop.run() as (session, glue, job):
        rows = glue.createDataFrame([(2,)], "a int")
        glue.write_data_frame.from_catalog(
            rows, "shop", "sales", additional_options={"enableUpdateCatalog": True}
        )
        with pytest.raises(StagedPathRead, match=r"the table shop\.sales"):
            glue.create_dynamic_frame.from_catalog("shop", "sales")
        job.commit()
        read = glue.create_data_frame.from_catalog(
            "shop", "sales", additional_options={"useSparkDataSource": True, "useCatalogSchema": True}
        )
        assert sorted(row.a for row in read.collect()) == [1, 2]
    assert not [n for n in session.summary().notes if "unknown connection option" in n]


def test_output_that_is_visible_at_once_is_registered_at_once(shop: Shop) -> None:
    with shop.run(**{"--output-visibility": "immediate"}) as (_, glue, _job):
        shop.write(glue, [(1, "p")], "a int, k string", "sales", "k")
        assert list(shop.partitions()) == [("p",)]
        assert [row.a for row in glue.create_data_frame.from_catalog("shop", "sales").collect()] == [1]


@pytest.mark.spark_cases(0)
def test_a_publication_that_fails_takes_all_back(shop: Shop) -> None:
    shop.sink([(1, "p")], "a int, k string", "k", format="json")
    with shop.run() as (_, glue, job):
        shop.write(glue, [(2, "q")], "a int, k string", "new", "k")
        shop.write(glue, [(2, "q")], "a int, k string", "sales", "k")
        shop.of_api.delete("shop", "sales", ["p"])
        spec = shop.spec() | {"PartitionKeys": [{"Name": "other", "Type": "string"}]}
        shop.catalog.update_table("shop", spec, version=None)
        with pytest.raises(PublishFailed, match="partition keys of the table sales have changed"):
            job.commit()
    with pytest.raises(EntityNotFoundException):
        shop.spec("new")
    assert shop.partitions() == {}
    assert len(shop.files()) == 1

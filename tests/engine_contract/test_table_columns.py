"""Columns that a catalog table gives to its files, on every engine."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from applied import filtered
from placekeeper.model.catalog import TablePartition
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.serdes import OPEN_CSV
from placekeeper.rules.catalog.table_files import Columns, TableFiles
from placekeeper.runtime.connectors.table_columns import TableColumns
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.frames.choice_specs import parse_specs
from placekeeper.runtime.frames.choices import resolve
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.rendering import schema_lines
from placekeeper.runtime.scan import scan
from placekeeper.runtime.scan.malformed import ReadStage
from placekeeper.runtime.types.fields import is_choice


def plain(frame: Frame) -> list[dict[str, Any]]:
    return sorted((row.asDict(recursive=True) for row in frame.dataframe.collect()), key=repr)


def columns_of(files: Any, columns: Columns, keys: Columns, folders: dict[str, tuple[str, ...]]) -> Any:
    partitions = tuple(
        TablePartition(
            values=values,
            spec={"StorageDescriptor": {"Location": f"{files.folder}/{folder}"}},
            created_ms=1,
        )
        for folder, values in folders.items()
    )
    described = TableFiles(
        table="shop.t",
        location=str(files.folder),
        serde=OPEN_CSV,
        format_options={},
        options={},
        columns=columns,
        keys=keys,
        partitions=partitions if keys else None,
    )
    return TableColumns.of(described, files.objects.normalise)


def read(files: Any, format: str, table: TableColumns, **options: str) -> Frame:
    return scan(
        files.engine,
        files.objects,
        files.chosen(),
        table.described(FORMATS.reader(format, options)),
        table.schema,
    )


def test_csv_has_the_columns_of_the_table(files: Any) -> None:
    files.put("a/1.csv", "N;D;T;M;B;S;more\n1;2026-01-31;2026-01-31 10:00:00;1.50;true;t;extra\n")
    files.put("b/2.csv", "N;D\n ;2026-02-01\n")
    types = (("n", "bigint"), ("d", "date"), ("t", "timestamp"), ("m", "decimal(10,2)"), ("b", "boolean"))
    keys = (("year", "int"), ("day", "date"), ("region", "string"))
    folders = {
        "a": ("2026", "2026-01-31", "eu"),
        "b": ("2027", "2027-01-01", "__HIVE_DEFAULT_PARTITION__"),
    }
    table = columns_of(files, (*types, ("s", "string")), keys, folders)
    frame = read(files, "csv", table, separator=";", skipFirst="true")
    assert frame.schema.names == ["n", "d", "t", "m", "b", "s", "year", "day", "region"]
    one, two = sorted(plain(frame), key=lambda row: row["year"])
    assert (one["n"], one["d"], one["m"], one["b"], one["s"]) == (
        1,
        date(2026, 1, 31),
        Decimal("1.50"),
        True,
        "t",
    )
    assert frame.dataframe.select("t").schema[0].dataType.typeName() == "timestamp"
    assert (one["year"], one["day"], one["region"]) == (2026, date(2026, 1, 31), "eu")
    assert (two["n"], two["d"], two["t"], two["s"], two["region"]) == (
        None,
        date(2026, 2, 1),
        None,
        None,
        None,
    )


def test_texts_that_are_none_of_their_type_make_a_choice(files: Any) -> None:
    """As AWS's example of cleaned data has it: provider id is long, and some file says otherwise."""
    files.put("1.csv", "10001,A,36301,2020-01-01\n10005, B ,,\n")
    files.put("2.csv", "5,C,1,2020-01-02\n bad ,D,x1,32963.07\n,E,2,2020-01-03\n")
    columns = (("provider id", "bigint"), ("name", "string"), ("zip", "int"), ("day", "date"))
    frame = read(files, "csv", columns_of(files, columns, (), {}))
    assert schema_lines(frame.schema) == [
        "root",
        "|-- provider id: choice",
        "|    |-- long",
        "|    |-- string",
        "|-- name: string",
        "|-- zip: choice",
        "|    |-- int",
        "|    |-- string",
        "|-- day: choice",
        "|    |-- date",
        "|    |-- string",
    ]
    rows = {row["name"].strip(): row for row in plain(frame)}
    assert [rows[name]["provider id"] for name in "ABCDE"] == [
        {"long": 10001, "string": None},
        {"long": 10005, "string": None},
        {"long": 5, "string": None},
        {"long": None, "string": " bad "},
        None,
    ]
    assert rows["D"]["zip"] == {"int": None, "string": "x1"}
    cast, notes = resolve(frame, parse_specs([("provider id", "cast:long"), ("zip", "make_cols")]))
    assert notes == []
    assert cast.schema.names == ["provider id", "name", "zip_int", "day", "zip_string"]
    assert sorted((row["provider id"] or 0) for row in plain(cast)) == [0, 0, 5, 10001, 10005]


def test_a_choice_is_declared_only_where_a_text_does_not_parse(files: Any) -> None:
    files.put("1.csv", "1,2020-01-01 10:00:00,1.50,true,1e3\n")
    types = (("n", "bigint"), ("t", "timestamp"), ("m", "decimal(10,2)"), ("b", "boolean"), ("d", "double"))
    table = columns_of(files, types, (), {})
    assert table.schema is not None
    assert read(files, "csv", table).schema.equals(table.schema, check_metadata=True)
    files.put("2.csv", "9223372036854775808,yesterday,1.555,maybe,1e3\n")
    found = read(files, "csv", table).schema
    assert [is_choice(field) for field in found] == [True, True, True, True, False]


def test_each_block_of_a_file_is_typed_in_the_same_way(files: Any) -> None:
    count = 30_000
    numbers = [str(n) if n % 1000 else f"n{n}" for n in range(count)]
    files.put("1.csv", "".join(f"{number}\n" for number in numbers))
    frame = read(files, "csv", columns_of(files, (("n", "int"),), (), {}))
    values = [row.n for row in frame.dataframe.collect()]
    assert sorted(value.int for value in values if value.string is None) == [
        n for n in range(count) if n % 1000
    ]
    assert sorted(value.string for value in values if value.int is None) == sorted(
        f"n{n}" for n in range(0, count, 1000)
    )


def test_types_that_texts_do_not_have_are_refused(files: Any) -> None:
    for type in ("array<int>", "binary", "uniontype<int>"):
        with pytest.raises(UnsupportedFeature, match=r"the column n of the table shop\.t has the type"):
            columns_of(files, (("n", type),), (), {})
    with pytest.raises(UnsupportedFeature, match="'x' is not of the type int"):
        columns_of(files, (), (("year", "int"),), {"a": ("x",)})


def test_parquet_and_json_describe_themselves(files: Any) -> None:
    parquet = io.BytesIO()
    pq.write_table(pa.table({"n": [1], "Year": ["own"]}), parquet)
    files.put("a/1.parquet", parquet.getvalue())
    parquet = io.BytesIO()
    pq.write_table(pa.table({"n": [2], "more": [True]}), parquet)
    files.put("b/2.parquet", parquet.getvalue())
    table = columns_of(files, (), (("year", "int"),), {"a": ("2026",), "b": ("2027",)})
    assert plain(read(files, "parquet", table)) == [
        {"n": 1, "year": 2026, "more": None},
        {"n": 2, "year": 2027, "more": True},
    ]


def test_a_table_without_objects_has_its_columns(files: Any) -> None:
    table = columns_of(files, (("n", "int"),), (("year", "int"),), {})
    frame = read(files, "csv", table)
    assert (frame.dataframe.columns, frame.dataframe.count()) == (["n", "year"], 0)


def test_what_json_records_lack_is_told_apart_in_tables_too(files: Any) -> None:
    files.put("a/1.json", '{"n": 1, "x": null}\n{"n": 2}\n{"n": 3, "x": 4, "Year": 5}\n')
    table = columns_of(files, (), (("year", "int"),), {"a": ("2026",)})
    kept = filtered(
        files.engine, read(files, "json", table), lambda record: "x" in record and record["year"] == 2026
    )
    assert plain(kept) == [{"n": 1, "x": None, "year": 2026}, {"n": 3, "x": 4, "year": 2026}]


def test_malformed_rows_of_a_table_are_counted_whatever_its_columns_are(files: Any) -> None:
    files.put("a/1.csv", "n,s\n1,a\n2,b,c,d\n3,d\nx,e\n")
    for type in ("bigint", "string"):
        table = columns_of(files, (("n", type), ("s", "string")), (("year", "int"),), {"a": ("2026",)})
        reader = table.described(FORMATS.reader("csv", {"skipFirst": "true"}))
        frame = scan(
            files.engine,
            files.objects,
            files.chosen(),
            reader,
            table.schema,
            malformed=ReadStage("read t"),
        )
        assert [row["s"] for row in plain(frame)] == ["a", "d", "e"]
        (stage,) = frame.errors.stages
        assert (stage.stage, stage.count) == ("read t", 1)
        ((error,),) = stage.frame().dataframe.collect()
        assert (error.input, error.source) == ("2,b,c,d", f"file://{files.folder}/a/1.csv, line 3")

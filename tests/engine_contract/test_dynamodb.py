"""Tables of DynamoDB, as scripts read and write them: moto's server stands for AWS."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dynamodb_shop import Shop
from placekeeper.model.errors import (
    DatabaseFailed,
    TableNotThere,
    UnsupportedFeature,
    UsageError,
    ValueUnwritable,
)
from placekeeper.runtime.engines.base import Engine
from placekeeper.settings import Settings
from placekeeper.wiring.state import State, open_state
from s3 import S3Server
from scripts_in_process import Scripts, scripts

pytestmark = pytest.mark.spark_tests(5)


class Runs:
    """Runs of scripts that read and write tables of DynamoDB."""

    def __init__(self, state: State, run: Scripts, shop: Shop) -> None:
        self.control, self.run, self.shop = state.control, run, shop
        self.summary: Any = None

    def rows(self, table: str, context: str = "", **options: Any) -> list[dict[str, Any]]:
        """The rows that one run reads, sorted by id."""
        with self.run() as (session, glue, job):
            frame = glue.create_dynamic_frame.from_options(
                connection_type="dynamodb",
                connection_options={"dynamodb.input.tableName": table, **options},
                transformation_ctx=context,
            )
            rows = [row.asDict(recursive=True) for row in frame.toDF().collect()]
            job.commit()
        self.summary = session.summary()
        return sorted(rows, key=lambda row: str(row["id"]))

    def write(self, table: str, rows: Any, schema: Any, **options: Any) -> None:
        """Write rows of createDataFrame by a run."""
        with self.run() as (session, glue, job):
            frame = self._frame(glue, rows, schema)
            glue.write_dynamic_frame.from_options(
                frame=frame,
                connection_type="dynamodb",
                connection_options={"dynamodb.output.tableName": table, **options},
            )
            job.commit()
        self.summary = session.summary()

    @staticmethod
    def _frame(glue: Any, rows: Any, schema: Any) -> Any:
        from awsglue.dynamicframe import DynamicFrame

        return DynamicFrame.fromDF(glue.spark_session.createDataFrame(rows, schema), glue, "rows")


@pytest.fixture
def runs(
    engine: Engine, tmp_path: Path, sorted_s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runs]:
    shop = Shop(sorted_s3)
    for name, value in shop.environ.items():
        monkeypatch.setenv(name, value)
    state = open_state(Settings(state=tmp_path / "state"), {})
    with scripts(state, engine, monkeypatch) as run:
        yield Runs(state, run, shop)
    state.close()


def test_every_type_is_read_as_glue_has_it(runs: Runs) -> None:
    table = runs.shop.table()
    runs.shop.put(
        table,
        {
            "id": 1,
            "name": "Ann",
            "price": Decimal("9.5"),
            "raw": b"\x00\xff",
            "paid": True,
            "nothing": None,
            "address": {"city": "Ulm", "zip": 89073},
            "lines": [{"sku": "a", "n": 1}, {"sku": "b"}],
            "tags": {"x"},
            "sizes": {1, 2},
        },
    )
    (row,) = runs.rows(table)
    row["sizes"].sort()
    assert row == {
        "id": 1,
        "name": "Ann",
        "price": 9.5,
        "raw": b"\x00\xff",
        "paid": True,
        "nothing": None,
        "address": {"city": "Ulm", "zip": 89073},
        "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": None}],
        "tags": ["x"],
        "sizes": [1, 2],
    }


def test_numbers_of_two_kinds_are_a_choice_and_lose_no_digit(runs: Runs) -> None:
    table = runs.shop.table()
    long = Decimal("1234567890.12345678901234567890")
    runs.shop.put(table, {"id": 1, "n": 2}, {"id": 2, "n": Decimal("0.5")}, {"id": 3, "n": long})
    with runs.run() as (_, glue, job):
        frame = glue.create_dynamic_frame.from_options("dynamodb", {"dynamodb.input.tableName": table})
        (field,) = [field for field in frame.schema() if field.name == "n"]
        assert field.dataType.typeName() == "choice"
        rows = sorted(frame.toDF().collect(), key=lambda row: row.id)
        kinds = [next(name for name, value in row.n.asDict().items() if value is not None) for row in rows]
        assert kinds == ["long", "double", "decimal"]
        assert rows[2].n.decimal == long
        assert frame.resolveChoice(specs=[("n", "cast:double")]).toDF().agg({"n": "max"}).collect()
        job.commit()


def test_what_is_empty_and_names_that_differ_in_case_are_read(runs: Runs) -> None:
    table = runs.shop.table()
    runs.shop.put(table, {"id": 1, "m": {}, "l": [], "a.b": "dot", "Id": "x", "t": ""})
    with runs.run() as (_, glue, job):
        frame = glue.create_data_frame.from_options(
            connection_type="dynamodb", connection_options={"dynamodb.input.tableName": table}
        )
        assert sorted(frame.columns) == ["Id", "a.b", "id", "l", "m", "t"]
        (row,) = frame.collect()
        assert (row["Id"], row["id"], row["a.b"], row["l"], row["t"]) == ("x", 1, "dot", [], "")
        job.commit()


def test_items_differ_in_their_attributes(runs: Runs) -> None:
    table = runs.shop.table()
    runs.shop.put(table, {"id": 1, "a": "x"}, {"id": 2, "b": "y"})
    assert runs.rows(table) == [{"id": 1, "a": "x", "b": None}, {"id": 2, "a": None, "b": "y"}]


@pytest.mark.parametrize("splits", ["1", 7, None])
def test_all_segments_together_have_each_item_once(runs: Runs, splits: Any) -> None:
    table = runs.shop.table()
    runs.shop.put(table, *({"id": id, "text": "x" * 50} for id in range(300)))
    options = {} if splits is None else {"dynamodb.splits": splits}
    assert sorted(row["id"] for row in runs.rows(table, **options)) == list(range(300))
    (source,) = runs.summary.sources
    assert (source.objects_read, source.counts) == (300, {"new": 300})


def test_what_was_read_stays_though_the_table_changes(runs: Runs) -> None:
    table = runs.shop.table()
    runs.shop.put(table, {"id": 1, "a": "x"})
    with runs.run() as (_, glue, job):
        frame = glue.create_dynamic_frame.from_options("dynamodb", {"dynamodb.input.tableName": table})
        runs.shop.put(table, {"id": 1, "a": "changed"}, {"id": 2, "b": 5})
        for _ in range(2):
            assert [tuple(row) for row in frame.toDF().collect()] == [(1, "x")]
        job.commit()


def test_no_bookmark_follows_it_and_the_summary_says_so(runs: Runs) -> None:
    table = runs.shop.table()
    runs.shop.put(table, {"id": 1})
    for _ in range(2):
        assert len(runs.rows(table, context="orders")) == 1
        said = [note for note in runs.summary.notes if "bookmarks do not follow DynamoDB" in note]
        assert "'orders' remembers nothing" in said[0]
        assert [source.tracked for source in runs.summary.sources] == [False]
        assert not [note for note in runs.summary.notes if "without a transformation_ctx" in note]


def test_a_table_of_the_catalog_names_it_by_its_location(runs: Runs) -> None:
    table = runs.shop.table()
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "count", "Type": "double"}]
    runs.control.catalog.create_database({"Name": "shop"})
    runs.control.catalog.create_table(
        "shop",
        {
            "Name": "orders",
            "Parameters": {"classification": "dynamodb"},
            "StorageDescriptor": {
                "Location": f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}",
                "Columns": columns,
            },
        },
    )
    with runs.run() as (_, glue, job):
        empty = glue.create_data_frame.from_catalog("shop", "orders")
        assert (empty.columns, empty.count()) == (["id", "count"], 0)
        rows = Runs._frame(glue, [(1, "a"), (2, None)], "id long, Name string")
        glue.write_dynamic_frame.from_catalog(frame=rows, database="shop", table_name="orders")
        job.commit()
    with runs.run() as (_, glue, job):
        frame = glue.create_dynamic_frame.from_catalog(
            database="shop", table_name="orders", transformation_ctx="o"
        )
        assert sorted((row.id, row.Name) for row in frame.toDF().collect()) == [(1, "a"), (2, None)]
        mapped = frame.apply_mapping([("id", "long", "id", "int"), ("name", "string", "name", "string")])
        assert sorted(tuple(row) for row in mapped.toDF().collect()) == [(1, "a"), (2, None)]
        job.commit()


def test_rows_are_put_as_items_without_their_null_fields(runs: Runs) -> None:
    table = runs.shop.table()
    schema = (
        "id long, text string, price decimal(12,2), ratio double, raw binary, day date, at timestamp, "
        "flag boolean, place struct<city: string, zip: int>, list array<int>, more map<string, double>"
    )
    import datetime

    day, moment = datetime.date(2024, 1, 31), datetime.datetime(2024, 1, 31, 10, 30)
    row = (1, "", Decimal("9.50"), 0.25, b"\x01", day, moment, True, ("Ulm", None), [1, None], {"a": 0.5})
    runs.write(table, [row, (2, *[None] * 10)], schema)
    first, second = runs.shop.items(table)
    assert second == {"id": {"N": "2"}}
    assert first == {
        "id": {"N": "1"},
        "text": {"S": ""},
        "price": {"N": "9.50"},
        "ratio": {"N": "0.25"},
        "raw": {"B": b"\x01"},
        "day": {"S": "2024-01-31"},
        "at": {"S": "2024-01-31T10:30:00Z"},
        "flag": {"BOOL": True},
        "place": {"M": {"city": {"S": "Ulm"}}},
        "list": {"L": [{"N": "1"}, {"NULL": True}]},
        "more": {"M": {"a": {"N": "0.5"}}},
    }
    (sink,) = runs.summary.sinks
    assert (sink.path, sink.rows, sink.files) == (f"dynamodb:{table}", 2, 0)
    assert any("as soon as tasks have put them" in note for note in runs.summary.notes)


def test_a_repeated_run_leaves_the_same_items(runs: Runs) -> None:
    table = runs.shop.table({"id": "N", "part": "S"})
    rows = [(id, f"p{id % 3}", id * 1.5) for id in range(120)]
    for _ in range(2):
        runs.write(table, rows, "id long, part string, n double")
        assert len(runs.shop.items(table)) == 120


def test_of_rows_with_one_key_the_last_one_stays(runs: Runs) -> None:
    table = runs.shop.table()
    runs.write(
        table, [(1, "a"), (1, "b"), (1, "c")], "id long, v string", **{"dynamodb.output.numParallelTasks": 1}
    )
    assert runs.shop.items(table) == [{"id": {"N": "1"}, "v": {"S": "c"}}]


def test_a_sink_takes_its_options_as_a_script_of_glue_studio_says_them(runs: Runs) -> None:
    table = runs.shop.table()
    with runs.run() as (_, glue, job):
        options = {"dynamodb.output.tableName": table, "dynamodb.throughput.write.percent": "1.0"}
        sink = glue.getSink(connection_type="dynamodb", **options)
        sink.writeFrame(Runs._frame(glue, [(5,)], "id long"))
        source = glue.getSource("dynamodb", **{"dynamodb.input.tableName": table})
        assert source.getFrame().count() == 1
        job.commit()


def test_a_choice_is_put_as_a_map_until_it_is_resolved(runs: Runs) -> None:
    table, copy = runs.shop.table(), runs.shop.table(named="Copy")
    runs.shop.put(table, {"id": 1, "n": 2}, {"id": 2, "n": Decimal("0.5")})
    with runs.run() as (session, glue, job):
        frame = glue.create_dynamic_frame.from_options("dynamodb", {"dynamodb.input.tableName": table})
        glue.write_dynamic_frame.from_options(frame, "dynamodb", {"dynamodb.output.tableName": copy})
        assert [item["n"] for item in runs.shop.items(copy)] == [
            {"M": {"long": {"N": "2"}}},
            {"M": {"double": {"N": "0.5"}}},
        ]
        resolved = frame.resolveChoice(specs=[("n", "cast:double")])
        glue.write_dynamic_frame.from_options(resolved, "dynamodb", {"dynamodb.output.tableName": copy})
        job.commit()
    assert [Decimal(item["n"]["N"]) for item in runs.shop.items(copy)] == [2, Decimal("0.5")]
    assert any(note.startswith(f"{copy}: n held more than one type") for note in session.summary().notes)


def test_frames_go_from_table_to_table_unchanged(runs: Runs) -> None:
    table, copy = runs.shop.table(), runs.shop.table(named="Copy")
    items = [
        {"id": id, "n": Decimal(id) / 4, "m": {"a": [id, "x"], "b": None}, "t": f"t{id}"} for id in range(40)
    ]
    runs.shop.put(table, *items)
    with runs.run() as (_, glue, job):
        frame = glue.create_dynamic_frame.from_options("dynamodb", {"dynamodb.input.tableName": table})
        frame = frame.drop_fields(["m", "n"])
        glue.write_dynamic_frame.from_options(frame, "dynamodb", {"dynamodb.output.tableName": copy})
        job.commit()
    wanted = [{name: item[name] for name in ("id", "t")} for item in runs.shop.items(table)]
    assert runs.shop.items(copy) == sorted(wanted, key=repr)


@pytest.mark.parametrize(
    ("rows", "schema", "said"),
    [
        ([(None, "a")], "id long, v string", "the row with v='a'.*: the key attribute id is null"),
        ([("1", "a")], "id string, v string", r"the key attribute id is of the type N \(a number\)"),
        (
            [(1, float("nan"))],
            "id long, v double",
            "the row with id=1, v=nan: the column v: NaN is no number",
        ),
        ([("a",)], "v string", "the rows have no column id: they have v"),
    ],
)
def test_rows_that_are_no_items_are_named(runs: Runs, rows: Any, schema: str, said: str) -> None:
    table = runs.shop.table()
    with pytest.raises(ValueUnwritable, match=said):
        runs.write(table, rows, schema)
    assert runs.shop.items(table) == []


def test_a_table_that_is_not_there_is_named_with_a_similar_one(runs: Runs) -> None:
    table = runs.shop.table()
    for call in (runs.rows, lambda name: runs.write(name, [(1,)], "id long")):
        with pytest.raises(TableNotThere, match=rf"no table {table}x .*did you mean {table}\?"):
            call(f"{table}x")


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (
            {"dynamodb.export": "ddb", "dynamodb.tableArn": "arn:aws:dynamodb:x:1:table/Orders"},
            UnsupportedFeature,
            "'dynamodb.input.tableName': 'Orders'",
        ),
        ({"dynamodb.splits": "none"}, UsageError, "dynamodb.splits is a whole number"),
        ({"dynamodb.throughput.read.percent": "7"}, UsageError, "from 0.1 to 1.5"),
    ],
)
def test_options_that_cannot_be_served_are_refused(
    runs: Runs, options: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        runs.rows("Orders", **options)


def test_a_server_that_is_away_is_named(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.setattr("placekeeper.dynamodb.tables.ATTEMPTS", 1)
    with pytest.raises(DatabaseFailed, match=r"looking at the table Orders of DynamoDB: .*does not answer"):
        runs.rows("Orders")

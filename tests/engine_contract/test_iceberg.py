"""Iceberg tables of the catalog, as scripts read them: whole, and what is new since the last run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.table import Table

from placekeeper.cli.app import main
from placekeeper.model.errors import (
    PublishFailed,
    SnapshotsForgotten,
    StagedPathRead,
    UnsupportedFeature,
    UsageError,
)
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.patches import Patches
from placekeeper.wiring.state import State
from scripts_in_process import Scripts, new_state, scripts

pytestmark = [
    pytest.mark.spark_tests(4),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyiceberg"),
    pytest.mark.filterwarnings("ignore:Delete operation did not match"),
]

ITEMS = pa.schema([("id", pa.int64()), ("name", pa.string())])

ITEM_COLUMNS = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]


class Lake:
    """The database `lake` with a table `items`; others change it with pyiceberg, and runs read it."""

    def __init__(self, state: State, run: Scripts, engine: Engine, folder: Path) -> None:
        self.control, self.run, self.engine = state.control, run, engine
        self.state = folder / "state"
        self.iceberg = InMemoryCatalog("test", warehouse=f"file://{folder}/warehouse")
        self.iceberg.create_namespace("lake")
        self.control.catalog.create_database({"Name": "lake"})
        self.table = self.made(ITEMS)

    def made(self, schema: pa.Schema, name: str = "items", **options: Any) -> Table:
        table = self.iceberg.create_table(f"lake.{name}", schema=schema, **options)
        self.control.catalog.create_table("lake", self._spec(table, name))
        return table

    def append(self, *ids: int) -> None:
        self.table.append(pa.table({"id": list(ids), "name": [f"n{id}" for id in ids]}, schema=ITEMS))
        self.register()

    def register(self, table: Table | None = None, name: str = "items") -> None:
        """Tell our catalog of the table's newest metadata."""
        spec = self._spec(table or self.table, name)
        self.control.catalog.update_table("lake", spec, version=None)

    @staticmethod
    def _spec(table: Table, name: str) -> dict[str, Any]:
        parameters = {"table_type": "ICEBERG", "metadata_location": table.metadata_location}
        return {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "StorageDescriptor": {"Location": table.location(), "Columns": ITEM_COLUMNS},
        }

    def ids(self, context: str = "items", table: str = "items", **arguments: str) -> list[int]:
        """The ids that one bookmarked run reads."""
        return [row["id"] for row in self.rows(context, table, **arguments)]

    def rows(self, context: str = "items", table: str = "items", **arguments: str) -> list[dict[str, Any]]:
        with self.run(**arguments) as (session, glue, job):
            frame = glue.create_dynamic_frame.from_catalog(
                database="Lake", table_name=table, transformation_ctx=context
            )
            rows = [row.asDict(recursive=True) for row in frame.toDF().collect()]
            job.commit()
        self.summary = session.summary()
        return sorted(rows, key=lambda row: str(row["id"]))


@pytest.fixture
def lake(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    state = new_state(tmp_path / "state")
    with scripts(state, engine, monkeypatch) as run:
        yield Lake(state, run, engine, tmp_path)
    state.close()


def test_the_first_run_reads_all_and_the_next_ones_what_was_appended(lake: Lake) -> None:
    lake.append(1, 2)
    lake.append(3)
    assert lake.ids() == [1, 2, 3]
    assert lake.ids() == []
    lake.append(4)
    lake.append(5, 6)
    assert lake.ids() == [4, 5, 6]
    (source,) = lake.summary.sources
    assert (source.name, source.counts, source.objects_read) == ("lake.items", {"new": 2}, 2)


def test_without_a_context_a_run_reads_the_newest_snapshot(lake: Lake) -> None:
    lake.append(1, 2)
    lake.append(3)
    lake.table.delete("id = 2")
    lake.register()
    assert [lake.ids(context=""), lake.ids(context="")] == [[1, 3], [1, 3]]


def test_a_table_without_a_snapshot_is_empty_and_has_its_columns(lake: Lake) -> None:
    with lake.run() as (_, glue, job):
        frame = glue.create_data_frame.from_catalog("lake", "items", transformation_ctx="items")
        assert frame.columns == ["id", "name"]
        assert frame.count() == 0
        job.commit()
    lake.append(1)
    assert lake.ids() == [1]


def test_a_deletion_brings_nothing_and_an_overwrite_its_new_files(lake: Lake) -> None:
    lake.append(1, 2)
    lake.append(3)
    assert lake.ids() == [1, 2, 3]
    lake.table.delete("id = 3")
    lake.register()
    assert lake.ids() == []
    lake.table.delete("id = 1")  # the file is written anew, with its other row
    lake.register()
    assert lake.ids() == [2]
    assert lake.summary.sources[0].counts == {"changed": 1}


def test_what_was_appended_and_rewritten_between_two_runs_is_read_once(lake: Lake) -> None:
    lake.append(1)
    lake.ids()
    lake.append(2, 3)
    lake.table.delete("id = 3")
    lake.register()
    assert lake.ids() == [2]


def test_a_table_made_anew_is_read_whole(lake: Lake) -> None:
    lake.append(1)
    lake.ids()
    lake.iceberg.drop_table("lake.items")
    lake.table = lake.iceberg.create_table("lake.items", schema=ITEMS)
    lake.append(1, 2)
    assert lake.ids() == [1, 2]
    assert any("made anew" in note for note in lake.summary.notes)


def test_after_a_rollback_nothing_is_read_twice(lake: Lake) -> None:
    lake.append(1)
    first = lake.table.current_snapshot()
    assert first is not None
    lake.append(2)
    assert lake.ids() == [1, 2]
    lake.table.manage_snapshots().rollback_to_snapshot(first.snapshot_id).commit()
    lake.append(3)
    assert lake.ids() == [3]


def test_expired_snapshots_are_refused_and_the_user_decides(lake: Lake) -> None:
    lake.append(1)
    lake.ids()
    for id in (2, 3, 4):
        lake.append(id)
    ids = [snapshot.snapshot_id for snapshot in lake.table.snapshots()[:3]]
    lake.table.maintenance.expire_snapshots().by_ids(ids).commit()
    lake.register()
    with pytest.raises(SnapshotsForgotten, match=r"lake\.items"):
        lake.ids()
    assert lake.ids(**{"--bookmark-backfill": "seed"}) == []
    lake.append(5)
    assert lake.ids() == [5]


def test_a_table_rolled_back_before_its_first_snapshot_is_read_anew(lake: Lake) -> None:
    lake.append(1)
    assert lake.ids() == [1]
    lake.table.manage_snapshots().remove_branch("main").commit()
    lake.register()
    assert lake.ids() == []
    lake.append(2)
    assert lake.ids() == [2]


def test_a_table_that_was_replaced_in_place_is_read_whole(lake: Lake) -> None:
    lake.append(1)
    assert lake.ids() == [1]
    lake.table.manage_snapshots().remove_branch("main").commit()
    lake.append(2)
    lake.append(3)
    assert lake.ids() == [2, 3]


def test_one_context_reads_one_snapshot_in_a_run(lake: Lake) -> None:
    with lake.run() as (_, glue, job):
        read = []
        for id in (1, 2, 3):
            frame = glue.create_dynamic_frame.from_catalog("lake", "items", transformation_ctx="items")
            read.append([row["id"] for row in frame.toDF().collect()])
            lake.append(id)
        job.commit()
    assert [*read, lake.ids()] == [[], [], [], [1, 2, 3]]


def test_expired_snapshots_may_be_read_whole_again(lake: Lake) -> None:
    lake.append(1)
    lake.ids()
    for id in (2, 3):
        lake.append(id)
    ids = [snapshot.snapshot_id for snapshot in lake.table.snapshots()[:2]]
    lake.table.maintenance.expire_snapshots().by_ids(ids).commit()
    lake.register()
    assert lake.ids(**{"--bookmark-backfill": "allow"}) == [1, 2, 3]


def test_a_reset_reads_all_and_a_rewind_reads_from_there(lake: Lake) -> None:
    lake.append(1)
    lake.ids()
    first = lake.summary
    lake.append(2)
    lake.ids()
    run_id = lake.control.bookmarks.history("toy")[-1].run_id
    assert run_id is not None
    assert first.bookmark_versions[1] is not None
    lake.control.bookmarks.reset("toy", run_id)
    assert lake.ids() == [2]
    lake.control.bookmarks.reset("toy")
    assert lake.ids() == [1, 2]


def test_a_run_that_fails_reads_the_same_again(lake: Lake) -> None:
    lake.append(1)
    with lake.run() as (session, glue, _):
        glue.create_dynamic_frame.from_catalog("lake", "items", transformation_ctx="items").count()
        session.fail()
    assert lake.ids() == [1]


def test_columns_that_changed_are_found_by_their_ids(lake: Lake) -> None:
    lake.append(1)
    with lake.table.update_schema() as update:
        update.rename_column("name", "title")
        update.add_column("price", pa_to_iceberg())
    lake.table.append(pa.table({"id": [2], "title": ["b"], "price": [2.5]}))
    lake.register()
    assert lake.rows() == [
        {"id": 1, "title": "n1", "price": None},
        {"id": 2, "title": "b", "price": 2.5},
    ]


def pa_to_iceberg() -> Any:
    from pyiceberg.types import DoubleType

    return DoubleType()


def test_nested_values_and_every_type_that_spark_has_come_through(lake: Lake) -> None:
    schema = pa.schema(
        [
            ("id", pa.int32()),
            ("at", pa.timestamp("us", tz="UTC")),
            ("day", pa.date32()),
            ("price", pa.decimal128(9, 2)),
            ("tags", pa.list_(pa.string())),
            ("who", pa.struct([("name", pa.string()), ("age", pa.int32())])),
        ]
    )
    table = lake.made(schema, "wide")
    from datetime import UTC, date, datetime
    from decimal import Decimal

    row = {
        "id": 1,
        "at": datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC),
        "day": date(2024, 5, 6),
        "price": Decimal("12.34"),
        "tags": ["a", None],
        "who": {"name": "x", "age": 3},
    }
    table.append(pa.Table.from_pylist([row], schema=schema))
    lake.register(table, "wide")
    (found,) = lake.rows(table="wide")
    assert found.pop("at").isoformat().startswith("2024-05-06T07:08:09.123456")
    assert found == {name: value for name, value in row.items() if name != "at"}


def test_a_plan_refuses_the_table_by_name(lake: Lake) -> None:
    lake.append(1)
    lake.ids()
    with pytest.raises(UnsupportedFeature, match=r"its source lake\.items has the connection type 'iceberg'"):
        lake.control.planner.plan("toy")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"push_down_predicate": "id > 1"}, "push_down_predicate chooses partitions"),
        ({"additional_options": {"snapshot-id": 1}}, "only the newest snapshot of lake.items"),
    ],
)
def test_what_is_not_there_is_refused(lake: Lake, options: dict[str, Any], said: str) -> None:
    lake.append(1)
    with lake.run() as (_, glue, _job), pytest.raises(UnsupportedFeature, match=said):
        glue.create_dynamic_frame.from_catalog("lake", "items", **options)


def test_a_table_of_version_3_is_neither_read_nor_written(lake: Lake) -> None:
    lake.append(1)
    at = Path(lake.table.metadata_location.removeprefix("file://"))
    at.write_text(json.dumps({**json.loads(at.read_text()), "format-version": 3, "next-row-id": 0}))
    for work in (lake.ids, lambda: write(lake, [(2, "x")], "id long, name string")):
        with pytest.raises(UnsupportedFeature, match=r"lake\.items is of version 3 of Iceberg"):
            work()


def test_one_context_is_for_one_table(lake: Lake) -> None:
    lake.append(1)
    lake.register(lake.made(ITEMS, "others"), "others")
    with lake.run() as (_, glue, _job):
        glue.create_dynamic_frame.from_catalog("lake", "items", transformation_ctx="x")
        with pytest.raises(UsageError, match="give each source one of its own"):
            glue.create_dynamic_frame.from_catalog("lake", "others", transformation_ctx="x")


def write(lake: Lake, rows: list[tuple[Any, ...]], schema: str, table: str = "items", **options: Any) -> Any:
    """One run that writes rows to a table; its summary."""
    with lake.run() as (session, glue, job):
        glue.write_data_frame.from_catalog(
            frame=glue.spark_session.createDataFrame(rows, schema),
            database="lake",
            table_name=table,
            additional_options=options,
        )
        job.commit()
    return session.summary()


def contents(lake: Lake, table: str = "items") -> list[dict[str, Any]]:
    """The rows of a table, as pyiceberg reads them from where our catalog points."""
    rows: list[dict[str, Any]] = newest(lake, table).scan().to_arrow().to_pylist()
    return sorted(rows, key=lambda row: str(row["id"]))


def newest(lake: Lake, table: str = "items") -> Table:
    from pyiceberg.table import StaticTable

    spec = lake.control.catalog.table("lake", table).spec
    return StaticTable.from_metadata(spec["Parameters"]["metadata_location"])


def test_rows_are_appended_by_a_snapshot_of_the_run(lake: Lake) -> None:
    lake.append(1)
    summary = write(lake, [(2, "b"), (3, None)], "id long, name string")
    assert contents(lake) == [{"id": 1, "name": "n1"}, {"id": 2, "name": "b"}, {"id": 3, "name": None}]
    (sink,) = summary.sinks
    assert (sink.rows, sink.catalog) == (2, "table lake.items: a new snapshot")
    current = newest(lake).current_snapshot()
    assert current is not None
    assert current.summary is not None
    assert current.summary["placekeeper.publication"]
    assert lake.ids() == [1, 2, 3]


def test_a_table_is_overwritten(lake: Lake) -> None:
    lake.append(1)
    lake.append(2)
    write(lake, [(7, "x")], "id int, name string", mode="overwrite")
    assert contents(lake) == [{"id": 7, "name": "x"}]
    write(lake, [], "id int, name string", mode="overwrite")
    assert contents(lake) == []


def test_nothing_is_visible_before_the_run_commits(lake: Lake) -> None:
    lake.append(1)
    with lake.run() as (session, glue, _):
        frame = glue.spark_session.createDataFrame([(2, "b")], "id long, name string")
        glue.write_data_frame.from_catalog(frame=frame, database="lake", table_name="items")
        assert [row["id"] for row in contents(lake)] == [1]
        session.fail()
    assert [row["id"] for row in contents(lake)] == [1]


def test_columns_go_by_their_names_and_missing_ones_are_null(lake: Lake) -> None:
    write(lake, [("b", 2)], "NAME string, ID int")
    write(lake, [(3,)], "id short")
    assert contents(lake) == [{"id": 2, "name": "b"}, {"id": 3, "name": None}]


@pytest.mark.parametrize(
    ("schema", "row", "said"),
    [
        ("id long, nmae string", (1, "a"), r"has no column nmae.*Instead of 'nmae', write 'name'"),
        ("id string", ("a",), r"the column id is string, and that of the table lake\.items is int64"),
        ("id double", (1.0,), "the column id is double"),
    ],
)
def test_rows_that_do_not_fit_are_refused_before_anything_is_written(
    lake: Lake, schema: str, row: tuple[Any, ...], said: str
) -> None:
    lake.append(1)
    with pytest.raises(UsageError, match=said):
        write(lake, [row], schema)
    assert len(newest(lake).snapshots()) == 1


def test_partitions_are_those_of_the_table(lake: Lake) -> None:
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
    from pyiceberg.types import LongType, NestedField, StringType, TimestamptzType

    schema = Schema(
        NestedField(1, "id", LongType(), required=True),
        NestedField(2, "kind", StringType()),
        NestedField(3, "at", TimestamptzType()),
    )
    spec = PartitionSpec(
        PartitionField(2, 1000, IdentityTransform(), "kind"),
        PartitionField(3, 1001, DayTransform(), "day"),
        PartitionField(1, 1002, BucketTransform(4), "bucket"),
    )
    table = lake.iceberg.create_table("lake.parted", schema, partition_spec=spec)
    lake.control.catalog.create_table("lake", lake._spec(table, "parted"))
    rows = [(id, kind, day) for id in range(8) for kind, day in (("a/b", 1), (None, 2))]
    with lake.run() as (_, glue, job):
        frame = glue.spark_session.createDataFrame(rows, "id long, kind string, day int").selectExpr(
            "id", "kind", "CAST('2024-05-0' || day || 'T12:00:00Z' AS timestamp) AS at"
        )
        glue.write_data_frame.from_catalog(frame=frame, database="lake", table_name="parted")
        job.commit()
    written = newest(lake, "parted")
    assert written.scan().to_arrow().num_rows == 16
    assert written.scan(row_filter="kind = 'a/b'").to_arrow().num_rows == 8
    assert written.scan(row_filter="id = 3 and kind is null").to_arrow().num_rows == 1
    assert written.scan(row_filter="at >= '2024-05-02T00:00:00+00:00'").to_arrow().num_rows == 8
    assert len(lake.ids(table="parted")) == 16


def test_two_writes_of_one_run_are_two_snapshots(lake: Lake) -> None:
    with lake.run() as (_, glue, job):
        for id in (1, 2):
            frame = glue.spark_session.createDataFrame([(id, "x")], "id long, name string")
            glue.write_data_frame.from_catalog(frame=frame, database="lake", table_name="items")
        job.commit()
    assert [row["id"] for row in contents(lake)] == [1, 2]
    assert len(newest(lake).snapshots()) == 2


def test_reading_what_the_run_itself_has_written_is_refused(lake: Lake) -> None:
    lake.append(1)
    with lake.run() as (_, glue, _job):
        frame = glue.spark_session.createDataFrame([(2, "b")], "id long, name string")
        glue.write_data_frame.from_catalog(frame=frame, database="lake", table_name="items")
        with pytest.raises(StagedPathRead, match=r"lake\.items"):
            glue.create_dynamic_frame.from_catalog("lake", "items")


def test_output_that_is_visible_at_once(lake: Lake) -> None:
    with lake.run(**{"--output-visibility": "immediate"}) as (_, glue, _job):
        frame = glue.spark_session.createDataFrame([(2, "b")], "id long, name string")
        glue.write_data_frame.from_catalog(frame=frame, database="lake", table_name="items")
        assert [row["id"] for row in contents(lake)] == [2]


def test_every_type_that_is_read_is_written(lake: Lake) -> None:
    schema = pa.schema(
        [
            ("id", pa.int32()),
            ("at", pa.timestamp("us", tz="UTC")),
            ("day", pa.date32()),
            ("price", pa.decimal128(9, 2)),
            ("tags", pa.list_(pa.string())),
            ("who", pa.struct([("name", pa.string()), ("age", pa.int32())])),
            ("counts", pa.map_(pa.string(), pa.int64())),
            ("raw", pa.binary()),
        ]
    )
    lake.made(schema, "wide")
    with lake.run() as (_, glue, job):
        frame = glue.spark_session.sql(
            "SELECT 1 AS id, TIMESTAMP '2024-05-06 07:08:09.123456 UTC' AS at, DATE '2024-05-06' AS day, "
            "CAST(12.3 AS decimal(5,1)) AS price, array('a', NULL) AS tags, "
            "named_struct('age', 3, 'name', 'x') AS who, map('k', 1) AS counts, CAST('ab' AS binary) AS raw"
        )
        glue.write_data_frame.from_catalog(frame=frame, database="lake", table_name="wide")
        job.commit()
    (found,) = contents(lake, "wide")
    assert found.pop("at").isoformat() == "2024-05-06T07:08:09.123456+00:00"
    assert str(found.pop("price")) == "12.30"
    assert found.pop("day").isoformat() == "2024-05-06"
    assert found == {
        "id": 1,
        "tags": ["a", None],
        "who": {"name": "x", "age": 3},
        "counts": [("k", 1)],
        "raw": b"ab",
    }


def test_a_purge_of_its_folder_is_refused(lake: Lake) -> None:
    lake.append(1)
    with lake.run() as (_, glue, _job), pytest.raises(UnsupportedFeature, match="is an Iceberg table"):
        glue.purge_table("lake", "items", {"retentionPeriod": 0})
    assert [row["id"] for row in contents(lake)] == [1]


def sql(lake: Lake, *statements: str) -> list[list[tuple[Any, ...]]]:
    """One run of SQL statements; the rows of each."""
    engine: Any = lake.engine
    with lake.run() as (session, glue, job):
        patches, before = Patches(), engine._patches
        engine._patches = patches
        try:
            engine.pass_on(session, session.sql_tables)
            found = [[tuple(row) for row in glue.spark_session.sql(one).collect()] for one in statements]
            job.commit()
        finally:
            patches.undo()
            engine._patches = before
    return found


def test_sql_reads_and_writes_it(lake: Lake) -> None:
    lake.append(1, 2)
    select = "SELECT id FROM glue_catalog.lake.items WHERE id > 1"
    assert sql(lake, select) == [[(2,)]]
    sql(lake, "INSERT INTO lake.items VALUES (3, 'c')")
    assert sql(lake, f"{select} ORDER BY id") == [[(2,), (3,)]]
    sql(lake, "INSERT OVERWRITE lake.items VALUES (7, 'x')")
    assert contents(lake) == [{"id": 7, "name": "x"}]
    assert len(list((Path(lake.table.location().removeprefix("file://")) / "data").iterdir())) == 3


def test_the_bookmark_shows_the_snapshot(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    lake.append(1)
    lake.ids()
    current = lake.table.current_snapshot()
    assert current is not None
    assert main(["bookmark", "show", "toy", "--state", str(lake.state)]) == 0
    assert f"lake.items, snapshot {current.snapshot_id}" in " ".join(capsys.readouterr().out.split())


def test_a_run_that_takes_back_its_commit_takes_it_out_before_the_files(lake: Lake) -> None:
    lake.append(1)
    with lake.run() as (session, glue, _job):
        frame = glue.spark_session.createDataFrame([(2, "b")], "id long, name string")
        glue.write_data_frame.from_catalog(frame=frame, database="lake", table_name="items")
        manifest, effects = session._output.manifest, session._context.effects
        effects.publish_all(manifest)
        assert [row["id"] for row in contents(lake)] == [1, 2]
        effects.take_back_all(manifest)
        assert [row["id"] for row in contents(lake)] == [1]
        with pytest.raises(PublishFailed, match="taken back"):
            effects.publish(manifest[-1])

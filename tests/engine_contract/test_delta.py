"""Delta tables of the catalog, as scripts read and write them."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from placekeeper.model.errors import SnapshotsForgotten, UnsupportedFeature, UsageError
from placekeeper.model.publication import SnapshotAdded
from placekeeper.runtime.engines.base import Engine
from placekeeper.wiring.state import State
from scripts_in_process import Scripts, new_state, scripts

pytestmark = pytest.mark.spark_tests(3)


class Lake:
    """The database `lake` with the table `items`; others write it with deltalake."""

    def __init__(self, state: State, run: Scripts, folder: Path) -> None:
        self.control, self.run = state.control, run
        self.uri = str(folder / "items")
        self.control.catalog.create_database({"Name": "lake"})
        self.control.catalog.create_table(
            "lake",
            {
                "Name": "items",
                "Parameters": {"spark.sql.sources.provider": "delta"},
                "StorageDescriptor": {"Location": self.uri},
            },
        )

    def append(self, *ids: int, **options: Any) -> None:
        rows = {"id": list(ids), "kind": ["a/b é" if id % 2 else None for id in ids]}
        schema = pa.schema([("id", pa.int64()), ("kind", pa.string())])
        write_deltalake(self.uri, pa.table(rows, schema), **{"mode": "append", **options})

    def ids(self, context: str = "items", **arguments: str) -> list[int]:
        with self.run(**arguments) as (session, glue, job):
            frame = glue.create_dynamic_frame.from_catalog("lake", "items", transformation_ctx=context)
            ids = sorted(row["id"] for row in frame.toDF().collect())
            job.commit()
        self.summary = session.summary()
        return ids

    def write(self, rows: list[tuple[Any, ...]], schema: str, **options: Any) -> None:
        with self.run() as (_, glue, job):
            frame = glue.spark_session.createDataFrame(rows, schema)
            glue.write_data_frame.from_catalog(
                frame=frame, database="lake", table_name="items", additional_options=options
            )
            job.commit()

    @property
    def table(self) -> DeltaTable:
        return DeltaTable(self.uri)

    @property
    def contents(self) -> list[tuple[Any, ...]]:
        """The rows, as deltalake itself reads them."""
        files = self.table.to_pyarrow_table().to_pylist()
        return sorted((tuple(row.values()) for row in files), key=repr)


@pytest.fixture
def lake(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    state = new_state(tmp_path / "state")
    with scripts(state, engine, monkeypatch) as run:
        yield Lake(state, run, tmp_path)
    state.close()


def test_the_first_run_reads_all_and_the_next_ones_what_was_added(lake: Lake) -> None:
    lake.append(1, 2)
    lake.append(3)
    assert [lake.ids(), lake.ids()] == [[1, 2, 3], []]
    lake.append(4)
    lake.append(5)
    assert lake.ids() == [4, 5]
    assert lake.summary.sources[0].counts == {"new": 2}
    assert lake.ids(context="") == [1, 2, 3, 4, 5]


def test_partitions_are_columns(lake: Lake) -> None:
    lake.append(1, 2, partition_by=["kind"])
    with lake.run() as (_, glue, _job):
        frame = glue.create_dynamic_frame.from_catalog("lake", "items").toDF()
        assert sorted(map(tuple, frame.select("id", "kind").collect())) == [(1, "a/b é"), (2, None)]


def test_merged_files_bring_nothing_and_rewritten_ones_their_rows(lake: Lake) -> None:
    for id in (1, 2, 3):
        lake.append(id)
    lake.ids()
    lake.append(4)
    lake.table.optimize.compact()
    assert lake.ids() == [4]
    lake.table.delete("id = 2")
    assert lake.ids() == [1, 3, 4]
    assert lake.summary.sources[0].counts == {"changed": 1}


def test_a_table_made_anew_is_read_whole(lake: Lake) -> None:
    lake.append(1)
    lake.ids()
    shutil.rmtree(lake.uri)
    lake.append(1)
    assert lake.ids() == [1]


def test_a_log_that_is_gone_is_refused(lake: Lake) -> None:
    for id in (1, 2):
        lake.append(id)
    lake.ids()
    for id in (3, 4, 5):
        lake.append(id)
    lake.table.create_checkpoint()
    for version in range(4):
        (Path(lake.uri) / "_delta_log" / f"{version:020d}.json").unlink()
    with pytest.raises(SnapshotsForgotten, match="snapshot 1 any more"):
        lake.ids()
    assert lake.ids(**{"--bookmark-backfill": "allow"}) == [1, 2, 3, 4, 5]


def test_new_files_that_were_merged_and_deleted_are_refused_and_the_user_decides(lake: Lake) -> None:
    for id in (1, 2):
        lake.append(id)
    lake.ids()
    for id in (3, 4):
        lake.append(id)
    lake.table.optimize.compact()
    lake.table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    with pytest.raises(SnapshotsForgotten, match=r"parquet was added up to snapshot \d, merged"):
        lake.ids()
    assert lake.ids(**{"--bookmark-backfill": "allow"}) == [1, 2, 3, 4]
    assert lake.ids() == []


def test_partitions_by_time_are_read_run_after_run(lake: Lake) -> None:
    at = datetime(2024, 1, 5, 1, 2, 3, tzinfo=UTC)
    rows = pa.table({"id": [1], "kind": pa.array([at], pa.timestamp("us", "UTC"))})
    for _ in range(2):
        write_deltalake(lake.uri, rows, mode="append", partition_by=["kind"])
        assert lake.ids() == [1]


def test_one_context_reads_one_version_in_a_run(lake: Lake) -> None:
    lake.append(1)
    with lake.run() as (_, glue, job):
        read = []
        for id in (2, 3):
            frame = glue.create_dynamic_frame.from_catalog("lake", "items", transformation_ctx="items")
            read.append([row["id"] for row in frame.toDF().collect()])
            lake.append(id)
        job.commit()
    assert [*read, lake.ids()] == [[1], [1], [2, 3]]


def test_rows_are_appended_and_overwritten(lake: Lake) -> None:
    lake.append(1)
    lake.write([(2, "x")], "id int, kind string")
    assert lake.contents == [(1, "a/b é"), (2, "x")]
    lake.write([(7, None)], "id long, kind string", mode="overwrite")
    assert lake.contents == [(7, None)]
    assert lake.ids() == [7]


def test_partitions_are_written_as_the_table_has_them(lake: Lake) -> None:
    lake.append(1, 2, partition_by=["kind"])
    lake.write([("c d/é=%", 3), (None, 4)], "KIND string, id long")
    assert lake.contents == [(1, "a/b é"), (2, None), (3, "c d/é=%"), (4, None)]
    assert lake.ids() == [1, 2, 3, 4]


def test_rows_that_do_not_fit_are_refused(lake: Lake) -> None:
    lake.append(1)
    with pytest.raises(UsageError, match="has no column other"):
        lake.write([(1, "x")], "id long, other string")
    assert lake.table.version() == 0


def test_a_table_that_takes_appends_only_is_not_overwritten(lake: Lake) -> None:
    lake.append(1, configuration={"delta.appendOnly": "true"})
    with pytest.raises(UnsupportedFeature, match="takes appends only"):
        lake.write([(7, None)], "id long, kind string", mode="overwrite")
    lake.write([(2, None)], "id long, kind string")
    assert lake.ids() == [1, 2]


def test_a_commit_is_done_once_and_taken_back_whole(lake: Lake) -> None:
    lake.append(1, partition_by=["kind"])
    lake.write([(2, "x/y")], "id long, kind string", mode="overwrite")
    (commit,) = [
        effect
        for publication in _publications(lake)
        for effect in publication.manifest
        if isinstance(effect, SnapshotAdded)
    ]
    lakes = lake.control.lake_changes._lakes
    spec = lake.control.catalog.table("lake", "items").spec
    lakes.added(commit, spec)
    assert (lake.contents, lake.table.version()) == ([(2, "x/y")], 1)
    lake.append(3)
    for _ in range(2):
        lakes.taken_back(commit, spec)
        assert lake.contents == [(1, "a/b é"), (3, "a/b é")]


def _publications(lake: Lake) -> Any:
    changes = lake.control.lake_changes
    runs = {version.run_id for version in lake.control.bookmarks.history("toy") if version.run_id}
    with changes._store.read() as tx:
        return [one for run in runs for one in tx.publications.of_run(run)]


def test_features_that_need_another_reader_are_refused(lake: Lake) -> None:
    lake.append(1, configuration={"delta.enableDeletionVectors": "true"})
    with lake.run() as (_, glue, _job), pytest.raises(UnsupportedFeature, match="deletionVectors"):
        glue.create_dynamic_frame.from_catalog("lake", "items")

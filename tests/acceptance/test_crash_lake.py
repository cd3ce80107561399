"""Kill -9 around the commit to an Iceberg table: rows and bookmark agree, and no snapshot is there twice."""

from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from fault_points import matrix
from lake_tables import made_table, rows_of
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from workspace import COPY, Workspace

_WRITES_FILES = COPY[COPY.index("glue.write_dynamic_frame") : COPY.index("job.commit()")]
_WRITES_TABLE = """\
glue.write_dynamic_frame.from_catalog(frame=rows, database="shop", table_name="rows")
"""
COPY_TO_TABLE = COPY.replace(_WRITES_FILES, _WRITES_TABLE)
COLUMNS = pa.schema([("id", pa.int64()), ("part", pa.string())])
BEFORE_COMMIT = ["sink.file-staged", "commit.segments-durable"]
POINTS = [
    *BEFORE_COMMIT,
    "commit.durable",
    "publish.before-first",
    "publish.after-first",
    "publish.snapshot-added",
    "publish.all-visible",
    "commit.returns",
]


@pytest.mark.parametrize(("workspace", "point"), matrix(POINTS), indirect=["workspace"])
def test_killed_at(workspace: Workspace, point: str) -> None:
    _make_table(workspace)
    script = workspace.script(COPY_TO_TABLE)
    workspace.put_rows("1.csv", *range(10))
    workspace.put_rows("2.csv", *range(10, 20))
    is_decided = point not in BEFORE_COMMIT

    killed = workspace.run(script, PLACEKEEPER_FAULT_POINT=point)
    assert killed.code == 1, killed.error
    assert "SIGKILL" in killed.summary["error_message"]
    assert _table(workspace) == (list(range(20)), 1) if is_decided else ([], 0)

    workspace.put_rows("3.csv", *range(20, 25))
    again = workspace.run(script)
    assert again.code == 0, again.error
    assert _table(workspace) == (list(range(25)), 2 if is_decided else 1)


@pytest.mark.parametrize("point", ["commit.durable", "publish.snapshot-added"])
def test_a_delta_table_has_each_row_once(workspace: Workspace, point: str) -> None:
    uri = workspace.place.url("lake")
    options = {**workspace.environ, "allow_http": "true"}
    DeltaTable.create(uri, COLUMNS, storage_options=options)
    spec = {"Parameters": {"table_type": "DELTA"}, "StorageDescriptor": {"Location": uri}}
    _register(workspace, {"Name": "rows", **spec})
    script = workspace.script(COPY_TO_TABLE)
    workspace.put_rows("1.csv", *range(10))
    killed = workspace.run(script, PLACEKEEPER_FAULT_POINT=point)
    assert "SIGKILL" in killed.summary["error_message"], killed.error
    workspace.put_rows("2.csv", *range(10, 15))
    again = workspace.run(script)
    assert again.code == 0, again.error
    table = DeltaTable(uri, storage_options=options)
    assert (sorted(table.to_pyarrow_table()["id"].to_pylist()), table.version()) == (list(range(15)), 2)


def _make_table(workspace: Workspace) -> None:
    location = workspace.place.url("lake")
    spec = made_table(location if "://" in location else f"file://{location}", COLUMNS, workspace.environ)
    _register(workspace, spec)


def _register(workspace: Workspace, spec: dict[str, Any]) -> None:
    state = open_state(Settings(state=workspace.state), {})
    state.control.catalog.create_database({"Name": "shop"})
    state.control.catalog.create_table("shop", spec)
    state.close()


def _table(workspace: Workspace) -> tuple[list[int], int]:
    """The ids in the table, and how many snapshots it has."""
    state = open_state(Settings(state=workspace.state), {}, only_reads=True)
    spec: dict[str, Any] = state.control.catalog.table("shop", "rows").spec
    state.close()
    ids = sorted(row["id"] for row in rows_of(spec, workspace.environ))
    return ids, int(spec["Parameters"]["metadata_location"].rpartition("/")[2][:5])


MERGES = COPY_TO_TABLE.replace(
    _WRITES_TABLE,
    """\
rows.toDF().createOrReplaceTempView("news")
glue.spark_session.sql(
    "MERGE INTO shop.rows t USING news s ON t.id = s.id "
    "WHEN MATCHED THEN UPDATE SET part = concat(t.part, s.part) WHEN NOT MATCHED THEN INSERT *"
)
""",
)
MERGE_POINTS = ["sink.file-staged", "commit.durable", "publish.snapshot-added", "publish.all-visible"]


@pytest.mark.parametrize("format", ["iceberg", "delta"])
@pytest.mark.parametrize(("workspace", "point"), matrix(MERGE_POINTS), indirect=["workspace"])
def test_a_merge_is_done_once(workspace: Workspace, point: str, format: str) -> None:
    uri, options = workspace.place.url("lake"), {**workspace.environ, "allow_http": "true"}
    if format == "iceberg":
        _make_table(workspace)
    else:
        DeltaTable.create(uri, COLUMNS, storage_options=options)
        spec = {"Parameters": {"table_type": "DELTA"}, "StorageDescriptor": {"Location": uri}}
        _register(workspace, {"Name": "rows", **spec})

    def parts() -> list[tuple[int, str]]:
        if format == "iceberg":
            return _rows(workspace)
        found = DeltaTable(uri, storage_options=options).to_pyarrow_table().to_pylist()
        return sorted((row["id"], row["part"]) for row in found)

    script = workspace.script(MERGES)
    workspace.put_rows("1.csv", *range(4))
    first = workspace.run(script)
    assert first.code == 0, first.error
    before = parts()
    assert [id for id, _ in before] == list(range(4))

    workspace.put_rows("2.csv", *range(2, 7))
    killed = workspace.run(script, PLACEKEEPER_FAULT_POINT=point)
    assert "SIGKILL" in killed.summary["error_message"], killed.error
    assert (parts() == before) == (point == "sink.file-staged")
    again = workspace.run(script)
    assert again.code == 0, again.error
    assert parts() == [(id, "ab"[id % 2] * (2 if id in (2, 3) else 1)) for id in range(7)]


def _rows(workspace: Workspace) -> list[tuple[int, str]]:
    state = open_state(Settings(state=workspace.state), {}, only_reads=True)
    spec: dict[str, Any] = state.control.catalog.table("shop", "rows").spec
    state.close()
    return sorted((row["id"], row["part"]) for row in rows_of(spec, workspace.environ))

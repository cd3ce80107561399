"""Kill -9 at every named point between the first write and published: the next run leaves the right rows.

The rows go to a table of the catalog that the first run makes, so that files, table and partitions agree.
"""

import pytest

from fault_points import AFTER_COMMIT, POINTS, matrix
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from workspace import COPY, Workspace

_WRITES_FILES = COPY[COPY.index("glue.write_dynamic_frame") : COPY.index("job.commit()")]
_WRITES_TABLE = """\
sink = glue.getSink(
    path=args["target"], connection_type="s3", partitionKeys=["part"], enableUpdateCatalog=True
)
sink.setCatalogInfo(catalogDatabase="shop", catalogTableName="rows")
sink.setFormat("glueparquet")
sink.writeFrame(rows)
"""
COPY_TO_TABLE = COPY.replace(_WRITES_FILES, _WRITES_TABLE)


@pytest.mark.parametrize(("workspace", "point"), matrix(POINTS), indirect=["workspace"])
def test_killed_at(workspace: Workspace, point: str) -> None:
    _create_database(workspace)
    script = workspace.script(COPY_TO_TABLE)
    workspace.put_rows("1.csv", *range(10))
    workspace.put_rows("2.csv", *range(10, 20))

    killed = workspace.run(script, PLACEKEEPER_FAULT_POINT=point)
    assert killed.code == 1, killed.error
    assert killed.summary["state"] == "FAILED"
    assert "SIGKILL" in killed.summary["error_message"]
    expected = list(range(20)) if point in AFTER_COMMIT else []
    assert workspace.ids() == expected  # whoever launched the run has settled what it had decided
    assert _partitions(workspace) == ({"a", "b"} if point in AFTER_COMMIT else None)

    workspace.put_rows("3.csv", *range(20, 25))
    again = workspace.run(script)
    assert again.code == 0, again.error
    assert workspace.ids() == list(range(25))
    assert _partitions(workspace) == {"a", "b"}
    assert workspace.counts(again) == ({"new": 1, "done": 2} if point in AFTER_COMMIT else {"new": 3})
    assert workspace.entry()["Run"] == (3 if point in AFTER_COMMIT else 2)


def _create_database(workspace: Workspace) -> None:
    state = open_state(Settings(state=workspace.state), {})
    state.control.catalog.create_database({"Name": "shop"})
    state.close()


def _partitions(workspace: Workspace) -> set[str] | None:
    """The values of the table's partitions, None without a table; nothing of it is undecided."""
    state = open_state(Settings(state=workspace.state), {}, only_reads=True)
    try:
        table = state.control.catalog.table("shop", "rows")
        page = state.control.partitions.page("shop", "rows", predicate="", segment=None, after=None, limit=10)
        with state.store.read() as tx:
            needed_by = [
                id for one in (table, *page.items) if one.undecided for id in one.undecided.needed_by
            ]
            assert not tx.catalog_changes.undecided(needed_by)
    except EntityNotFoundException:
        return None
    finally:
        state.close()
    return {found.values[0] for found in page.items}

"""What 0.1 has stored of bookmarks is understood, and stored again in the same layout."""

import json
import sqlite3
from typing import Any

import msgspec
import pytest

from old_state import old_state
from placekeeper.control.bookmarks.plan_file import Plan
from placekeeper.model import kinds
from placekeeper.model.bookmark import BookmarkState, source_elements, sources_of, with_segments
from placekeeper.model.catalog import TableRef
from placekeeper.model.element import FileElement, IdElement
from placekeeper.model.exchange import Opened, OpenedRange
from placekeeper.model.policy import Policy
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import FileSource, TableSource


@pytest.fixture(scope="module")
def stored() -> dict[int, str]:
    """The states that 0.1 has stored, by version."""
    with (
        old_state() as old,
        sqlite3.connect(f"file:{old.state}/placekeeper.db?mode=ro", uri=True) as database,
    ):
        return dict(
            database.execute(
                "select version, state from bookmark_versions where state is not null"
            ).fetchall()
        )


@pytest.fixture(scope="module")
def plan() -> str:
    with old_state() as old:
        return (old.folder / "plan.json").read_text()


def without_kinds(value: Any) -> Any:
    if isinstance(value, list):
        return [without_kinds(item) for item in value]
    if isinstance(value, dict):
        return {name: without_kinds(item) for name, item in value.items() if name != "kind"}
    return value


def test_an_old_state_keeps_its_layout_and_says_kinds_from_now_on(stored: dict[int, str]) -> None:
    assert stored.keys() == {2, 4, 12}
    for text in stored.values():
        state = kinds.decode(text, BookmarkState)
        again = msgspec.json.encode(state)
        assert without_kinds(json.loads(again)) == json.loads(text)
        assert msgspec.json.decode(again, type=BookmarkState) == state


def test_old_sources_are_files_and_tables(stored: dict[int, str]) -> None:
    state = kinds.decode(stored[4], BookmarkState)

    folder = "file:///tmp/placekeeper-state-0.1/data"
    rows, bounded, sales = state["rows"].source, state["bounded"].source, state["sales"].source
    assert isinstance(rows, FileSource)
    assert (rows.paths, rows.recurse, rows.exclusions) == ((f"{folder}/rows/",), True, ("**.tmp",))
    assert isinstance(bounded, FileSource)
    assert (bounded.reading.policy, bounded.max_band_ms) == (Policy.WINDOW, 60_000)
    assert isinstance(sales, TableSource)
    assert sales.table == TableRef(database="shop", name="sales", predicates=("year > 2000",))
    assert (state["bounded"].leaving_since, state["bounded"].band_ms) == (2, 60_000)
    assert state["sales"].latest_partitions == (f"{folder}/sales/2025/",)
    imported = kinds.decode(stored[12], BookmarkState)["rows"]
    assert (imported.source, imported.is_imported, len(imported.include_list)) == (None, True, 2)


def test_a_plan_and_the_exchange_with_an_old_version_are_understood(
    stored: dict[int, str], plan: str
) -> None:
    sources = {source.context: source.source for source in kinds.decode(plan, Plan).sources}
    assert {context: type(source) for context, source in sources.items()} == {
        "rows": FileSource,
        "bounded": FileSource,
        "sales": TableSource,
    }
    assert len(sources["sales"].partitions) == 2

    state = kinds.decode(stored[4], BookmarkState)
    opened = Opened(name="copy", run=3, attempt=0, state=state, range=OpenedRange(after=2, begin=state))
    old = json.dumps(without_kinds(json.loads(msgspec.json.encode(opened))))
    assert kinds.decode(old, Opened) == opened


def test_a_context_may_have_the_name_of_a_member() -> None:
    """Contexts named like the members by which an element is known do not make a state look like one."""
    source = FileSource(connection_type="s3", paths=("s3://b/",), format="csv")
    element = FileElement(source=source, run=1, watermark_ms=5)
    names = ("run", "run_start_ms", "connection_type", "paths", "table", "source", "kind")
    state: BookmarkState = dict.fromkeys(names, element)
    old = without_kinds(json.loads(msgspec.json.encode(state))) | {"kind": {}}
    old["kind"] = old["run"]

    assert kinds.decode(json.dumps(old), BookmarkState) == state


@pytest.mark.parametrize(
    "text", ['{"rows": {"source": null, "run": 1}}', '{"rows": {"run_start_ms": "x"}}', "[]"]
)
def test_what_is_no_state_is_refused_as_what_it_is(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        kinds.decode(text, BookmarkState)
    with pytest.raises(msgspec.DecodeError):
        kinds.decode(text[:-1], BookmarkState)


def test_the_elements_of_a_relationalize_stand_beside_those_of_sources() -> None:
    source = FileSource(connection_type="s3", paths=("s3://b/",), format="csv")
    rows = FileElement(source=source, run=1, watermark_ms=5)
    state: BookmarkState = {"rows": rows, "flat": IdElement(next_id=9, run=1)}

    again = kinds.decode(msgspec.json.encode(state), BookmarkState)
    assert again == state
    assert source_elements(again) == {"rows": rows}
    assert sources_of(again) == {"rows": source}
    segment = SegmentRef(key="k", rows=1, size=1, digest="")
    changed = with_segments(again, lambda context, segments: (*segments, segment))
    assert (changed["flat"], changed["rows"]) == (
        state["flat"],
        msgspec.structs.replace(rows, segments=(segment,)),
    )

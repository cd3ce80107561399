"""How much a run looks at, and how much it may ask to delete."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from placekeeper.model.errors import UsageError
from placekeeper.model.exchange import PublicationRequest
from placekeeper.model.objects import LISTING_SCHEMA, ObjectMeta
from placekeeper.runtime.run import purging
from placekeeper.runtime.run.purging import Room, deletions, is_anything_under


def metas(count: int, name: str = "s3://bucket/out/{}.parquet") -> list[ObjectMeta]:
    return [
        ObjectMeta(path=name.format(n), last_modified_ms=2**42, size=2**40, e_tag="0" * 35, version="1" * 32)
        for n in range(count)
    ]


def fill(room: Room, objects: list[ObjectMeta], taken: list[ObjectMeta]) -> None:
    for meta in objects:
        room.take(meta, "out")
        taken.append(meta)


@pytest.mark.parametrize("name", ["s3://b/{}", "s3://b/" + "é" * 300 + "{}", "s3://b/a'b c%{}"])
def test_what_there_is_room_for_fits_into_a_commit(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(purging, "_MOST_BYTES", 100_000)
    taken: list[ObjectMeta] = []
    room = Room([])
    with pytest.raises(UsageError, match="out: there are more objects to delete than one commit can name"):
        fill(room, metas(10_000, name), taken)
    assert taken
    request = PublicationRequest(manifest=deletions(taken))
    assert 50_000 < len(msgspec.json.encode(request)) < 100_000


def test_what_waits_already_takes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "_MOST_BYTES", 100_000)
    waiting = deletions(metas(640))
    Room([]).take(metas(1)[0], "out")
    with pytest.raises(UsageError, match="Nothing was written or deleted"):
        Room(waiting).take(metas(1)[0], "out")
    Room(waiting, is_bounded=False).take(metas(1)[0], "out")


def test_a_listing_ends_with_the_first_object() -> None:
    listed: list[str] = []

    def unsorted(_folder: str) -> Iterator[pa.RecordBatch]:
        for name in ("_placekeeper/jr_1/a.staged", "deleted", "there", "never listed"):
            listed.append(name)
            row = {"path": f"s3://b/out/{name}", "last_modified_ms": 1, "size": 1}
            yield pa.RecordBatch.from_pylist([row], schema=LISTING_SCHEMA)

    context: Any = SimpleNamespace(objects=SimpleNamespace(unsorted=unsorted))
    assert is_anything_under(context, "s3://b/out/", {"s3://b/out/deleted"})
    assert listed[-1] == "there"
    listed.clear()
    assert not is_anything_under(
        context, "s3://b/out/", {f"s3://b/out/{n}" for n in ("deleted", "there", "never listed")}
    )

"""What a run says of a listing."""

from pathlib import Path

from placekeeper.model.plan import Reason
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.connectors.listing_notes import listing_notes


def test_a_local_path_that_is_not_there_is_named_for_certain(tmp_path: Path) -> None:
    there, absent = f"file://{tmp_path}", f"file://{tmp_path}/absent/"
    found = ObjectStores().absent([there, absent, "s3://nobody/knows"])
    assert found == [absent]
    assert listing_notes([there, absent], found, {Reason.NEW: 1}) == [
        f"{absent}: there is no such path, so nothing was read from it"
    ]
    (certain, perhaps) = listing_notes([absent, there], found, {})
    assert certain.startswith(f"{absent}: there is no such path")
    assert perhaps.startswith(f"{there}: there is no object")
    assert listing_notes([there], [], {Reason.NEW: 1}) == []


def test_folders_that_are_not_read_are_said() -> None:
    (said,) = listing_notes([f"s3://b/{n}" for n in range(7)], [], {Reason.NEW: 1, Reason.FOLDER: 2})
    assert said.startswith("s3://b/0, s3://b/1, s3://b/2, s3://b/3, s3://b/4 and 2 more: 2 folders below")
    assert '"recurse": True' in said

"""What a run says of its sources."""

from pathlib import Path

from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.summary import listing_notes


def test_a_local_path_that_is_not_there_is_named_for_certain(tmp_path: Path) -> None:
    there, absent = f"file://{tmp_path}", f"file://{tmp_path}/absent/"
    found = ObjectStores().absent([there, absent, "s3://nobody/knows"])
    assert found == [absent]
    assert listing_notes([there, absent], found, is_empty=False) == [
        f"{absent}: there is no such path, so nothing was read from it"
    ]
    (certain, perhaps) = listing_notes([absent, there], found, is_empty=True)
    assert certain.startswith(f"{absent}: there is no such path")
    assert perhaps.startswith(f"{there}: no object there")
    assert listing_notes([there], [], is_empty=False) == []

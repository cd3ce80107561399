"""What a run says of a listing."""

from pathlib import Path

import pytest

from placekeeper.model.errors import ListingFailed
from placekeeper.model.plan import Reason
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.connectors.listing_notes import listing_notes, listing_warnings


def no_folders(_folder: str) -> list[str]:
    return []


def test_a_local_path_that_is_not_there_is_named_for_certain(tmp_path: Path) -> None:
    there, absent = f"file://{tmp_path}", f"file://{tmp_path}/absent/"
    found = ObjectStores().absent([there, absent, "s3://nobody/knows"])
    assert found == [absent]
    assert listing_warnings([there, absent], found, {Reason.NEW: 1}, no_folders) == [
        f"{absent}: there is no such path, so nothing was read from it"
    ]
    (certain, perhaps) = listing_warnings([absent, there], found, {}, no_folders)
    assert certain.startswith(f"{absent}: there is no such path")
    assert perhaps.startswith(f"{there}: there is no object")
    assert listing_warnings([there], [], {Reason.NEW: 1}, no_folders) == []


def test_the_folder_that_was_meant_is_named(tmp_path: Path) -> None:
    (tmp_path / "sales" / "2024").mkdir(parents=True)
    folders_in = ObjectStores().folders_in
    for wrong, meant in (("sale", "sales/"), ("sale/2024/01", "sales/"), ("sales/2042", "sales/2024/")):
        path = f"file://{tmp_path}/{wrong}"
        (said,) = listing_warnings([path], [path], {}, folders_in)
        assert said.endswith(f"nothing was read from it; did you mean file://{tmp_path}/{meant}?")
    path = f"file://{tmp_path}/sales/2024/"
    (said,) = listing_warnings([path], [], {}, folders_in)
    assert (
        said == f"{path}: there is no object, so nothing was read. Is the path right, or is the folder empty?"
    )


def test_in_s3_a_folder_is_a_prefix() -> None:
    folders = {"s3://b/": ["landing", "out"], "s3://b/landing/": []}
    (said,) = listing_warnings(["s3://b/landnig/day=1/*.csv"], [], {}, lambda folder: folders.get(folder, []))
    assert said.endswith("there is no object, so nothing was read; did you mean s3://b/landing/?")


def test_a_store_that_refuses_gives_no_advice() -> None:
    def refuse(_folder: str) -> list[str]:
        raise ListingFailed("access denied")

    (said,) = listing_warnings(["s3://b/in/"], [], {}, refuse)
    assert "there is no object" in said


def test_folders_that_are_not_read_are_said() -> None:
    (said,) = listing_notes([f"s3://b/{n}" for n in range(7)], [], {Reason.NEW: 1, Reason.FOLDER: 2})
    assert said.startswith("s3://b/0, s3://b/1, s3://b/2, s3://b/3, s3://b/4 and 2 more: 2 folders below")
    assert '"recurse": True' in said


@pytest.mark.parametrize("folder", ["absent", "file.csv"])
def test_no_folders_are_in_what_is_no_folder(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file.csv").touch()
    assert ObjectStores().folders_in(f"file://{tmp_path}/{folder}/") == []

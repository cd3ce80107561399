"""The files of a target: which are listed, which are looked into, and what is said of the others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.model.errors import ListingFailed, UsageError
from placekeeper.model.objects import CLASSED_LISTING_SCHEMA
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.crawling.listing import Listed, check_there, listed
from placekeeper.runtime.crawling.seeing import looked_into

OBJECTS = ObjectStores()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "a/x.json": '{"a": 1}\n',
        "a/y.json": '{"a": 2}\n',
        "a/z.json": '{"a": 3}\n',
        "b/tmp/x.json": '{"a": 1}\n',
        "b/x.bak": "old",
        "_hidden/x.json": "{}",
        "a/.part": "{}",
        "_k=v/x.json": '{"a": 1}\n',
        "c/empty": "",
        "d_$folder$": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def found(path: object, *exclusions: str) -> tuple[Listed, list[str]]:
    said: list[str] = []
    return listed(OBJECTS, str(path), exclusions, said), said


def names(listing: Listed) -> list[str]:
    return sorted(
        meta.path.removeprefix(listing.root) for metas in listing.folders.values() for meta in metas
    )


def test_what_is_left_out_is_counted(folder: Path) -> None:
    listing, said = found(folder, "b/tmp/**", "**.bak")
    assert names(listing) == ["_k=v/x.json", "a/x.json", "a/y.json", "a/z.json"]
    root = f"file://{folder}/"
    assert sorted(said) == [
        f"{root}: 1 file left out: empty",
        f"{root}: 2 files left out: excluded by Exclusions",
        f"{root}: 2 files left out: hidden (their names, or those of folders above them, begin with _ or .)",
    ]
    assert [one.folder.removeprefix(root) for one in listing.seen] == ["_k=v/", "a/"]
    assert listing.seen[1].files == 3


def test_a_target_may_be_one_file(folder: Path) -> None:
    listing, _ = found(folder / "a" / "x.json")
    path = f"file://{folder}/a/x.json"
    assert (listing.is_file, listing.root, list(listing.folders)) == (True, path, [path])


def test_a_folder_that_is_not_there_or_has_no_files_says_so(folder: Path) -> None:
    assert found(folder / "absent")[1] == [f"file://{folder}/absent/: the folder does not exist"]
    assert found(folder / "c")[1][-1] == f"file://{folder}/c/: there are no files"


def test_a_local_target_that_is_not_there_fails_the_crawl(folder: Path) -> None:
    (folder / "sales").mkdir()
    for path in (f"{folder}/saless", f"{folder}/saless/"):
        with pytest.raises(
            ListingFailed, match=r"there is no such path; did you mean .*/sales/?.*Nothing was"
        ):
            check_there(OBJECTS, path)
    with pytest.raises(ListingFailed, match=r"x\.jso"):
        check_there(OBJECTS, f"{folder}/a/x.jso")
    check_there(OBJECTS, f"{folder}/sales")
    check_there(OBJECTS, f"{folder}/a/x.json")


def test_a_target_means_just_itself(tmp_path: Path) -> None:
    for name in ("t[1]", "t1", "{p,q}", "p", "*", "a\\b[1]"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.json").write_text('{"a": 1}\n')
    for name in ("t[1]", "{p,q}", "*", "a\\b[1]"):
        check_there(OBJECTS, str(tmp_path / name))
        assert names(found(tmp_path / name)[0]) == [f"{name}.json"]


def test_a_broken_glob_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="is broken"):
        found(folder, "[a")


def test_archived_objects_are_left_out() -> None:
    class Archive:
        def literal(self, path: str) -> str:
            return path

        def listing(self, *_: Any, **__: Any) -> Iterator[pa.RecordBatch]:
            rows = [
                {"path": f"s3://b/t/{name}", "last_modified_ms": 1, "size": 1, "storage_class": name}
                for name in ("DEEP_ARCHIVE", "GLACIER", "GLACIER_IR", "STANDARD")
            ]
            yield pa.RecordBatch.from_pylist(rows, schema=CLASSED_LISTING_SCHEMA)

    said: list[str] = []
    listing = listed(Archive(), "s3://b/t/", (), said)  # type: ignore[arg-type]
    assert names(listing) == ["GLACIER_IR", "STANDARD"]
    assert said == ["s3://b/t/: 2 files left out: archived in S3 Glacier"]


def test_a_sample_is_looked_into_and_the_others_count(folder: Path) -> None:
    said: list[str] = []
    listing, _ = found(folder / "a")
    seen = looked_into(OBJECTS, listing.folders, (), sample=1, say=said.append)
    assert sum(file.shape is not None for file in seen.files) == 1
    assert len(seen.files) == 3
    assert said == ["2 files were not looked into: SampleSize is 1"]


def test_many_bad_files_are_named_up_to_a_number(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number:02}").write_text("no form\n")
    said: list[str] = []
    listing, _ = found(tmp_path)
    seen = looked_into(OBJECTS, listing.folders, (), sample=None, say=said.append)
    assert (len(seen.bad), seen.files) == (25, [])
    assert len(said) == 21
    assert said[-1] == "5 more files were skipped in the same way"


def test_a_file_that_is_only_a_header_is_csv_without_rows(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("id,n\n1,2\n3,4\n")
    (tmp_path / "b").write_text("id,n\n")
    (tmp_path / "c").write_text("other,n\n")
    said: list[str] = []
    listing, _ = found(tmp_path)
    seen = looked_into(OBJECTS, listing.folders, (), sample=None, say=said.append)
    assert [file.path[-1] for file in seen.files] == ["a", "b"]
    assert seen.files[1].shape is not None
    assert seen.files[1].shape.records == 0
    assert len(said) == 1


def test_tables_of_lake_formats_are_named_and_left_out(tmp_path: Path) -> None:
    for name in (
        "delta/part-0.json",
        "delta/_delta_log/0.json",
        "ice/data/x.json",
        "ice/metadata/0-a.metadata.json",
        "hudi/day=1/x.json",
        "hudi/.hoodie/hoodie.properties",
        "plain/x.json",
        "plain/metadata/x.json",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"a": 1}\n')
    listing, said = found(tmp_path)
    assert names(listing) == ["plain/metadata/x.json", "plain/x.json"]
    root = f"file://{tmp_path}/"
    lakes = [sentence.removeprefix(root).partition(", ")[0] for sentence in said if "not crawled" in sentence]
    assert sorted(lakes) == ["delta/: a table of Delta", "hudi/: a table of Hudi", "ice/: a table of Iceberg"]

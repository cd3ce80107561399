"""Storage classes in listings, and objects that S3 keeps in an archive and does not hand out.

SeaweedFS keeps the class of an object; moto also refuses to hand out what is archived, as AWS does.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from placekeeper.model.objects import CLASSED_LISTING_SCHEMA, object_rows
from placekeeper.objects.stores import ObjectStores
from s3 import S3Server

CLASSES = {"a": "STANDARD", "b/1": "GLACIER", "b/2": "STANDARD", "c/d/3": "DEEP_ARCHIVE", "e": "STANDARD_IA"}


def bucket_of(server: S3Server, classes: dict[str, str]) -> str:
    name = server.new_bucket()
    for key, storage_class in classes.items():
        server.client().put_object(Bucket=name, Key=key, Body=b"x", StorageClass=storage_class)
    return f"s3://{name}/"


@pytest.mark.parametrize("at_once", [1, 8])
def test_a_listing_has_them_where_they_are_asked_for(s3: S3Server, tmp_path: Path, at_once: int) -> None:
    root = bucket_of(s3, CLASSES)
    (tmp_path / "local").write_bytes(b"x")
    objects = ObjectStores.of(s3.environ)

    def listed(*paths: str, **how: Any) -> pa.Table:
        batches = objects.listing(paths, recurse=True, in_order=True, at_once=at_once, **how)
        return pa.Table.from_batches(batches)

    for paths in ((root,), (root, f"file://{tmp_path}"), (root, root + "b/"), (root + "b/1", root + "c")):
        classed = listed(*paths, storage_classes=True)
        assert classed.schema == CLASSED_LISTING_SCHEMA
        rows = dict(zip(*(classed.column(n).to_pylist() for n in ("path", "storage_class")), strict=True))
        expected = {root + key: name for key, name in CLASSES.items() if (root + key).startswith(paths)}
        assert rows == expected | {path: None for path in rows if path.startswith("file:")}
        assert classed.drop_columns(["storage_class"]).equals(listed(*paths))


@pytest.mark.parametrize("key", ["plain", "odd//key"])  # by obstore, by botocore
@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_archived_object_says_what_to_do(sorted_s3: S3Server, key: str, storage_class: str) -> None:
    root = bucket_of(sorted_s3, {key: storage_class})
    objects = ObjectStores.of(sorted_s3.environ)
    (meta,) = [row for batch in objects.listing([root], recurse=True) for row in object_rows(batch)]
    said = (
        rf"{key} could not be read: it is archived \({storage_class}\).*restore-object.*excludeStorageClasses"
    )
    with pytest.raises(OSError, match=said), objects.open(meta):
        pass

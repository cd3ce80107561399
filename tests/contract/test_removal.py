"""Objects that a script has asked to delete, on a local disk and in S3."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from placekeeper.model.manifests import ManifestCodec
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import ObjectsPurged
from placekeeper.objects.removal import ObjectRemoval
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.stores import ObjectStores
from s3 import S3Server

Put = Callable[[str, bytes], str]


@pytest.fixture
def removal(s3: S3Server) -> ObjectRemoval:
    return ObjectRemoval(S3Settings.of(s3.environ))


@pytest.fixture(params=["local", "s3"])
def put(request: pytest.FixtureRequest, s3: S3Server, tmp_path: Path) -> Put:
    """Write an object; its URI."""
    bucket = s3.new_bucket() if request.param == "s3" else ""

    def putting(name: str, data: bytes) -> str:
        if bucket:
            s3.client().put_object(Bucket=bucket, Key=name, Body=data)
            return f"s3://{bucket}/{name}"
        (tmp_path / name).write_bytes(data)
        return f"file://{tmp_path / name}"

    return putting


def found(stores: ObjectStores, *uris: str) -> tuple[ObjectMeta, ...]:
    return tuple(meta for uri in uris if (meta := stores.stat(uri)) is not None)


def test_what_is_as_it_was_is_deleted_and_again_changes_nothing(
    stores: ObjectStores, removal: ObjectRemoval, put: Put
) -> None:
    uris = [put(f"{n} ü%20.csv", b"a") for n in range(3)]
    kept = put("other.csv", b"a")
    effect = ObjectsPurged(objects=found(stores, *uris))
    for _ in range(2):
        removal.publish(effect)
    assert found(stores, *uris) == ()
    assert found(stores, kept) != ()
    removal.take_back(effect)
    assert found(stores, *uris) == ()


def test_what_has_changed_since_stays(stores: ObjectStores, removal: ObjectRemoval, put: Put) -> None:
    uri = put("a.csv", b"old")
    effect = ObjectsPurged(objects=found(stores, uri))
    put("a.csv", b"newer")
    removal.publish(effect)
    assert [meta.size for meta in found(stores, uri)] == [5]


def test_a_manifest_keeps_them(stores: ObjectStores, put: Put) -> None:
    manifest = (ObjectsPurged(objects=found(stores, put("a.csv", b"a"))),)
    codec = ManifestCodec()
    assert codec.decode(codec.encode(manifest)) == manifest


@pytest.mark.skipif(os.geteuid() == 0, reason="root may delete everywhere")
def test_a_folder_that_may_not_be_written_is_named(
    stores: ObjectStores, removal: ObjectRemoval, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(b"a")
    uri = f"file://{tmp_path / 'a.csv'}"
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OSError, match=r"a\.csv could not be deleted: Permission denied"):
            removal.publish(ObjectsPurged(objects=found(stores, uri)))
    finally:
        tmp_path.chmod(0o700)

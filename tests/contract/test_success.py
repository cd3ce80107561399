"""The object `_SUCCESS` of a folder, on a local disk and in S3."""

from collections.abc import Callable
from pathlib import Path

import pytest

from placekeeper.model.manifests import ManifestCodec
from placekeeper.model.publication import SuccessMarked
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.stores import ObjectStores
from placekeeper.objects.success import SuccessMarks
from s3 import S3Server


@pytest.fixture
def marks(s3: S3Server) -> SuccessMarks:
    return SuccessMarks(S3Settings.of(s3.environ))


@pytest.fixture(params=["local", "s3"])
def uri(request: pytest.FixtureRequest, s3: S3Server, tmp_path: Path) -> Callable[[str], str]:
    bucket = s3.new_bucket() if request.param == "s3" else ""
    return lambda name: f"s3://{bucket}/{name}" if bucket else f"file://{tmp_path}/{name}"


def test_it_is_written_twice_and_stays_when_the_run_is_taken_back(
    stores: ObjectStores, marks: SuccessMarks, uri: Callable[[str], str]
) -> None:
    effect = SuccessMarked(path=uri("a ü/k=v/_SUCCESS"))
    for _ in range(2):
        marks.publish(effect)
        found = stores.stat(effect.path)
        assert found is not None
        assert found.size == 0
    marks.take_back(effect)
    assert stores.stat(effect.path) is not None


def test_a_folder_that_cannot_be_written_is_tried_later(tmp_path: Path, marks: SuccessMarks) -> None:
    (tmp_path / "file").write_bytes(b"")
    effect = SuccessMarked(path=f"file://{tmp_path}/file/_SUCCESS")
    with pytest.raises(OSError, match=r"_SUCCESS could not be written: .*\. Let this user write"):
        marks.publish(effect)


def test_it_keeps_its_shape_in_the_manifest() -> None:
    manifest = (SuccessMarked(path="s3://b/_SUCCESS"), SuccessMarked(path="s3://b/x/_SUCCESS"))
    text = ManifestCodec().encode(manifest)
    assert text.startswith('[{"effect":"success","path":"s3://b/_SUCCESS"}')
    assert ManifestCodec().decode(text) == manifest

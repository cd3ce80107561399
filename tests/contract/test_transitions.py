"""Objects of S3 that get another storage class: as often as it is tried, and only as they were listed."""

import pytest
from msgspec import structs

from faulty_s3 import Fault, faulty_s3
from placekeeper.model.errors import FinishPending, UnsupportedFeature
from placekeeper.model.manifests import ManifestCodec
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.publication import ObjectsTransitioned
from placekeeper.objects.stores import ObjectStores
from placekeeper.objects.transitions import ObjectTransitions
from s3 import S3Server


def _found(server: S3Server, root: str) -> tuple[ObjectMeta, ...]:
    batches = ObjectStores.of(server.environ).listing([root], recurse=True, in_order=True)
    return tuple(meta for batch in batches for meta in object_rows(batch))


def _classes(server: S3Server, bucket: str) -> list[str]:
    return [each["StorageClass"] for each in server.client().list_objects_v2(Bucket=bucket)["Contents"]]


@pytest.fixture(params=["SeaweedFS", "moto"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue("s3" if request.param == "SeaweedFS" else "sorted_s3")
    return found


def test_an_object_is_moved_once_and_keeps_what_it_says(server: S3Server) -> None:
    bucket, client = server.new_bucket(), server.client()
    for key in ("odd key//é?.csv", "plain"):
        said = {
            "ContentType": "text/csv",
            "CacheControl": "no-cache",
            "Metadata": {"a": "b"},
            "Tagging": "t=1",
        }
        client.put_object(Bucket=bucket, Key=key, Body=b"1", **said)
    effect = ObjectsTransitioned(objects=_found(server, f"s3://{bucket}/"), storage_class="STANDARD_IA")
    assert ManifestCodec().decode(ManifestCodec().encode((effect,))) == (effect,)
    transitions = ObjectTransitions.of(server.environ)
    transitions.publish(effect)
    moved = _found(server, f"s3://{bucket}/")
    with faulty_s3(server) as watched:
        again = ObjectTransitions.of(watched.server.environ)
        again.publish(effect)  # by another process, after a crash
        # S3 counts whole seconds: one that was moved in the second of its making looks as it was listed
        again.publish(structs.replace(effect, objects=moved))
        again.take_back(effect)
        assert (watched.count("HEAD") >= 2, watched.count("PUT")) == (True, 0)
    assert _found(server, f"s3://{bucket}/") == moved
    assert _classes(server, bucket) == ["STANDARD_IA"] * 2
    head = client.head_object(Bucket=bucket, Key="plain")
    assert (head["ContentType"], head["CacheControl"], head["Metadata"]) == (
        "text/csv",
        "no-cache",
        {"a": "b"},
    )
    tags = client.get_object_tagging(Bucket=bucket, Key="plain")["TagSet"]
    assert tags == [{"Key": "t", "Value": "1"}]


def test_one_that_has_changed_or_gone_stays(server: S3Server) -> None:
    bucket, client = server.new_bucket(), server.client()
    for key in "ab":
        client.put_object(Bucket=bucket, Key=key, Body=b"1")
    effect = ObjectsTransitioned(objects=_found(server, f"s3://{bucket}/"), storage_class="STANDARD_IA")
    client.put_object(Bucket=bucket, Key="a", Body=b"22")
    client.delete_object(Bucket=bucket, Key="b")
    ObjectTransitions.of(server.environ).publish(effect)
    assert _classes(server, bucket) == ["STANDARD"]


def test_what_s3_denies_may_be_allowed_later(s3: S3Server) -> None:
    bucket = s3.new_bucket()
    s3.client().put_object(Bucket=bucket, Key="a", Body=b"1")
    effect = ObjectsTransitioned(objects=_found(s3, f"s3://{bucket}/"), storage_class="STANDARD_IA")
    s3.deny(bucket, "s3:PutObject")
    with pytest.raises(FinishPending, match=rf"STANDARD_IA.*Allow s3:PutObject on arn:aws:s3:::{bucket}/a"):
        ObjectTransitions.of(s3.environ).publish(effect)
    s3.allow(bucket)
    ObjectTransitions.of(s3.environ).publish(effect)
    assert _classes(s3, bucket) == ["STANDARD_IA"]


def test_a_store_without_the_class_says_so_before(s3: S3Server) -> None:
    bucket = s3.new_bucket()
    with faulty_s3(s3) as faulty:
        objects = ObjectStores.of(faulty.server.environ)
        objects.check_class(f"s3://{bucket}/a", "STANDARD_IA")
        assert "Uploads" not in s3.client().list_multipart_uploads(Bucket=bucket)
        faulty.faults.append(Fault("throttle", status=400, method="POST"))
        with pytest.raises(UnsupportedFeature, match="has no storage class STANDARD_IA"):
            objects.check_class(f"s3://{bucket}/a", "STANDARD_IA")

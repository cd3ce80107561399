"""Access that S3 denies on writing: the error names the object, and the permission that is missing."""

from typing import Any

import pytest

from placekeeper.model.errors import FinishPending, PublishFailed
from placekeeper.model.publication import ObjectsPurged, SuccessMarked
from placekeeper.objects.removal import ObjectRemoval
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from placekeeper.objects.success import SuccessMarks
from s3 import S3Server

RUN = "jr_" + "0123456789abcdef" * 4


@pytest.fixture
def bucket(s3: S3Server) -> str:
    return s3.new_bucket()


@pytest.fixture
def settings(s3: S3Server) -> S3Settings:
    return S3Settings.of(s3.environ)


def missing(action: str, bucket: str, key: str) -> str:
    return rf"Allow {action} on arn:aws:s3:::{bucket}/{key}"


def staged(settings: S3Settings, uri: str) -> Any:
    with_settings = OutputStaging(settings)
    file = with_settings.create(uri, run_id=RUN)
    file.write(b"x")
    return file.finish(rows=1)


def test_deleting(s3: S3Server, settings: S3Settings, stores: ObjectStores, bucket: str) -> None:
    s3.client().put_object(Bucket=bucket, Key="a.csv", Body=b"x")
    s3.deny(bucket, "s3:DeleteObject")
    found = stores.stat(f"s3://{bucket}/a.csv")
    assert found is not None
    with pytest.raises(FinishPending, match=missing("s3:DeleteObject", bucket, "a.csv")) as raised:
        ObjectRemoval(settings).publish(ObjectsPurged(objects=(found,)))
    assert str(raised.value).startswith(f"s3://{bucket}/a.csv could not be deleted: ")
    s3.allow(bucket)
    ObjectRemoval(settings).publish(ObjectsPurged(objects=(found,)))
    assert stores.stat(f"s3://{bucket}/a.csv") is None


def test_staging(s3: S3Server, settings: S3Settings, bucket: str) -> None:
    s3.deny(bucket, "s3:PutObject")
    with pytest.raises(OSError, match=missing("s3:PutObject", bucket, "a.csv")):
        staged(settings, f"s3://{bucket}/a.csv")


def test_publishing(s3: S3Server, settings: S3Settings, bucket: str) -> None:
    file = staged(settings, f"s3://{bucket}/a.csv")
    s3.deny(bucket, "s3:PutObject")
    with pytest.raises(PublishFailed, match=missing("s3:PutObject", bucket, "a.csv")):
        OutputStaging(settings).publish(file)


def test_taking_back(s3: S3Server, settings: S3Settings, bucket: str) -> None:
    file = staged(settings, f"s3://{bucket}/a.csv")
    s3.deny(bucket, "s3:AbortMultipartUpload")
    with pytest.raises(OSError, match=missing("s3:AbortMultipartUpload", bucket, "a.csv")):
        OutputStaging(settings).take_back(file)


def test_success(s3: S3Server, settings: S3Settings, bucket: str) -> None:
    s3.deny(bucket, "s3:PutObject")
    with pytest.raises(FinishPending, match=missing("s3:PutObject", bucket, "_SUCCESS")):
        SuccessMarks(settings).publish(SuccessMarked(path=f"s3://{bucket}/_SUCCESS"))

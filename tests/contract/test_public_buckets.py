"""S3 without credentials: buckets that everybody may read, and those that not everybody may."""

import os
from collections.abc import Iterator

import pytest

from placekeeper.model.errors import ListingFailed
from placekeeper.model.objects import object_rows
from placekeeper.objects.s3 import client as s3_client
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.stores import ObjectStores
from s3 import PUBLIC, S3Server


@pytest.fixture
def public(s3: S3Server) -> str:
    client = s3.client()
    if PUBLIC not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=PUBLIC)
    client.put_object(Bucket=PUBLIC, Key="in/a.csv", Body=b"n\n1\n")
    client.put_object(Bucket=PUBLIC, Key="in/large.csv", Body=b"x" * (9 * 1024 * 1024))
    return f"s3://{PUBLIC}/in/"


@pytest.fixture
def without_credentials(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in s3.without_credentials.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    s3_client._resolved.cache_clear()
    yield
    s3_client._resolved.cache_clear()


@pytest.mark.usefixtures("without_credentials")
def test_a_public_bucket_is_read_without_credentials(public: str) -> None:
    objects = ObjectStores()
    found = [row for batch in objects.listing([public], recurse=True) for row in object_rows(batch)]

    assert [row.path for row in found] == [f"{public}a.csv", f"{public}large.csv"]
    for row in found:
        with objects.open(row) as file:
            assert len(file.read()) == row.size


@pytest.mark.usefixtures("without_credentials")
def test_another_bucket_says_that_there_are_no_credentials(s3: S3Server) -> None:
    bucket = s3.new_bucket()

    with pytest.raises(ListingFailed, match=r"without credentials .*Set AWS_ACCESS_KEY_ID"):
        list(ObjectStores().listing([f"s3://{bucket}/"], recurse=True))


def test_signing_can_be_switched_off(s3: S3Server, public: str) -> None:
    settings = S3Settings.of(s3.environ | {"AWS_SECRET_ACCESS_KEY": "wrong", "AWS_SKIP_SIGNATURE": "true"})

    assert settings is not None
    assert not settings.is_signed
    assert sum(batch.num_rows for batch in ObjectStores(settings).listing([public], recurse=True)) == 2

"""What buckets hold in life: odd keys, versions, uploads in parts, very many objects, writers that go on.

SeaweedFS lists in the order of its folders; moto in the order of UTF-8, as AWS does. Both have to be right.
"""

import random
import threading
import unicodedata
from typing import Any

import pytest

from faulty_s3 import faulty_s3
from placekeeper.model.errors import ObjectChanged
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.objects.stores import ObjectStores
from s3 import S3Server
from s3_seed import partitioned, seed

KEYS = {
    "space": "a b",
    "percent": "a%20b",
    "percent alone": "100%",
    "plus": "a+b",
    "composed": unicodedata.normalize("NFC", "é"),
    "decomposed": unicodedata.normalize("NFD", "é"),
    "tab": "a\tb",
    "newline": "a\nb",
    "return": "a\rb",
    "bell": "a\x07b",
    "delete": "a\x7fb",
    "next line": "a\x85b",
    "marker": "marker/",
    "many folders": "/".join(["k" * 100] * 10),
    "long name": "n" * 250,
    "emoji": "🦜🏳️\u200d🌈",
    "dots in a name": "a..b",
    "of XML": "a&b<c>\"d'e",
    "of URLs": "a#b?c=d&e=f",
    "byte order mark": "\ufeffx",
    "behind the BMP": "\U0010fffdz",
    "before the BMP's end": "\uffeez",
}
UNFOLDED = {
    "two slashes": "x//y",
    "first a slash": "/x",
    "one dot": "x/./y",
    "two dots": "x/../y",
    "only dots": "../..",
    "backslash": "a\\b",
    "as long as may be": "n" * 1000,
}
"""Keys that SeaweedFS folds or refuses, as its files are in folders; AWS keeps them."""


class Bucket:
    """A bucket, written to without Placekeeper."""

    def __init__(self, server: S3Server, *, versioned: bool = False) -> None:
        self.server = server
        self.client: Any = server.client()
        self.name = server.new_bucket(versioned=versioned)
        self.uri = f"s3://{self.name}/"
        self.objects = ObjectStores.of(server.environ)

    def put(self, key: str, data: bytes = b"x") -> str:
        """The version that it got, if versions are kept."""
        return str(self.client.put_object(Bucket=self.name, Key=key, Body=data).get("VersionId"))

    def delete(self, key: str, **version: str) -> str:
        return str(self.client.delete_object(Bucket=self.name, Key=key, **version).get("VersionId"))

    def rows(self, path: str = "", **how: Any) -> list[ObjectMeta]:
        how = {"recurse": True} | how
        batches = self.objects.listing([self.uri + path], **how)
        return [row for batch in batches for row in object_rows(batch)]

    def keys(self, path: str = "", **how: Any) -> list[str]:
        return [row.path.removeprefix(self.uri) for row in self.rows(path, **how)]

    def read(self, meta: ObjectMeta) -> bytes:
        with self.objects.open(meta) as file:
            return file.read()


@pytest.fixture(params=["folder order", "UTF-8 order"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue("s3" if request.param == "folder order" else "sorted_s3")
    return found


def by_bytes(keys: Any) -> list[str]:
    return sorted(keys, key=str.encode)


class TestKeys:
    @pytest.mark.parametrize("at_once", [1, 3])
    def test_odd_keys_are_listed_found_and_read(self, server: S3Server, at_once: int) -> None:
        bucket = Bucket(server)
        keys = [f"in/{key}" for name, key in KEYS.items() if name != "newline" or server.ports]
        for key in keys:  # moto has no route for a newline
            bucket.put(key, b"" if key.endswith("/") else key.encode())
        rows = bucket.rows("in/", in_order=True, at_once=at_once)
        assert [row.path for row in rows] == by_bytes(bucket.uri + key for key in keys)
        for row in rows:
            assert bucket.objects.stat(row.path) == row
            key = row.path.removeprefix(bucket.uri)
            assert bucket.read(row) == (b"" if key.endswith("/") else key.encode())

    @pytest.mark.parametrize("at_once", [1, 3])
    def test_keys_that_only_look_like_paths(self, sorted_s3: S3Server, at_once: int) -> None:
        bucket = Bucket(sorted_s3)
        keys = [f"in/{key}" for key in UNFOLDED.values()]
        for key in keys:
            bucket.put(key, key.encode())
        rows = bucket.rows("in/", at_once=at_once)
        assert [row.path.removeprefix(bucket.uri) for row in rows] == by_bytes(keys)
        for row in rows:
            assert bucket.objects.stat(row.path) == row
            assert bucket.read(row) == row.path.removeprefix(bucket.uri).encode()
        assert bucket.keys("in//", at_once=at_once) == ["in//x"]
        assert bucket.keys("in/x//", at_once=at_once) == ["in/x//y"]


class TestSplitting:
    """Listing by folder, several at once, is the listing: same objects, same order."""

    @pytest.mark.parametrize("page_size", [1, 3, 7, 1000])
    def test_any_tree_on_any_pages(self, sorted_s3: S3Server, page_size: int) -> None:
        bucket = Bucket(sorted_s3)
        dice = random.Random(page_size)
        names = ["a", "a-b", "a0", "b", "ab", "é", "=1", "~", " "]
        keys = {"/".join(dice.choices(names, k=dice.randint(1, 4))) for _ in range(60)}
        keys |= {"in/a", "in/a/", "in/a/b", "in/a-b", "in/a0"}
        for key in keys:
            bucket.put(key)
        with faulty_s3(sorted_s3) as proxy:
            proxy.page_size = page_size
            bucket.objects = ObjectStores.of(proxy.server.environ)
            folders = sorted({key.partition("/")[0] for key in keys if "/" in key})
            several = [f"{bucket.uri}{folder}/" for folder in folders]
            for at_once in (2, 5, 64):
                assert bucket.keys(at_once=at_once) == by_bytes(keys)
                assert bucket.keys("in/", at_once=at_once) == ["in/a", "in/a-b", "in/a/", "in/a/b", "in/a0"]
                batches = bucket.objects.listing(several, recurse=True, at_once=at_once)
                found = [row.path.removeprefix(bucket.uri) for batch in batches for row in object_rows(batch)]
                assert found == by_bytes(key for key in keys if "/" in key)

    def test_folders_are_listed_at_once(self, s3: S3Server) -> None:
        bucket = Bucket(s3)
        for number in range(8):
            bucket.put(f"in/year=1/day={number}/x")
        with faulty_s3(s3) as proxy:
            bucket.objects = ObjectStores.of(proxy.server.environ)
            assert len(bucket.keys("in/", at_once=4)) == 8
            assert proxy.count("prefix=in%2Fyear%3D1%2Fday%3D") == 8
            assert proxy.count("") == 10  # and one for each folder on the way
            proxy.seen.clear()
            assert len(bucket.keys("in/", at_once=1)) == 8
            assert proxy.count("") == 1

    def test_only_direct_children_are_not_split(self, server: S3Server) -> None:
        bucket = Bucket(server)
        for key in ("in/a", "in/b/c", "in/d"):
            bucket.put(key)
        assert bucket.keys("in/", recurse=False, at_once=4) == ["in/a", "in/b/", "in/d"]
        assert bucket.keys("in/a", at_once=4) == ["in/a"]
        assert bucket.keys("absent/", at_once=4) == []


class TestVersions:
    def test_the_newest_version_counts_and_a_deleted_object_is_none(self, server: S3Server) -> None:
        bucket = Bucket(server, versioned=True)
        bucket.put("in/x", b"one")
        first = bucket.rows()
        bucket.put("in/x", b"second")
        (second,) = bucket.rows()
        assert (second.size, bucket.read(second)) == (6, b"second")
        with pytest.raises(ObjectChanged):
            bucket.read(first[0])
        marker = bucket.delete("in/x")
        assert bucket.rows() == []
        assert bucket.objects.stat(second.path) is None
        with pytest.raises(ObjectChanged, match="it is gone"):
            bucket.read(second)
        bucket.delete("in/x", VersionId=marker)  # an undelete
        assert bucket.rows() == [second]
        assert bucket.read(second) == b"second"

    def test_an_older_version_comes_back_when_the_newer_is_removed(self, server: S3Server) -> None:
        bucket = Bucket(server, versioned=True)
        bucket.put("in/x", b"one")
        before = bucket.rows()
        newer = bucket.put("in/x", b"second")
        bucket.delete("in/x", VersionId=newer)
        assert bucket.rows() == before
        assert bucket.read(before[0]) == b"one"

    def test_null_versions(self, server: S3Server) -> None:
        bucket = Bucket(server)
        bucket.put("in/before", b"0")
        bucket.put("in/both", b"0")
        server.set_versioning(bucket.name, "Enabled")
        bucket.put("in/both", b"11")
        bucket.put("in/during", b"11")
        assert bucket.keys(in_order=True) == ["in/before", "in/both", "in/during"]
        server.set_versioning(bucket.name, "Suspended")
        bucket.put("in/during", b"222")
        bucket.delete("in/before")
        rows = bucket.rows(in_order=True)
        assert [(row.path.rpartition("/")[2], row.size) for row in rows] == [("both", 2), ("during", 3)]
        assert [bucket.read(row) for row in rows] == [b"11", b"222"]


class TestParts:
    def test_an_upload_in_parts_has_its_own_e_tag_and_is_read_as_listed(self, server: S3Server) -> None:
        bucket = Bucket(server)
        data = random.Random(7).randbytes(9 * 1024 * 1024)
        cut = 5 * 1024 * 1024
        target = {"Bucket": bucket.name, "Key": "in/x"}
        upload = bucket.client.create_multipart_upload(**target)["UploadId"]
        parts = []
        for number, piece in enumerate((data[:cut], data[cut:]), start=1):
            answer = bucket.client.upload_part(**target, UploadId=upload, PartNumber=number, Body=piece)
            parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        assert bucket.rows() == []
        bucket.client.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})
        (row,) = bucket.rows()
        assert str(row.e_tag).endswith("-2")
        assert row.size == len(data)
        assert bucket.read(row) == data
        bucket.put("in/x", data)  # the same content, as one piece
        with pytest.raises(ObjectChanged):
            bucket.read(row)


class Writer:
    """Puts and deletes objects of one prefix until it is told to stop."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.written = 0

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        dice = random.Random(7)
        while not self._stop.is_set():
            key = f"in/day={dice.randrange(8)}/{dice.choice('acegikmoqsuwy')}{dice.randrange(50)}"
            self._bucket.put(key)
            if dice.random() < 0.5:
                self._bucket.delete(key)
            self.written += 1


@pytest.mark.soak
@pytest.mark.parametrize("at_once", [1, 4])
def test_what_stays_is_listed_once_while_others_come_and_go(s3: S3Server, at_once: int) -> None:
    bucket = Bucket(s3)
    staying = [f"in/day={day}/{name}" for day in range(6) for name in "bdfhjlnprtvxz"]
    seed(s3, bucket.name, staying)
    with Writer(bucket) as writer:
        for _ in range(15):
            keys = bucket.keys("in/", in_order=True, at_once=at_once)
            assert keys == by_bytes(set(keys))
            assert set(staying) <= set(keys)
    assert writer.written


@pytest.fixture(scope="module")
def large(s3: S3Server) -> tuple[Bucket, list[str]]:
    bucket = Bucket(s3)
    keys = partitioned(100_000)
    seed(s3, bucket.name, keys)
    return bucket, keys


@pytest.mark.soak
@pytest.mark.parametrize("at_once", [1, 4])
def test_a_hundred_thousand_objects(large: tuple[Bucket, list[str]], at_once: int) -> None:
    bucket, keys = large
    assert bucket.keys(at_once=at_once) == sorted(keys)

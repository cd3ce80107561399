"""One suite for every store: what ports.objects promises, on local files and on a real S3."""

import os
import pickle
import random
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from placekeeper.model.errors import ListingFailed, ListingOutOfOrder, ObjectChanged, PublishFailed
from placekeeper.model.objects import LISTING_SCHEMA, ObjectMeta, object_rows
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import ObjectStores
from s3 import S3Server

RUN = "jr_0123456789abcdef0123456789abcdef"
OTHER_RUN = "jr_ffffffffffffffffffffffffffffffff"
ODD_KEYS = ["a-b", "a b", "a+b&c", "a%2Fb", "a=1/part 0", "é/ü", "日本/x", "ab", "z/y/x", "~", "A"]


class Store(ABC):
    """A store under test, written to without Placekeeper."""

    root: str
    objects: ObjectStores
    staging: OutputStaging

    def uri(self, key: str) -> str:
        return self.root + key

    @abstractmethod
    def put(self, key: str, data: bytes) -> None: ...

    @abstractmethod
    def get(self, key: str) -> bytes: ...

    @abstractmethod
    def delete(self, key: str) -> None: ...

    def keys(self, path: str = "", *, recurse: bool = True, in_order: bool = False) -> list[str]:
        rows = self.rows(path, recurse=recurse, in_order=in_order)
        return [row.path.removeprefix(self.root) for row in rows]

    def rows(self, *paths: str, recurse: bool = True, in_order: bool = False) -> list[ObjectMeta]:
        uris = [self.uri(path) for path in paths]
        batches = list(self.objects.listing(uris, recurse=recurse, in_order=in_order))
        assert all(batch.schema == LISTING_SCHEMA for batch in batches)
        return [row for batch in batches for row in object_rows(batch)]

    def meta(self, key: str) -> ObjectMeta:
        found = self.objects.stat(self.uri(key))
        assert found is not None
        return found


class LocalStore(Store):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = f"file://{folder}/"
        self.objects = ObjectStores()
        self.staging = OutputStaging()

    def put(self, key: str, data: bytes) -> None:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def get(self, key: str) -> bytes:
        return (self.folder / key).read_bytes()

    def delete(self, key: str) -> None:
        (self.folder / key).unlink()


class S3Store(Store):
    def __init__(self, server: S3Server, *, versioned: bool = False) -> None:
        self.versioned = versioned
        self.client: Any = server.client()
        self.bucket = server.new_bucket(versioned=versioned)
        self.root = f"s3://{self.bucket}/"
        self.objects = ObjectStores.of(server.environ)
        self.staging = OutputStaging.of(server.environ)

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)


@pytest.fixture(params=["local", "s3", "s3-versioned"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "local":
        yield LocalStore(tmp_path / "root")
    else:
        yield S3Store(request.getfixturevalue("s3"), versioned=request.param == "s3-versioned")


def by_bytes(keys: list[str]) -> list[str]:
    return sorted(keys, key=str.encode)


def stage(store: Store, key: str, data: bytes, *, run_id: str = RUN, immediate: bool = False) -> Any:
    file = store.staging.create(store.uri(key), run_id=run_id, immediate=immediate)
    file.write(data)
    return file.finish(rows=1)


class TestListing:
    @pytest.mark.parametrize("at_once", [1, 4])
    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("*/x-[0-9].csv", ["a/x-1.csv", "b/x-2.csv"]),
            ("{b,a}/*", ["a/x-1.csv", "b/deep/x-1.csv", "b/x-2.csv", "b/y.csv"]),
            ("?/*/", ["b/deep/x-1.csv"]),
            ("*", ["a/x-1.csv", "b/deep/x-1.csv", "b/x-2.csv", "b/y.csv", "top.csv"]),
            ("t*.csv", ["top.csv"]),
            ("*/deep/*", ["b/deep/x-1.csv"]),
            ("nothing/*", []),
        ],
    )
    def test_a_path_with_wildcards(
        self, store: Store, pattern: str, expected: list[str], at_once: int
    ) -> None:
        for key in ("a/x-1.csv", "b/x-2.csv", "b/y.csv", "b/deep/x-1.csv", "top.csv"):
            store.put(key, b"1")

        uri = store.objects.pattern(store.uri(pattern))
        rows = [
            row.path.removeprefix(store.root)
            for batch in store.objects.listing([uri], recurse=True, in_order=True, at_once=at_once)
            for row in object_rows(batch)
        ]
        assert rows == expected

    def test_every_object_once_in_key_order(self, store: Store) -> None:
        for key in ODD_KEYS:
            store.put(f"in/{key}", key.encode())
        rows = store.rows("in", in_order=True)
        assert [row.path for row in rows] == by_bytes([store.uri(f"in/{key}") for key in ODD_KEYS])
        assert {row.path: row.size for row in rows} == {
            store.uri(f"in/{key}"): len(key.encode()) for key in ODD_KEYS
        }

    def test_a_row_says_what_stat_says(self, store: Store) -> None:
        for key in ODD_KEYS:
            store.put(f"in/{key}", b"x")
        for row in store.rows("in/", in_order=True):
            assert store.objects.stat(row.path) == row
            assert row.e_tag
            assert '"' not in row.e_tag
            assert row.last_modified_ms > 1_500_000_000_000

    def test_without_recurse_direct_children_and_the_names_of_folders(self, store: Store) -> None:
        for key in ("in/a", "in/b", "in/sub/c", "in/sub/deeper/d"):
            store.put(key, b"x")
        assert store.keys("in", recurse=False) == ["in/a", "in/b", "in/sub/"]
        assert store.keys("in/sub/", recurse=False) == ["in/sub/c", "in/sub/deeper/"]

    def test_a_path_may_be_one_object(self, store: Store) -> None:
        store.put("in/a", b"x")
        store.put("in/a-b", b"x")
        assert store.keys("in/a") == ["in/a"]
        assert store.keys("in/a", recurse=False) == ["in/a"]
        assert store.keys("in/a/") == []

    def test_a_folder_is_not_a_prefix(self, store: Store) -> None:
        store.put("in/x", b"x")
        store.put("input/x", b"x")
        assert store.keys("in") == ["in/x"]

    def test_nothing_there_lists_nothing(self, store: Store) -> None:
        store.put("in/x", b"x")
        assert store.keys("absent") == []
        assert store.keys("in/x/below") == []
        assert store.objects.stat(store.uri("absent")) is None
        assert store.objects.stat(store.uri("in")) is None
        assert list(store.objects.listing([], recurse=True)) == []

    def test_overlapping_paths_list_each_object_once(self, store: Store) -> None:
        keys = ["in/a/1", "in/a/2", "in/a-b/3", "in/b/4", "out/5"]
        for key in keys:
            store.put(key, b"x")
        rows = store.rows("out", "in/a", "in/a/2", "in/a-b/", "in/b", "in/b", "in/b/4")
        assert [row.path for row in rows] == by_bytes([store.uri(key) for key in keys])

    def test_many_batches(self, store: Store) -> None:
        keys = [f"in/{number:04}" for number in range(2500)]
        if isinstance(store, S3Store):
            keys = keys[:1100]  # more than a page
        for key in keys:
            store.put(key, b"")
        assert store.keys("in") == keys

    def test_unsorted_stores_say_so_and_are_sorted_on_request(self, store: Store) -> None:
        keys = ["in/a-b", "in/a/b", "in/ab", "in/b"]
        for key in keys:
            store.put(key, b"x")
        if isinstance(store, S3Store) and not store.versioned:  # in directory order: a/b before a-b
            with pytest.raises(ListingOutOfOrder, match="in/a-b"):
                store.keys("in")
        else:
            assert store.keys("in") == keys
        assert store.keys("in", in_order=True) == keys

    def test_stores_travel_by_pickle(self, store: Store) -> None:
        store.put("in/a", b"x")
        store.objects = pickle.loads(pickle.dumps(store.objects))
        assert store.keys("in") == ["in/a"]


class TestOpen:
    @pytest.mark.parametrize("size", [0, 5, 9 * 1024 * 1024])
    def test_reads_and_seeks(self, store: Store, size: int) -> None:
        data = random.Random(7).randbytes(size)
        store.put("in/x", data)
        with store.objects.open(store.meta("in/x")) as file:
            assert file.seekable()
            assert file.read() == data
            file.seek(-min(size, 100), os.SEEK_END)
            assert file.read(100) == data[-100:]
            file.seek(size // 2)
            assert file.read(3) == data[size // 2 : size // 2 + 3]
            assert file.tell() == size // 2 + len(data[size // 2 : size // 2 + 3])

    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_odd_keys(self, store: Store, key: str) -> None:
        store.put(key, key.encode())
        with store.objects.open(store.meta(key)) as file:
            assert file.read() == key.encode()

    @pytest.mark.parametrize("then", [b"new, longer", b"same"])
    def test_an_overwritten_object_is_refused(self, store: Store, then: bytes) -> None:
        store.put("in/x", b"data")
        meta = store.meta("in/x")
        store.put("in/x", then)
        with pytest.raises(ObjectChanged) as raised, store.objects.open(meta) as file:
            file.read()
        assert raised.value.path == meta.path

    def test_a_deleted_object_is_refused(self, store: Store) -> None:
        store.put("in/x", b"data")
        meta = store.meta("in/x")
        store.delete("in/x")
        with pytest.raises(ObjectChanged, match="it is gone"), store.objects.open(meta):
            pass

    def test_a_change_while_reading_is_refused(self, store: Store) -> None:
        store.put("in/x", bytes(9 * 1024 * 1024))
        meta = store.meta("in/x")

        def read_while_it_changes() -> None:
            with store.objects.open(meta) as file:
                file.read(10)
                store.put("in/x", b"1" * 9 * 1024 * 1024)
                file.read()

        with pytest.raises(ObjectChanged):
            read_while_it_changes()


class TestStaging:
    def test_invisible_until_published(self, store: Store) -> None:
        data = random.Random(7).randbytes(100)
        file = stage(store, "out/day=1/part-0123456789ab.csv", data)
        assert (file.size, file.rows) == (100, 1)
        assert [key for key in store.keys("out") if "_placekeeper" not in key] == []
        assert not [key for key in store.keys("out") if key.endswith(".csv")]
        store.staging.publish(file)
        assert store.keys("out") == ["out/day=1/part-0123456789ab.csv"]
        assert store.get("out/day=1/part-0123456789ab.csv") == data
        assert store.meta("out/day=1/part-0123456789ab.csv").size == 100

    @pytest.mark.parametrize("immediate", [False, True])
    @pytest.mark.parametrize("size", [0, 8 * 1024 * 1024, 17 * 1024 * 1024 + 1])
    def test_any_size_in_any_pieces(self, store: Store, size: int, immediate: bool) -> None:
        data = random.Random(7).randbytes(size)
        writer = store.staging.create(store.uri("out/x"), run_id=RUN, immediate=immediate)
        for start in range(0, size, 3_000_000):
            writer.write(data[start : start + 3_000_000])
        file = writer.finish(rows=0)
        store.staging.publish(file)
        assert store.get("out/x") == data
        store.staging.publish(file)
        store.staging.take_back(file)
        assert store.keys("out") == []

    def test_manifest_and_staging_travel(self, store: Store) -> None:
        file = stage(store, "out/x", b"data")
        file = msgspec.json.decode(msgspec.json.encode(file), type=type(file))
        pickle.loads(pickle.dumps(store.staging)).publish(file)
        assert store.get("out/x") == b"data"

    def test_publishing_again_changes_nothing(self, store: Store) -> None:
        file = stage(store, "out/x", b"data")
        for _ in range(3):
            store.staging.publish(file)
            assert store.keys("out") == ["out/x"]

    def test_what_was_published_and_deleted_cannot_be_published(self, store: Store) -> None:
        file = stage(store, "out/x", b"data")
        store.staging.publish(file)
        store.delete("out/x")
        with pytest.raises(PublishFailed, match="out/x"):
            store.staging.publish(file)

    def test_what_was_published_and_overwritten_is_not_ours(self, store: Store) -> None:
        file = stage(store, "out/x", b"data")
        store.staging.publish(file)
        store.put("out/x", b"from somebody else")
        with pytest.raises(PublishFailed, match="out/x"):
            store.staging.publish(file)
        store.staging.take_back(file)
        assert store.get("out/x") == b"from somebody else"

    def test_take_back_undoes_publish(self, store: Store) -> None:
        file = stage(store, "out/x", b"data")
        store.staging.publish(file)
        for _ in range(2):
            store.staging.take_back(file)
            assert store.keys("out") == []
        with pytest.raises(PublishFailed):
            store.staging.publish(file)

    def test_take_back_drops_what_was_staged(self, store: Store) -> None:
        file = stage(store, "out/x", b"data")
        for _ in range(2):
            store.staging.take_back(file)
        assert store.keys("out") == []
        assert store.staging.sweep(store.uri("out"), run_id=RUN) == 0
        with pytest.raises(PublishFailed):
            store.staging.publish(file)

    def test_an_aborted_file_leaves_nothing(self, store: Store) -> None:
        writer = store.staging.create(store.uri("out/day=1/0123456789ab"), run_id=RUN)
        writer.write(bytes(9 * 1024 * 1024))
        writer.abort()
        writer.abort()
        assert store.keys("") == []
        assert store.staging.sweep(store.uri("out"), run_id=RUN) == 0
        if isinstance(store, LocalStore):
            assert not store.folder.exists()

    def test_folders_that_were_made_for_nothing_go(self, store: Store) -> None:
        store.put("kept/there", b"x")
        for name in ("a=1/1", "a=1/2", "a=2/b=1/3"):
            stage(store, f"kept/{name}-0123456789ab", b"data")
            stage(store, f"out/{name}-0123456789ab", b"data")
        other = stage(store, "kept/a=1/other", b"data", run_id=OTHER_RUN)
        for target in ("kept", "out"):
            assert store.staging.sweep(store.uri(target), run_id=RUN) == 3
        if isinstance(store, LocalStore):
            assert sorted(path.name for path in store.folder.iterdir()) == ["kept"]
            assert sorted(path.name for path in (store.folder / "kept").iterdir()) == ["a=1", "there"]
        store.staging.publish(other)
        assert store.keys("", in_order=True) == ["kept/a=1/other", "kept/there"]

    @pytest.mark.parametrize("published", [0, 1, 2])
    def test_folders_of_what_is_taken_back_go(self, store: Store, published: int) -> None:
        files = [stage(store, f"out/a=1/{n}", b"data") for n in range(2)]
        for file in files[:published]:
            store.staging.publish(file)
        for file in files:
            store.staging.take_back(file)
        if isinstance(store, LocalStore):
            assert not (store.folder / "out").exists()

    def test_folders_that_were_there_stay(self, store: Store) -> None:
        if isinstance(store, LocalStore):
            (store.folder / "out" / "a=1").mkdir(parents=True)
            stage(store, "out/a=1/0123456789ab", b"data")
            assert store.staging.sweep(store.uri("out"), run_id=RUN) == 1
            assert (store.folder / "out" / "a=1").is_dir()

    def test_sweep_finds_what_a_dead_run_left(self, store: Store) -> None:
        for day in range(3):
            stage(store, f"out/day={day}/0123456789ab-{day}", b"data")
        dying = store.staging.create(store.uri("out/0123456789ab-x"), run_id=RUN)
        dying.write(bytes(9 * 1024 * 1024))  # never finished
        other = stage(store, "out/day=1/ffffffffffff-0", b"data", run_id=OTHER_RUN)
        elsewhere = stage(store, "outside/0123456789ab-0", b"data")
        store.put("out/visible-0123456789ab", b"stays")
        assert store.staging.sweep(store.uri("out"), run_id=RUN) == 4
        assert store.staging.sweep(store.uri("out/"), run_id=RUN) == 0
        assert store.staging.sweep(store.uri("absent"), run_id=RUN) == 0
        store.staging.publish(other)
        store.staging.publish(elsewhere)
        assert store.keys("out", in_order=True) == ["out/day=1/ffffffffffff-0", "out/visible-0123456789ab"]
        if isinstance(store, LocalStore):
            dying.abort()  # closes the file; its name is gone already

    def test_immediate_is_visible_when_finished(self, store: Store) -> None:
        writer = store.staging.create(store.uri("out/x"), run_id=RUN, immediate=True)
        writer.write(b"data")
        assert [key for key in store.keys("out") if "_placekeeper" not in key] == []
        file = writer.finish(rows=2)
        assert store.get("out/x") == b"data"
        assert (file.staged, file.upload_id) == (None, None)
        store.staging.publish(file)
        assert store.keys("out") == ["out/x"]

    def test_a_retried_task_writes_its_immediate_file_again(self, store: Store) -> None:
        stage(store, "out/x", b"first", immediate=True)
        stage(store, "out/x", b"second", immediate=True)
        assert store.get("out/x") == b"second"


class TestS3Keys:
    def test_a_folder_marker_is_listed_under_its_own_name(self, s3: S3Server) -> None:
        store = S3Store(s3)
        store.put("in/marker/", b"")
        store.put("in/x", b"x")
        assert store.keys("in", in_order=True) == ["in/marker/", "in/x"]
        meta = store.meta("in/marker/")
        with store.objects.open(meta) as file:
            assert file.read() == b""
        store.delete("in/marker/")
        with pytest.raises(ObjectChanged, match="it is gone"), store.objects.open(meta):
            pass

    def test_an_object_comes_before_a_folder_of_its_name(self, s3: S3Server) -> None:
        store = S3Store(s3)
        store.put("in/a", b"x")
        store.put("in/a/b", b"x")
        assert store.keys("in/a") == ["in/a"]
        assert store.keys("in/a/") == ["in/a/b"]
        assert store.keys("") == ["in/a", "in/a/b"]


class TestS3Failures:
    def test_no_such_bucket(self, s3: S3Server) -> None:
        with pytest.raises(ListingFailed, match="there is no bucket 'nowhere-to-be-found'"):
            list(ObjectStores.of(s3.environ).listing(["s3://nowhere-to-be-found/x/"], recurse=True))

    def test_refused_credentials(self, s3: S3Server) -> None:
        bucket = s3.new_bucket()
        settings = S3Settings(
            region="us-east-1", access_key=s3.access_key, secret_key="wrong", endpoint=s3.endpoint
        )
        with pytest.raises(ListingFailed, match="refused the access key"):
            list(ObjectStores(settings).listing([f"s3://{bucket}/"], recurse=True))
        assert "wrong" not in repr(settings)

    def test_publishing_without_access(self, s3: S3Server) -> None:
        store = S3Store(s3)
        file = stage(store, "out/x", b"data")
        assert store.staging.s3 is not None
        refused = OutputStaging(S3Settings(store.staging.s3.region, "nobody", "wrong", None, s3.endpoint))
        with pytest.raises((PublishFailed, OSError)):
            refused.publish(file)

    def test_an_aborted_upload_cannot_be_published(self, s3: S3Server) -> None:
        store = S3Store(s3)
        file = stage(store, "out/x", b"data")
        store.client.abort_multipart_upload(Bucket=store.bucket, Key="out/x", UploadId=file.upload_id)
        with pytest.raises(PublishFailed, match="aborted"):
            store.staging.publish(file)

    def test_settings_are_what_botocore_resolves(self, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in s3.environ.items():
            monkeypatch.setenv(name, value)
        assert S3Settings.resolve() == S3Settings.of(s3.environ)
        monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
        assert S3Settings.resolve().endpoint is None
        assert S3Settings.of({}) is None


def test_batches_are_in_order_over_many_paths(tmp_path: Path) -> None:
    for number in range(50):
        folder = tmp_path / f"f{number % 7}" / f"g-{number}"
        folder.mkdir(parents=True)
        (folder / "x").write_bytes(b"")
    paths = [f"file://{path}" for path in tmp_path.iterdir()]
    batches = list(ObjectStores().listing(paths, recurse=True))
    found = [row.path for batch in batches for row in object_rows(batch)]
    assert len(found) == 50
    assert all(one < two for one, two in pairwise(found))
    shutil.rmtree(tmp_path / "f0")


def test_folders_beside_files_are_named_for_advice(store: Store) -> None:
    for key in ("in/a.csv", "in/sales/1.csv", "in/town/deep/1.csv"):
        store.put(key, b"x")
    objects = store.objects
    assert sorted(objects.folders_in(store.uri("in/"))) == ["sales", "town"]
    assert objects.folders_in(store.uri("nowhere/")) == []

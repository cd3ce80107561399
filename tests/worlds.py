"""The stores in which random histories happen: memory, a real folder, a real bucket.

Each has a clock, and objects of which it tells what a listing can tell: time, size, and a tag where the store
knows contents.
"""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from placekeeper.model.errors import ListingOutOfOrder
from placekeeper.model.objects import LISTING_SCHEMA, ObjectMeta
from placekeeper.model.source import FileSource, Source
from placekeeper.objects.stores import ObjectStores
from s3 import S3Server

Facts = tuple[int, int, str]
"""last_modified_ms, size, tag."""

BAND_MS = 50


class World(Protocol):
    """What a history needs of a store; `listing` is all that the use cases see of it."""

    source: Source
    scrambled: bool

    def now_ms(self) -> int: ...

    def wait(self, ms: int) -> None: ...

    def objects(self) -> dict[str, Facts]:
        """Everything that is there, by its path."""
        ...

    def put(self, name: str, facts: Facts) -> None:
        """Write an object; the store may have a time of its own."""
        ...

    def delete(self, name: str) -> None: ...

    def facts_of(self, listed: ObjectMeta) -> Facts: ...

    def listing(
        self,
        paths: Sequence[str],
        *,
        recurse: bool,
        in_order: bool = False,
        at_once: int = 1,
        storage_classes: bool = False,
    ) -> Iterator[pa.RecordBatch]: ...


class InMemory:
    """A clock that goes as it is told, and a store that may list in any order."""

    source = FileSource(
        connection_type="s3", paths=("s3://b",), format="csv", recurse=True, max_band_ms=BAND_MS
    )

    def __init__(self) -> None:
        self.ms = 1_000_000
        self.scrambled = False
        self._objects: dict[str, Facts] = {}

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms

    def wait(self, ms: int) -> None:
        self.ms += ms

    def objects(self) -> dict[str, Facts]:
        return {f"s3://b/{name}": facts for name, facts in self._objects.items()}

    def put(self, name: str, facts: Facts) -> None:
        self._objects[name] = facts

    def delete(self, name: str) -> None:
        self._objects.pop(name, None)

    def facts_of(self, listed: ObjectMeta) -> Facts:
        return listed.last_modified_ms, listed.size, listed.e_tag or ""

    def listing(
        self,
        paths: Sequence[str],
        *,
        recurse: bool,
        in_order: bool = False,
        at_once: int = 1,
        storage_classes: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        there = (item for item in self.objects().items() if item[0].startswith(tuple(paths)))
        found = sorted(there, key=lambda item: item[0].encode())
        if self.scrambled and not in_order and len(found) > 1:
            raise ListingOutOfOrder("scrambled")
        for start in range(0, len(found), 3):
            rows = [
                {"path": path, "last_modified_ms": ms, "size": size, "e_tag": tag}
                for path, (ms, size, tag) in found[start : start + 3]
            ]
            yield pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)


def _apart(name: str) -> str:
    """A name that is no folder of another: neither disks nor SeaweedFS have both."""
    return name.replace("a/b", "d/b")


class OnDisk(InMemory):
    """Files of a folder, with the times that they are given; nobody knows their contents."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._stores = ObjectStores.of({})
        folder.mkdir()
        self.source = FileSource(
            connection_type="file",
            paths=(self._stores.normalise(str(folder)),),
            format="csv",
            recurse=True,
            max_band_ms=BAND_MS,
        )

    def objects(self) -> dict[str, Facts]:
        return {
            f"{self.source.paths[0].rstrip('/')}/{path.relative_to(self._folder)}": (
                path.stat().st_mtime_ns // 1_000_000,
                path.stat().st_size,
                "",
            )
            for path in self._folder.rglob("*")
            if path.is_file()
        }

    def put(self, name: str, facts: Facts) -> None:
        ms, size, tag = facts
        path = self._folder / _apart(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tag.encode() * size)
        os.utime(path, ns=(ms * 1_000_000, ms * 1_000_000))

    def delete(self, name: str) -> None:
        (self._folder / _apart(name)).unlink(missing_ok=True)

    def facts_of(self, listed: ObjectMeta) -> Facts:
        return listed.last_modified_ms, listed.size, ""

    def listing(
        self,
        paths: Sequence[str],
        *,
        recurse: bool,
        in_order: bool = False,
        at_once: int = 1,
        storage_classes: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        return self._stores.listing(paths, recurse=recurse, in_order=in_order, at_once=at_once)


class OnS3:
    """Objects of a bucket, which have the times that the store gives them, in real time."""

    def __init__(self, server: S3Server) -> None:
        self.scrambled = False
        self._bucket = server.new_bucket()
        self._s3 = server.client()
        self._stores = ObjectStores.of(server.environ)
        self._newest_ms = 0
        self.source = FileSource(
            connection_type="s3",
            paths=(f"s3://{self._bucket}",),
            format="csv",
            recurse=True,
            max_band_ms=BAND_MS,
        )

    def now_ms(self) -> int:
        self._newest_ms = max(self._newest_ms + 1, time.time_ns() // 1_000_000)
        return self._newest_ms

    def wait(self, ms: int) -> None:
        time.sleep(ms / 1000)  # the store's time is real: waiting is what happens in it

    def objects(self) -> dict[str, Facts]:
        found = self._s3.list_objects_v2(Bucket=self._bucket).get("Contents", ())
        return {
            f"s3://{self._bucket}/{item['Key']}": (
                round(item["LastModified"].timestamp() * 1000),
                item["Size"],
                item["ETag"].strip('"'),
            )
            for item in found
        }

    def put(self, name: str, facts: Facts) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=_apart(name), Body=facts[2].encode() * facts[1])

    def delete(self, name: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=_apart(name))

    def facts_of(self, listed: ObjectMeta) -> Facts:
        return listed.last_modified_ms, listed.size, (listed.e_tag or "").strip('"')

    def listing(
        self,
        paths: Sequence[str],
        *,
        recurse: bool,
        in_order: bool = False,
        at_once: int = 1,
        storage_classes: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        return self._stores.listing(paths, recurse=recurse, in_order=in_order, at_once=at_once)

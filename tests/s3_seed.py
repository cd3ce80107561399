"""Very many objects in the S3 for tests, three times as fast as by putting them.

SeaweedFS loads a dump of its file tree: records with their length before them, in protobuf. The content of
small files is in the record. Its loader ends before the last records are in, so these are put.
"""

import hashlib
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from s3 import S3Server, weed_binary

_AT_THE_END = 200
_THREADS = 16


def seed(server: S3Server, bucket: str, keys: Sequence[str], content: bytes = b"x") -> None:
    """Make an object of each key; keys have no empty, '.' or '..' segments."""
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "dump.meta"
        with dump.open("wb") as file:
            file.writelines(_records(bucket, sorted(keys[:-_AT_THE_END]), content))
        command = [
            weed_binary(),
            "shell",
            f"-master=127.0.0.1:{server.ports['master']}",
            f"-filer=127.0.0.1:{server.ports['filer']}",
        ]
        orders = f"fs.meta.load -v=false -concurrency={_THREADS} {dump}\nexit\n"
        subprocess.run(command, input=orders.encode(), cwd=folder, capture_output=True, check=True)
    client = server.client()
    with ThreadPoolExecutor(_THREADS) as threads:
        last = sorted(keys[:-_AT_THE_END])[-_AT_THE_END:] + list(keys[-_AT_THE_END:])
        list(threads.map(lambda key: client.put_object(Bucket=bucket, Key=key, Body=content), last))


def partitioned(count: int) -> list[str]:
    """Keys as tables have them: partitions by day, at most 400, equally full, in no order."""
    days = [f"dt=2026-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}" for day in range(min(count, 336))]
    return [f"raw/{days[number % len(days)]}/part-{number:07}.json" for number in range(count)]


def _records(bucket: str, keys: Sequence[str], content: bytes) -> Iterator[bytes]:
    now = int(time.time())
    md5 = hashlib.md5(content).digest()
    attributes = (
        _number(1, len(content)) + _number(2, now) + _number(3, 0o644) + _number(6, now) + _text(14, md5)
    )
    for folder, group in groupby(keys, key=lambda key: key.rpartition("/")[0]):
        where = _text(1, f"/buckets/{bucket}/{folder}".rstrip("/").encode())
        for key in group:
            entry = _text(1, key.rpartition("/")[2].encode()) + _text(4, attributes) + _text(9, content)
            record = where + _text(2, entry)
            yield struct.pack(">I", len(record)) + record


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _text(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)

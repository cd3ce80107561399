"""However a file is damaged or cut, it is read, or refused by an error that names it."""

import bz2
import gzip
import io
import json
import zlib
from collections.abc import Callable

import cramjam
import fastavro
import lz4.frame
import pyarrow as pa
import pyarrow.orc as arrow_orc
import pyarrow.parquet as pq
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.registry import FORMATS

ROWS = 300
CSV = b"id,name,x\n" + b"".join(b'%d,"na,me%d",%d.5\n' % (i, i, i) for i in range(ROWS))
JSON = b"".join(
    json.dumps({"id": i, "n": {"a": [i, str(i)]}, "t": "é"}).encode() + b"\n" for i in range(ROWS)
)
XML = (
    "<r>" + "".join(f'<row id="{i}"><n a="{i}">é</n><t>{i}</t><t>x</t></row>\n' for i in range(ROWS)) + "</r>"
).encode()
LOG = b"".join(b"%d INFO na-me %d.5\n" % (i, i) for i in range(ROWS))
OPTIONS: dict[str, dict[str, object]] = {
    "csv": {"withHeader": True},
    "xml": {"rowTag": "row"},
    "groklog": {"logFormat": "^%{INT:n:int} %{LOGLEVEL:level} %{NOTSPACE:who} %{NUMBER:x:double}$"},
}
CODECS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": zstd.compress,
    ".lz4": lz4.frame.compress,
    ".deflate": zlib.compress,
    ".snappy": lambda data: bytes(cramjam.snappy.compress(data)),
}


def parquet(compression: str, *, checksums: bool) -> bytes:
    table = pa.table(
        {
            "id": range(ROWS),
            "s": [f"v{number % 50}" for number in range(ROWS)],
            "l": [[number, number + 1] for number in range(ROWS)],
            "t": pa.array([number * 1000 for number in range(ROWS)], pa.timestamp("us")),
        }
    )
    written = io.BytesIO()
    pq.write_table(table, written, row_group_size=100, compression=compression, write_page_checksum=checksums)
    return written.getvalue()


def avro(codec: str) -> bytes:
    fields = [
        {"name": "id", "type": "int"},
        {"name": "s", "type": ["null", "string", "long"]},
        {"name": "l", "type": {"type": "array", "items": "double"}},
        {"name": "e", "type": {"type": "enum", "name": "e", "symbols": ["A", "B"]}},
    ]
    schema = fastavro.parse_schema({"type": "record", "name": "r", "fields": fields})
    written = io.BytesIO()
    rows = [{"id": n, "s": "v" if n % 2 else n, "l": [n, 0.5], "e": "AB"[n % 2]} for n in range(ROWS)]
    fastavro.writer(written, schema, rows, codec=codec, sync_interval=2000)
    return written.getvalue()


def orc(compression: str) -> bytes:
    table = pa.table({"id": range(ROWS), "s": ["v"] * ROWS, "l": [[n, 1] for n in range(ROWS)]})
    written = io.BytesIO()
    arrow_orc.write_table(table, written, compression=compression)
    return written.getvalue()


FILES = {
    **{f"{codec}.avro": ("avro", avro(codec)) for codec in ("null", "deflate", "snappy", "zstandard")},
    **{f"{compression}.orc": ("orc", orc(compression)) for compression in ("uncompressed", "snappy", "zlib")},
    **{f"a.csv{suffix}": ("csv", compress(CSV)) for suffix, compress in CODECS.items()},
    **{f"a.json{suffix}": ("json", compress(JSON)) for suffix, compress in CODECS.items()},
    **{f"a.xml{suffix}": ("xml", CODECS[suffix](XML)) for suffix in ("", ".gz")},
    **{f"a.log{suffix}": ("groklog", CODECS[suffix](LOG)) for suffix in ("", ".bz2")},
    **{
        f"{compression}.parquet": ("parquet", parquet(compression, checksums=compression != "gzip"))
        for compression in ("none", "snappy", "gzip", "zstd")
    },
}

places = st.floats(0, 1, exclude_max=True)
cuts = st.tuples(st.just("cut"), places, st.just(0))
flips = st.tuples(st.just("flip"), places | st.floats(0.95, 1, exclude_max=True), st.integers(1, 255))


@pytest.mark.parametrize("name", FILES)
@given(damages=st.lists(cuts | flips, min_size=1, max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_error_of_a_damaged_file_names_it(name: str, damages: list[tuple[str, float, int]]) -> None:
    format_name, data = FILES[name]
    path = f"file:///data/in/{name}"
    for kind, place, mask in damages:
        at = int(place * len(data))
        data = data[:at] if kind == "cut" else data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
        if not data:
            break
    reader = FORMATS.reader(format_name, OPTIONS.get(format_name, {}))

    try:
        schema = reader.schema(io.BytesIO(data), path)
        if schema.names:
            for batch in reader.read(io.BytesIO(data), path, schema):
                batch.validate()
    except (RecordUnreadable, UnsupportedFeature) as error:
        assert path in str(error)  # noqa: PT017 - any other error fails the test

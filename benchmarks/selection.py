"""Choosing the new objects of a large listing: our streaming join beside what tools commonly do.

The rivals are a JSON document of all that was seen, loaded whole (as extract-load tools keep it), and an
anti-join in SQLite. All get the same sorted listing as Parquet on disk, all find the same new and changed
objects; each runs in a process of its own, so that memory is its own.
"""

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.objects import LEDGER_SCHEMA, LISTING_SCHEMA
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import FileSource
from placekeeper.rules.selection.choice import Choice
from placekeeper.rules.selection.decisions import Exact
from placekeeper.rules.selection.join import select
from placekeeper.rules.selection.window import Window

OBJECTS = 1_000_000
NEW_EVERY = 1_000
BATCH = 16_384
SOURCE = FileSource(connection_type="s3", paths=("s3://b/",), format="csv")
WINDOW = Window(start_ms=2_000_000, band_ms=900_000, previous_start_ms=1_000_000, previous_band_ms=900_000)


def path_of(n: int) -> str:
    return f"s3://some-company-lake/raw/events/dt=2026-{n // 100_000 % 12 + 1:02}/part-{n:012}-c000.json.gz"


def rows(start: int, stop: int) -> dict[str, list[object]]:
    return {
        "path": [path_of(n) for n in range(start, stop)],
        "last_modified_ms": [200_000 + n % 800_000 for n in range(start, stop)],
        "size": [1_000 + n % 77_777 for n in range(start, stop)],
        "e_tag": [f"{n * 2654435761 % 2**128:032x}" for n in range(start, stop)],
        "version": [None] * (stop - start),
    }


def listing_batches() -> Iterator[pa.RecordBatch]:
    for start in range(0, OBJECTS, BATCH):
        stop = min(start + BATCH, OBJECTS)
        yield pa.RecordBatch.from_pydict(rows(start, stop), schema=LISTING_SCHEMA)


def known_batches() -> Iterator[pa.RecordBatch]:
    """The listing without every thousandth object, as a ledger."""
    n = 0
    for batch in listing_batches():
        new = pa.array([(n + i) % NEW_EVERY == 0 for i in range(batch.num_rows)])
        n += batch.num_rows
        old = batch.filter(pc.invert(new))
        added = [
            pa.array([2] * old.num_rows, pa.int64()),
            pa.array(["jr_1"] * old.num_rows),
            pa.array(["new"] * old.num_rows),
        ]
        yield pa.RecordBatch.from_arrays([*old.columns, *added], schema=LEDGER_SCHEMA)


def prepare(folder: Path) -> None:
    """The listing, and the same state for each."""
    with pq.ParquetWriter(folder / "listing.parquet", LISTING_SCHEMA) as writer:
        for batch in listing_batches():
            writer.write_batch(batch)
    segment = SegmentFolder(folder / "segments").write("0.parquet", known_batches())
    (folder / "segment.json").write_text(
        json.dumps([segment.key, segment.rows, segment.size, segment.digest])
    )
    seen: dict[str, list[object]] = {}
    database = sqlite3.connect(folder / "state.db")
    database.execute("CREATE TABLE seen (path TEXT PRIMARY KEY, ms INT, size INT, tag TEXT) WITHOUT ROWID")
    for batch in known_batches():
        facts = list(zip(*(batch.column(i).to_pylist() for i in range(4)), strict=True))
        seen.update((path, [ms, size, tag]) for path, ms, size, tag in facts)
        database.executemany("INSERT INTO seen VALUES (?, ?, ?, ?)", facts)
    database.commit()
    database.close()
    (folder / "state.json").write_text(json.dumps(seen))


def _listing(folder: Path) -> Iterator[pa.RecordBatch]:
    return pq.ParquetFile(folder / "listing.parquet").iter_batches(BATCH)


def placekeeper(folder: Path) -> int:
    key, count, size, digest = json.loads((folder / "segment.json").read_text())
    segment = SegmentRef(key=key, rows=count, size=size, digest=digest)
    known = SegmentFolder(folder / "segments").rows([segment])
    choice = Choice(source=SOURCE, rule=Exact(WINDOW), window=WINDOW, excluded=lambda _: None)
    return len(select(_listing(folder), known, choice).chosen)


def json_document(folder: Path) -> int:
    seen = json.loads((folder / "state.json").read_text())
    found = 0
    for batch in _listing(folder):
        for path, ms, size, tag in zip(*(batch.column(i).to_pylist() for i in range(4)), strict=True):
            found += seen.get(path) != [ms, size, tag]
    return found


def sqlite_anti_join(folder: Path) -> int:
    database = sqlite3.connect(folder / "state.db")
    database.execute("CREATE TEMP TABLE listed (path TEXT, ms INT, size INT, tag TEXT)")
    for batch in _listing(folder):
        facts = zip(*(batch.column(i).to_pylist() for i in range(4)), strict=True)
        database.executemany("INSERT INTO listed VALUES (?, ?, ?, ?)", facts)
    (found,) = database.execute(
        "SELECT count(*) FROM listed l LEFT JOIN seen s USING (path) "
        "WHERE s.path IS NULL OR s.ms <> l.ms OR s.size <> l.size OR s.tag <> l.tag"
    ).fetchone()
    return int(found)


WAYS: dict[str, Callable[[Path], int]] = {
    "placekeeper": placekeeper,
    "json document": json_document,
    "sqlite anti-join": sqlite_anti_join,
}


def measure(way: str, folder: Path) -> None:
    """In a process of its own: objects found, seconds, megabytes."""
    began = time.perf_counter()
    found = WAYS[way](folder)
    seconds = time.perf_counter() - began
    print(json.dumps([found, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "benchmarks.selection"]
        # In a process of its own too: a child begins with the peak memory of its parent.
        subprocess.run([*command, "prepare", name], check=True)
        results = {
            way: json.loads(
                subprocess.run([*command, way, name], capture_output=True, check=True, text=True).stdout
            )
            for way in WAYS
        }
    ours = results["placekeeper"]
    print(f"choosing among {OBJECTS:,} listed objects, {ours[0]:,} of them new")
    for way, (found, seconds, megabytes) in results.items():
        assert found == ours[0], f"{way} found {found}"
        ratios = f"{seconds / ours[1]:4.1f}x time, {megabytes / ours[2]:4.1f}x memory"
        print(f"  {way:17} {seconds:6.2f} s  {megabytes:5} MB   {ratios}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        main()
    elif sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]))
    else:
        measure(sys.argv[1], Path(sys.argv[2]))

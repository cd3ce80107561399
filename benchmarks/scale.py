"""The figures of scale: choosing among ten million objects, their ledger, bookmarks, commits, merging.

Listings and ledgers are generated: paths of 106 characters of which 32 are random, log-normal sizes, times
with jitter, random e_tags. Each figure is taken in a process of its own; its CPU seconds and its own peak of
resident memory are what counts, because other work may go on on the machine.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.control.service import Control, Ports, control_plane
from placekeeper.host.clock import SystemClock, random_hex
from placekeeper.host.state_folder import LastTidiedFile
from placekeeper.lake.formats import Lakes
from placekeeper.ledger.segments import SegmentFolder
from placekeeper.model.account import Account
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.element import FileElement, NextWindow
from placekeeper.model.exchange import CommitRequest, OpenRequest
from placekeeper.model.objects import LEDGER_SCHEMA, LISTING_SCHEMA, object_rows
from placekeeper.model.plan import Decision, Reason, Selection
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import DatabaseSource, FileSource
from placekeeper.objects.staging import OutputStaging
from placekeeper.objects.stores import LISTED_CONNECTIONS, ObjectStores
from placekeeper.ports.databases import Database
from placekeeper.ports.effects import Effects
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.rules.selection.choice import Choice
from placekeeper.rules.selection.decisions import Exact
from placekeeper.rules.selection.join import select
from placekeeper.rules.selection.window import Window
from placekeeper.runtime.connectors.pending import FilePending
from placekeeper.runtime.run.pending_elements import PendingElements
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.migrate import migrate
from placekeeper.store.store import SqlStore

LARGE = int(os.environ.get("SCALE_OBJECTS", "10_000_000"))
SMALL = min(100_000, LARGE // 2)
COMMITS = min(1_000, LARGE // 1_000)
NEW_EVERY = 1_000
PER_HOUR = 10_000
PARTS = 8
"""Segments that are merged, or read unmerged: objects come to each at random."""

BATCH = 16_384
NOW_MS = 1_790_000_000_000
WINDOW = Window(
    start_ms=NOW_MS, band_ms=900_000, previous_start_ms=NOW_MS - 3_600_000, previous_band_ms=900_000
)
SOURCE = FileSource(connection_type="s3", paths=("s3://some-company-lake/raw",), format="json")

Figures = dict[str, float]


# --- the generated listing and its ledgers ---------------------------------------------------------------


def hours(objects: int) -> Iterator[pa.Table]:
    """The listing, one hour's folder after the other, with the column `part`: 0 .. PARTS-1, or -1 for new."""
    random = np.random.default_rng(7)
    for hour in range(objects // PER_HOUR):
        month, day = divmod(hour // 24, 28)
        prefix = f"s3://some-company-lake/raw/events/dt=2026-{month + 1:02}-{day + 1:02}/hour={hour % 24:02}/"
        names = pc.binary_join_element_wise(
            f"{prefix}part-", hex_texts(random, PER_HOUR), "-c000.json.gz", ""
        )
        part = random.integers(0, PARTS, PER_HOUR)
        part[NEW_EVERY - 1 :: NEW_EVERY] = -1
        yield pa.table(
            {
                "path": names.take(pc.sort_indices(names)),
                "last_modified_ms": NOW_MS
                - 40_000_000_000
                + hour * 3_600_000
                + random.integers(0, 3_600_000, PER_HOUR),
                "size": random.lognormal(13, 1.5, PER_HOUR).astype("int64"),
                "e_tag": hex_texts(random, PER_HOUR),
                "version": pa.nulls(PER_HOUR, pa.string()),
                "part": part,
            }
        )


def hex_texts(random: np.random.Generator, count: int) -> pa.Array:
    """Texts of 32 random hexadecimal digits."""
    digits = random.bytes(16 * count).hex().encode()
    offsets = pa.array(np.arange(count + 1, dtype="int32") * 32)
    return pa.StringArray.from_buffers(count, offsets.buffers()[1], pa.py_buffer(digits))


def listed(everything: Path) -> Iterator[pa.RecordBatch]:
    """The batches of the generated listing: kept as they are in memory, so that reading them is a copy."""
    with pa.OSFile(str(everything)) as raw, pa.ipc.open_stream(raw) as reader:
        yield from reader


def ledger_rows(everything: Path, part: int | None) -> Iterator[pa.RecordBatch]:
    """All that is not new, as ledger rows; of one part if given."""
    for batch in listed(everything):
        mask = pc.greater_equal(batch["part"], 0) if part is None else pc.equal(batch["part"], part)
        known = pa.Table.from_batches([batch.filter(mask)]).drop_columns(["part"])
        version = 2 if part is None else 2 + 2 * part
        known = known.append_column("bookmark_version", pa.repeat(version, known.num_rows))
        known = known.append_column("run_id", pa.repeat(f"jr_{version:064}", known.num_rows))
        known = known.append_column("reason", pa.repeat("new", known.num_rows))
        yield from known.cast(LEDGER_SCHEMA).to_batches(BATCH)


def prepare(folder: Path, objects: int) -> Figures:
    """The listing, the whole ledger as one segment and as PARTS segments."""
    at = folder / str(objects)
    at.mkdir()
    everything = at / "listing.arrow"
    schema = LISTING_SCHEMA.append(pa.field("part", pa.int64()))
    with pa.OSFile(str(everything), "wb") as raw, pa.ipc.new_stream(raw, schema) as writer:
        for table in hours(objects):
            writer.write_table(table.cast(schema))
    segments = SegmentFolder(at / "segments")
    written = {
        f"part-{part}": segments.write(
            f"{part}.parquet", ledger_rows(everything, part), versions=((2 + 2 * part, 2 + 2 * part),)
        )
        for part in range(PARTS)
    }
    whole = segments.write("whole.parquet", ledger_rows(everything, None), versions=((2, 2),))
    refs = [_plain(ref) for ref in (whole, *written.values())]
    (at / "segments.json").write_text(json.dumps(refs))
    return {"bytes": whole.size / whole.rows}


def _plain(ref: SegmentRef) -> list[object]:
    return [ref.key, ref.rows, ref.size, ref.digest, ref.versions]


def refs(folder: Path, objects: int) -> tuple[SegmentRef, list[SegmentRef]]:
    """The whole ledger as one segment, and as several."""
    found = [
        SegmentRef(key=key, rows=rows, size=size, digest=digest, versions=tuple(map(tuple, versions)))
        for key, rows, size, digest, versions in json.loads(
            (folder / str(objects) / "segments.json").read_text()
        )
    ]
    return found[0], found[1:]


# --- what is measured ------------------------------------------------------------------------------------


def diff(folder: Path, objects: int) -> Figures:
    """Choose among all objects, against the ledger in one segment."""
    return _diff(folder, objects, [refs(folder, objects)[0]])


def diff_parts(folder: Path, objects: int) -> Figures:
    """The same against the ledger in several segments, which come into each other's way."""
    return _diff(folder, objects, refs(folder, objects)[1])


def _diff(folder: Path, objects: int, segments: list[SegmentRef]) -> Figures:
    at = folder / str(objects)
    ledger = SegmentFolder(at / "segments")
    choice = Choice(source=SOURCE, rule=Exact(WINDOW), window=WINDOW, excluded=lambda _: None)

    def work() -> None:
        listing = (batch.select(LISTING_SCHEMA.names) for batch in listed(at / "listing.arrow"))
        chosen = select(listing, ledger.rows(segments), choice).chosen
        assert len(chosen) == objects // NEW_EVERY, len(chosen)

    return measured(work)


def merge(folder: Path, objects: int) -> Figures:
    """Merge several segments into one."""
    at = folder / str(objects)
    parts = refs(folder, objects)[1]
    world = World(at / "merge", segments=at / "segments")
    _commit(world, "merged", tuple(parts))

    def work() -> None:
        assert world.control.compaction.merge().into == 1

    figures = measured(work)
    _, state = world.control.bookmarks.state("merged")
    (merged,) = state["ctx"].segments
    assert merged.rows == sum(part.rows for part in parts)
    return figures | {"bytes": merged.size / merged.rows}


def bookmark(folder: Path, _objects: int) -> Figures:
    """GetJobBookmark of a bookmark with one commit of nothing, and of one with a large ledger and history."""
    world = World(folder / "bookmark")
    _commit(world, "small", ())
    whole, parts = refs(folder, LARGE)
    for _ in range(COMMITS):
        _commit(world, "large", (whole, *parts))
    seconds: dict[str, list[float]] = {"small": [], "large": []}
    for _ in range(3_000):
        for name, taken in seconds.items():
            began = time.perf_counter()
            world.control.bookmarks.get(name)
            taken.append(time.perf_counter() - began)
    return {name: statistics.median(taken) * 1_000 for name, taken in seconds.items()}


def commit(folder: Path, _objects: int) -> Figures:
    """Commits of ten thousand objects: segment and transaction, both on the disk. In milliseconds."""
    world = World(folder / "commit")
    table = next(iter(hours(PER_HOUR))).drop_columns(["part"]).cast(LISTING_SCHEMA)
    objects = [found for batch in table.to_batches() for found in object_rows(batch)]
    chosen = tuple(Decision(found, Reason.NEW, None) for found in objects)
    selection = Selection(
        chosen=chosen, counts={Reason.NEW: len(chosen)}, next_window=NextWindow(watermark_ms=NOW_MS)
    )
    taken = []
    for _ in range(30):
        run, _ = world.control.run_starter.register("b", script_location="/s", arguments={}, launcher="h")
        opened = world.control.bookmarks.open(run, OpenRequest(name="b", option=BookmarkOption.ENABLE))
        assert opened.version is not None
        pending_elements = PendingElements(opened, run_id=run.id)
        pending_elements.stage(
            "ctx", FilePending.of(SOURCE, selection, pa.schema([]), pending_elements.element("ctx"))
        )
        began = time.perf_counter()
        elements = pending_elements.elements(world.ledger, version=opened.version + 1)
        request = CommitRequest(name="b", version=opened.version, elements=elements, manifest=())
        world.control.bookmarks.commit(run, request)
        taken.append((time.perf_counter() - began) * 1_000)
    return {"median": statistics.median(taken), "best": min(taken), "worst": max(taken)}


class World:
    """A state on disk with its control plane."""

    def __init__(self, folder: Path, *, segments: Path | None = None) -> None:
        folder.mkdir()
        engine = sqlite_engine(folder / "state.db")
        migrate(engine)
        self.store = SqlStore(engine)
        self.ledger = SegmentFolder(segments or folder / "segments")
        objects = ObjectStores.of({})
        ports = Ports(
            store=self.store,
            clock=SystemClock(),
            ledger=self.ledger,
            objects=objects,
            listed_connections=LISTED_CONNECTIONS,
            source_database=no_database,
            staging=OutputStaging(),
            lakes=Lakes(objects, OutputStaging()),
            effects=Effects({}),
            keys=NO_KEYS,
            random_hex=random_hex,
            record=None,
            last_tidied=LastTidiedFile(folder / "tidied"),
            checkpoint=lambda _: None,
            place=str(folder),
        )
        self.control: Control = control_plane(
            ports, grace_ms=3_600_000, retention_ms=365 * 86_400_000, account=Account()
        )


def no_database(source: DatabaseSource) -> Database:
    raise ValueError(f"{source.name} is in a database, and here are none")


def _commit(world: World, name: str, segments: tuple[SegmentRef, ...]) -> None:
    run, _ = world.control.run_starter.register(name, script_location="/s", arguments={}, launcher="h")
    opened = world.control.bookmarks.open(run, OpenRequest(name=name, option=BookmarkOption.ENABLE))
    element = FileElement(source=SOURCE, run=opened.run, watermark_ms=NOW_MS, segments=segments)
    assert opened.version is not None
    request = CommitRequest(name=name, version=opened.version, elements={"ctx": element}, manifest=())
    world.control.bookmarks.commit(run, request)


def measured(work: Callable[[], None]) -> Figures:
    """CPU and wall seconds of a piece of work; megabytes at its peak, and above what there was before it."""
    pa.array([1])  # loads pandas, where it is installed
    before_mb = _megabytes("VmRSS")
    cpu, wall = _cpu_seconds(), time.perf_counter()
    work()
    return {
        "cpu": _cpu_seconds() - cpu,
        "wall": time.perf_counter() - wall,
        "peak": _megabytes("VmHWM"),
        "above": _megabytes("VmHWM") - before_mb,
    }


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _megabytes(name: str) -> float:
    """A line of /proc/self/status; unlike ru_maxrss, its peak is not inherited from the parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


# --- in processes of their own ---------------------------------------------------------------------------

STEPS: dict[str, Callable[[Path, int], Figures]] = {
    function.__name__: function for function in (prepare, diff, diff_parts, merge, bookmark, commit)
}


def taken(step: str, folder: Path, objects: int) -> Figures:
    command = [sys.executable, "-m", "benchmarks.scale", step, str(folder), str(objects)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="scale-"))
    try:
        report(folder)
    finally:
        shutil.rmtree(folder)


def report(folder: Path) -> None:
    """Take every figure and print it beside its target."""
    for objects in (SMALL, LARGE):
        size = taken("prepare", folder, objects)["bytes"]
    _say("bytes per object on disk", size, 50, "B")
    small = taken("diff", folder, SMALL)
    large = min((taken("diff", folder, LARGE) for _ in range(3)), key=lambda figures: figures["cpu"])
    print(f"diff of {LARGE:,} known and {LARGE:,} listed, {LARGE // NEW_EVERY:,} of them new (best of 3)")
    _say("CPU", large["cpu"], 5, "s")
    print(f"  {'wall':32} {large['wall']:8.2f} s")
    _say("peak memory above the start", large["above"], 200, "MB")
    print(f"  {'peak memory, libraries included':32} {large['peak']:8.1f} MB")
    _say(f"memory as to {SMALL:,} objects", large["peak"] / small["peak"], 1.2, "x")
    parts = taken("diff_parts", folder, LARGE)
    print(f"  in {PARTS} segments: {parts['cpu']:.2f} s CPU, {parts['above']:.1f} MB above the start")
    merged = taken("merge", folder, LARGE)
    print(f"merging {PARTS} segments of {LARGE:,} rows in all: {merged['cpu']:.1f} s CPU")
    print(f"  {merged['above']:.1f} MB above the start, {merged['bytes']:.1f} bytes per object afterwards")
    bookmarks = taken("bookmark", folder, LARGE)
    print("GetJobBookmark, without HTTP")
    ratio = bookmarks["large"] / bookmarks["small"]
    _say(f"with {LARGE:,} objects, {2 * COMMITS:,} versions", bookmarks["large"], None, "ms")
    _say("as to no object, 2 versions", ratio, 1.2, "x")
    commits = taken("commit", folder, LARGE)
    print(f"commit of {PER_HOUR:,} objects, best {commits['best']:.0f} ms, worst {commits['worst']:.0f} ms")
    _say("median", commits["median"], 150, "ms")


def _say(what: str, found: float, target: float | None, unit: str) -> None:
    beside = (
        "" if target is None else f"   target {target:g} {unit}: {'met' if found <= target else 'NOT MET'}"
    )
    print(f"  {what:32} {found:8.2f} {unit}{beside}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        main()
    else:
        print(json.dumps(STEPS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))

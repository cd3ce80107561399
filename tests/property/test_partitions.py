"""A catalog's table whose partitions come, go and come again, read with predicates that change.

By the window, what is read is what an oracle of docs/reference/bookmarks.md#aws-window and #new-partitions
says; by the ledger, each object once, whatever the catalog does. Runs that are bounded read, one after the
other, what one run would.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from placekeeper.model.catalog import TableRef
from placekeeper.model.policy import Policy, ReadingPolicy
from placekeeper.model.source import Partition, TableSource
from remembering import Runs
from worlds import BAND_MS, Facts

HISTORIES = int(os.environ.get("PLACEKEEPER_HISTORIES", "60"))
MEMORY = Path("/dev/shm")
FOLDERS = ("dt=1", "dt=10", "dt=2")
LATER = "dt=3"

Key = tuple[str, int]


class Step(msgspec.Struct, frozen=True):
    """What happens before a run, and how it reads: of `wanted` partitions, without names in `excluded`."""

    added: list[str]
    dropped: list[str]
    at_once: bool
    files: list[tuple[str, str, int]]
    gap_ms: int
    wanted: frozenset[str]
    excluded: str | None
    bounded_files: int | None


STEPS = st.builds(
    Step,
    added=st.lists(st.sampled_from(FOLDERS), max_size=2),
    dropped=st.lists(st.sampled_from(FOLDERS), max_size=1),
    at_once=st.booleans(),
    files=st.lists(
        st.tuples(st.sampled_from(FOLDERS), st.sampled_from("xyz"), st.integers(0, 4 * BAND_MS)), max_size=4
    ),
    gap_ms=st.integers(1, 2 * BAND_MS),
    wanted=st.just(frozenset(FOLDERS)) | st.frozensets(st.sampled_from(FOLDERS), min_size=1),
    excluded=st.none() | st.sampled_from("xyz"),
    bounded_files=st.none() | st.integers(1, 2),
)


class Aws(msgspec.Struct):
    """What AWS's bookmark remembers: T1, S, and the newest partitions."""

    start_ms: int | None = None
    saved: frozenset[Key] = frozenset()
    latest_ms: int = 0
    latest: frozenset[str] = frozenset()

    def reads(self, path: str, modified_ms: int, partition: Partition) -> bool:
        """Whether an object that is not younger than the run is read."""
        if self.start_ms is None or partition.created_ms > self.latest_ms:
            return True
        if partition.created_ms == self.latest_ms and partition.path not in self.latest:
            return True
        if modified_ms > self.start_ms:
            return True
        return modified_ms > self.start_ms - BAND_MS and (path, modified_ms) not in self.saved


class Table(Runs):
    """A table, and its runs."""

    def __init__(self, folder: Path, policy: Policy) -> None:
        super().__init__(folder)
        self.policy = policy
        self.made: dict[str, int] = {}

    def happen(self, step: Step) -> None:
        """Partitions go and come, files come, time passes."""
        for name in step.dropped:
            self.made.pop(name, None)
        batch_ms = self.world.now_ms()
        for name in step.added:
            self.made.setdefault(name, batch_ms if step.at_once else self.world.now_ms())
        for folder, name, ago in step.files:
            now_ms = self.world.now_ms()
            self.world.put(f"{folder}/{name}", (now_ms - ago, 1, f"{now_ms}"))
        self.world.wait(step.gap_ms)

    def source(self, step: Step) -> TableSource:
        partitions = tuple(
            Partition(path=f"s3://b/{name}/", created_ms=created_ms)
            for name, created_ms in sorted(self.made.items(), key=lambda item: f"{item[0]}/")
            if name in step.wanted
        )
        return TableSource(
            connection_type="s3",
            format="csv",
            recurse=True,
            max_band_ms=BAND_MS,
            table=TableRef(database="d", name="t"),
            paths=tuple(partition.path for partition in partitions),
            partitions=partitions,
            exclusions=() if step.excluded is None else (f"**/{step.excluded}",),
            reading=ReadingPolicy(policy=self.policy, bounded_files=step.bounded_files),
        )

    def run(self, step: Step) -> dict[str, Facts]:
        """What a run reads that commits."""
        source = self.source(step)
        selection = self.select(source)
        self.commit(source, selection)
        return {d.object.path: self.world.facts_of(d.object) for d in selection.chosen}

    def last_again(self, step: Step) -> set[str]:
        """What the range of the last run reads."""
        return self.again(self.source(step), len(self.states) - 2, len(self.states) - 1)

    def listed(self, step: Step) -> dict[str, tuple[Facts, Partition]]:
        """The objects in the partitions that are meant."""
        return {
            path: (facts, partition)
            for partition in self.source(step).partitions or ()
            for path, facts in self.world.objects().items()
            if path.startswith(partition.path)
        }


@contextmanager
def tables(policy: Policy) -> Iterator[Table]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Table(Path(folder), policy)


def _is_excluded(path: str, step: Step) -> bool:
    return step.excluded is not None and path.endswith(f"/{step.excluded}")


@settings(max_examples=HISTORIES, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=6))
def test_by_the_window_partitions_are_read_as_aws_reads_them(steps: list[Step]) -> None:
    with tables(Policy.WINDOW) as table:
        aws = Aws()
        for step in (msgspec.structs.replace(step, bounded_files=None) for step in steps):
            table.happen(step)
            listed = table.listed(step)
            read = table.run(step)

            wanted = {path for path, ((ms, _, _), place) in listed.items() if aws.reads(path, ms, place)}
            assert read.keys() == {path for path in wanted if not _is_excluded(path, step)}
            assert table.last_again(step) == read.keys()
            closes_ms = table.start_ms - BAND_MS
            saved = {
                (path, ms)
                for path, ((ms, _, _), _) in listed.items()
                if ms > closes_ms and (path in read or path not in wanted)
            }
            made = table.source(step).partitions or ()
            latest_ms = max([aws.latest_ms, *(partition.created_ms for partition in made)])
            latest = {partition.path for partition in made if partition.created_ms == latest_ms}
            kept = aws.latest if aws.latest_ms == latest_ms else frozenset()
            aws = Aws(table.start_ms, frozenset(saved), latest_ms, kept | latest)
        after = msgspec.structs.replace(
            steps[-1],
            added=[LATER],
            dropped=[],
            files=[(LATER, "a", 4 * BAND_MS)],
            wanted=step.wanted | {LATER},
        )
        table.happen(after)
        assert table.last_again(after) == read.keys()


@settings(max_examples=HISTORIES, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=6))
def test_by_the_ledger_each_object_is_read_once_whatever_the_catalog_does(steps: list[Step]) -> None:
    with tables(Policy.EXACT) as table:
        known: dict[str, Facts] = {}
        for step in steps:
            table.happen(step)
            unread = {
                path: facts
                for path, (facts, _) in table.listed(step).items()
                if known.get(path) != facts and not _is_excluded(path, step)
            }
            read = table.run(step)
            taken = sorted(unread, key=lambda path: (unread[path][0], path))[: step.bounded_files]
            assert read == {path: unread[path] for path in taken}
            assert table.last_again(step) == read.keys()
            known |= read


@settings(max_examples=HISTORIES, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=4), STEPS, st.integers(1, 2))
def test_bounded_runs_read_one_after_the_other_what_one_would(
    steps: list[Step], last: Step, bounded_files: int
) -> None:
    with tables(Policy.WINDOW) as one, tables(Policy.WINDOW) as several:
        for table in (one, several):
            for step in steps:
                table.happen(step)
                table.run(msgspec.structs.replace(step, bounded_files=None))
            table.happen(last)
        whole = one.run(msgspec.structs.replace(last, bounded_files=None))
        bounded = msgspec.structs.replace(last, bounded_files=bounded_files)
        parts = [several.run(bounded) for _ in range(len(whole) + 1)]
        assert all(len(part) <= bounded_files for part in parts)
        assert sorted(path for part in parts for path in part) == sorted(whole)

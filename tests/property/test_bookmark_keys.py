"""Random histories of tables: every committed row is read exactly once, or is among the missing ids."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from key_runs import Runs
from memory_database import MemoryDatabase, Transaction
from placekeeper.model.databases import LookBack


def _steps(seed: int) -> list[tuple[str, Any]]:
    """Random steps: lists that hypothesis draws itself are mostly too short for late commits."""
    chance = Random(seed)
    names = ("begin", "begin", "commit", "rollback", "update", "run", "wait")
    values = {"begin": 4, "wait": 5}
    return [
        (name, chance.random() < 0.7 if name == "run" else chance.randint(1, values.get(name, 30)))
        for name in chance.choices(names, k=chance.randint(10, 60))
    ]


STEPS = st.builds(_steps, st.integers(0, 2**32))
FLAGS = st.tuples(st.booleans(), st.booleans(), st.booleans())
WIDE = LookBack(rows=1_000_000, seconds=1_000_000)


class History:
    """What happens to a table, as steps say; `made` gives the n-th row."""

    def __init__(self, database: MemoryDatabase, runs: Runs, made: Callable[[int], dict[str, Any]]) -> None:
        self.database = database
        self.runs = runs
        self.read: list[dict[str, Any]] = []
        self.first: list[dict[str, Any]] = []
        self.committed: list[dict[str, Any]] = []
        self._made = made
        self._open: list[Transaction] = []
        self._count = 0

    def play(self, steps: list[tuple[str, Any]]) -> None:
        for name, value in steps:
            self.database.now_us += 1_000_000
            self.runs.now_ms += 1000
            getattr(self, name)(value)
        for _transaction in list(self._open):
            self.commit(0)
        self.database.now_us += 3_600_000_000
        self.run(True)

    def begin(self, rows: int) -> None:
        transaction = self.database.begin()
        for _ in range(rows):
            self._count += 1
            transaction.added.append(self._made(self._count))
        self._open.append(transaction)

    def commit(self, which: int) -> None:
        if self._open:
            transaction = self._open.pop(which % len(self._open))
            self.database.commit(transaction)
            self.committed += transaction.added

    def rollback(self, which: int) -> None:
        if self._open:
            self.database.rollback(self._open.pop(which % len(self._open)))

    def update(self, which: int) -> None:
        """The newest version counts as a row of its own, where its key is new."""
        if not self.database.rows:
            return
        row = self.database.rows[which % len(self.database.rows)]
        self._count += 1
        new = {**self._made(self._count), "id": row["id"]}
        if new == row:
            return  # nobody can tell the two apart
        transaction = self.database.begin()
        transaction.gone, transaction.added = [row], [new]
        self.database.commit(transaction)
        if row not in self.read:
            self.committed.remove(row)  # nobody has seen it
        self.committed.append(new)

    def wait(self, seconds: int) -> None:
        self.database.now_us += seconds * 1_000_000
        self.runs.now_ms += seconds * 1000

    def run(self, commits: bool) -> None:
        rows = self.runs.run(commits=commits)
        if commits:
            self.first = self.first or rows
            self.read += rows


def counted(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(repr(sorted({**row, "at": _naive(row.get("at"))}.items())) for row in rows)


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _database(flags: tuple[bool, bool, bool], **parts: Any) -> MemoryDatabase:
    has_xids, knows_open, has_snapshots = flags
    return MemoryDatabase(has_xids=has_xids, knows_open=knows_open, has_snapshots=has_snapshots, **parts)


@given(STEPS, FLAGS, st.booleans())
@settings(deadline=None, max_examples=60)
def test_ids_within_the_look_back_are_read_once(steps: Any, flags: Any, descending: bool) -> None:
    database = _database(flags, columns={"id": "int", "x": "text"}, primary_key=("id",))
    sign = -1 if descending else 1
    history = History(
        database,
        Runs(database, look_back=WIDE, descending=descending),
        lambda n: {"id": sign * n, "x": "a"},
    )
    history.play([step for step in steps if step[0] != "update"])
    assert counted(history.read) == counted(history.committed)


@given(STEPS, FLAGS, st.sampled_from(["timestamptz", "timestamp"]), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_times_that_repeat_and_are_updated_are_read_once_each(
    steps: Any, flags: Any, kind: Any, repeats: int
) -> None:
    database = _database(flags, columns={"id": "int", "at": kind}, primary_key=("id",))
    begin = datetime(1970, 1, 1, 0, 16, 40)
    history = History(
        database,
        Runs(database, look_back=WIDE, keys=("at",)),
        lambda n: {"id": n, "at": begin + timedelta(seconds=n // repeats)},
    )
    history.play(steps)
    read, committed = counted(history.read), counted(history.committed)
    assert committed - read == Counter()
    assert set(read.values()) <= {1}


@given(STEPS, FLAGS, st.integers(1, 3), st.booleans())
@settings(deadline=None, max_examples=60)
def test_equal_rows_without_a_primary_key_are_all_read(
    steps: Any, flags: Any, repeats: int, descending: bool
) -> None:
    database = _database(flags, columns={"a": "int", "b": "int"})
    sign = -1 if descending else 1
    history = History(
        database,
        Runs(database, look_back=WIDE, keys=("a", "b"), descending=descending),
        lambda n: {"a": sign * (n // 5), "b": sign * (n // repeats % 5)},
    )
    history.play([step for step in steps if step[0] != "update"])
    assert counted(history.read) == counted(history.committed)


@given(STEPS, FLAGS, st.integers(0, 3), st.booleans())
@settings(deadline=None, max_examples=150)
def test_ids_behind_the_look_back_are_among_the_missing_and_read_when_they_come(
    steps: Any, flags: Any, rows: int, descending: bool
) -> None:
    database = _database(flags, columns={"id": "int"}, primary_key=("id",))
    sign = -1 if descending else 1
    runs = Runs(database, look_back=LookBack(rows=rows), descending=descending)
    history = History(database, runs, lambda n: {"id": sign * n})
    history.play([step for step in steps if step[0] != "update"])
    read = counted(history.read)
    assert set(read.values()) <= {1}
    read_first = [sign * row["id"] for row in history.first]
    lost = {row["id"] for row in history.committed if row not in history.read}
    behind_the_first_run = {id for id in lost if sign * id < max(read_first, default=0)}
    assert lost <= behind_the_first_run | _missing(runs)


def _missing(runs: Runs) -> set[int]:
    assert runs.element is not None
    return {id for one in runs.element.missing for id in range(one.first, one.last + 1)}


@given(STEPS, st.booleans(), st.booleans())
@settings(deadline=None, max_examples=100)
def test_open_transactions_are_waited_for_however_short_the_look_back(
    steps: Any, has_xids: Any, runs_first: bool
) -> None:
    database = _database((has_xids, True, True), columns={"id": "int"}, primary_key=("id",))
    runs = Runs(database, look_back=LookBack(rows=0, missing_seconds=0))
    history = History(database, runs, lambda n: {"id": n})
    if runs_first:
        history.run(True)  # an empty table leaves a mark too
    history.play([step for step in steps if step[0] != "update"])
    assert counted(history.read) == counted(history.committed)


@given(STEPS, st.sampled_from(["int", "timestamp"]), st.integers(1, 7))
@settings(deadline=None, max_examples=100)
def test_coarse_keys_of_open_transactions_are_waited_for(steps: Any, kind: Any, repeats: int) -> None:
    database = _database((True, True, True), columns={"id": "int", "k": kind}, primary_key=("id",))
    begin = datetime(1970, 1, 1, 0, 10)

    def made(n: int) -> dict[str, Any]:
        return {"id": -n, "k": n // repeats if kind == "int" else begin + timedelta(seconds=n // repeats)}

    runs = Runs(database, keys=("k",), look_back=LookBack(rows=0, seconds=0))
    history = History(database, runs, made)
    history.play([step for step in steps if step[0] != "update"])
    assert counted(history.read) == counted(history.committed)


@given(STEPS, FLAGS)
@settings(deadline=None, max_examples=60)
def test_null_keys_are_read_by_the_first_run_alone(steps: Any, flags: Any) -> None:
    database = _database(flags, columns={"id": "int", "k": "int"}, primary_key=("id",), nullable=("k",))
    history = History(
        database,
        Runs(database, look_back=WIDE, keys=("k",)),
        lambda n: {"id": n, "k": None if n % 3 == 0 else n // 2},
    )
    history.run(True)
    history.play([step for step in steps if step[0] != "update"])
    with_key = [row for row in history.committed if row["k"] is not None]
    assert counted(history.read) == counted(with_key)

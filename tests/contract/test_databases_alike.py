"""Where databases differ by nature and the store must not: texts, their order, what a transaction sees."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import msgspec
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from placekeeper.model.errors import InvalidInputException
from placekeeper.model.jobs import Job, JobRun, JobRunState, RunSummary
from placekeeper.store.store import SqlStore


def test_names_page_by_their_bytes(store: SqlStore) -> None:
    names = ["B", "a", "ab", "a b", "a-b", "a_b", "A", "é", "z", "\ue000", "😀", "10", "9"]
    with store.write() as tx:
        for name in names:
            tx.jobs.insert(Job(name=name, spec={}, created_ms=1, modified_ms=1))
    found: list[str] = []
    with store.read() as tx:
        while page := tx.jobs.page(after=found[-1] if found else None, limit=2).items:
            found += [job.name for job in page]
    assert found == sorted(names, key=str.encode)


@pytest.mark.parametrize(
    "text", ["%", "%(name)s", ":name", "it's", 'a"b', "\\", "a\tb\r\nc", "é😀\U0010ffff", " a "]
)
def test_texts_come_back_as_they_are(store: SqlStore, text: str) -> None:
    job = Job(name=text, spec={text: text}, created_ms=1, modified_ms=1)
    with store.write() as tx:
        tx.jobs.insert(job)
    with store.read() as tx:
        assert tx.jobs.get(text) == job


def test_nul_is_refused_in_names_and_kept_in_definitions(store: SqlStore) -> None:
    with pytest.raises(InvalidInputException, match="NUL"), store.write() as tx:
        tx.bookmarks.create("a\0b", now_ms=1)
    with pytest.raises(InvalidInputException, match="NUL"), store.read() as tx:
        tx.jobs.get("a\0b")
    job = Job(name="a", spec={"Description": "a\0b"}, created_ms=1, modified_ms=1)
    with store.write() as tx:
        tx.jobs.insert(job)
        assert tx.jobs.get("a") == job


def test_nul_in_a_reason_is_shown_by_its_sign(store: SqlStore) -> None:
    with store.write() as tx:
        run = JobRun(
            id="jr_1", job_name="j", job_spec={}, state=JobRunState.RUNNING, started_ms=1, modified_ms=1
        )
        tx.runs.insert([(run, "t")])
        tx.runs.put_summary("jr_1", RunSummary(notes=("\0",)), error_message="a\0b")
        found = tx.runs.get("jr_1")
    assert found is not None
    assert (found.error_message, found.summary) == ("a␀b", RunSummary(notes=("\0",)))


def test_a_reader_sees_one_moment_and_waits_for_nobody(connect: Callable[[], Engine]) -> None:
    reader, writer = SqlStore(connect()), SqlStore(connect())
    with reader.read() as tx:
        assert tx.jobs.get("a") is None
        with writer.write() as other:
            other.jobs.insert(Job(name="a", spec={}, created_ms=1, modified_ms=1))
            assert tx.jobs.get("a") is None
        assert tx.jobs.get("a") is None
    with reader.read() as tx:
        assert tx.jobs.get("a") is not None


def test_a_reader_cannot_write(connect: Callable[[], Engine]) -> None:
    store = SqlStore(connect())
    with store.read() as tx, suppress(DatabaseError):
        tx.jobs.insert(Job(name="a", spec={}, created_ms=1, modified_ms=1))
    with store.read() as tx:
        assert tx.jobs.get("a") is None


def test_writers_go_one_at_a_time(connect: Callable[[], Engine]) -> None:
    stores = [SqlStore(connect()) for _ in range(2)]
    name = "n"
    with stores[0].write() as tx:
        tx.jobs.insert(Job(name=name, spec={"n": 0}, created_ms=1, modified_ms=1))

    def count(store: SqlStore) -> None:
        for _ in range(10):
            with store.write() as tx:
                job = tx.jobs.get(name)
                assert job is not None
                tx.jobs.delete(name)
                tx.jobs.insert(msgspec.structs.replace(job, spec={"n": job.spec["n"] + 1}))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(count, stores))
    with stores[0].read() as tx:
        counted = tx.jobs.get(name)
    assert counted is not None
    assert counted.spec == {"n": 20}

"""The store's contract: the same statements, the same answers on every database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from placekeeper.model.element import FileElement
from placekeeper.model.errors import (
    AlreadyExistsException,
    StateError,
    VersionMismatchException,
)
from placekeeper.model.jobs import Job, JobRun, JobRunState, LauncherRow, RunSummary
from placekeeper.model.publication import PublicationState, StagedFile, UploadPart
from placekeeper.model.security import SecurityConfiguration
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import FileSource
from placekeeper.rules.bookmarks import versions
from placekeeper.store import migrate as migrations
from placekeeper.store import pages
from placekeeper.store.migrate import migrate
from placekeeper.store.schema import metadata
from placekeeper.store.store import SqlStore

STATE = {
    "ctx": FileElement(
        source=FileSource(connection_type="s3", paths=("s3://b/é",), format="csv", exclusions=("**.tmp",)),
        run=1,
        watermark_ms=5,
        in_band=(("s3://b/é/1", 4),),
        segments=(SegmentRef(key="k.parquet", rows=1, size=2, digest="d"),),
        schema="c2NoZW1h",
    )
}


def _run(
    run_id: str = "jr_1", state: JobRunState = JobRunState.STARTING, launcher: str | None = None
) -> JobRun:
    return JobRun(
        id=run_id,
        job_name="j",
        job_spec={"Name": "j"},
        state=state,
        started_ms=1,
        modified_ms=1,
        launcher=launcher,
    )


def test_the_migrated_schema_is_the_declared_one(empty: Callable[[], Engine]) -> None:
    engine = empty()
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_head_is_alembics_head() -> None:
    assert ScriptDirectory(str(migrations._SCRIPTS)).get_current_head() == migrations.HEAD


def test_of_many_who_migrate_one_does(empty: Callable[[], Engine]) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: migrate(empty()), range(4)))
    with empty().connect() as connection:
        assert migrations.current_revision(connection) == migrations.HEAD


def test_an_empty_database_is_left_alone_by_who_only_looks(empty: Callable[[], Engine]) -> None:
    engine = empty()
    with pytest.raises(StateError, match=r"there is no state in .*: run a job first"):
        migrate(engine, create=False)
    assert inspect(engine).get_table_names() == []


def test_a_state_of_a_newer_version_is_refused(empty: Callable[[], Engine]) -> None:
    engine = empty()
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StateError, match="newer Placekeeper"):
        migrate(engine)


def test_what_is_appended_is_what_is_read(store: SqlStore) -> None:
    opening = versions.opened(None, run_id="jr_1", now_ms=1)
    commit = versions.committed(opening, now_ms=2)
    with store.write() as tx:
        bookmark_id = tx.bookmarks.create("b", now_ms=1)
        tx.bookmarks.append(bookmark_id, opening)
        tx.bookmarks.append(bookmark_id, commit, state=STATE, job_bookmark="{…}")
    with store.read() as tx:
        assert tx.bookmarks.newest(bookmark_id) == commit
        assert tx.bookmarks.at(bookmark_id, 1) == opening
        assert tx.bookmarks.newest_entry("b") == (commit, "{…}")
        assert tx.bookmarks.entry_of_run("b", "jr_1") == (commit, "{…}")
        assert tx.bookmarks.entry_of_run("b", "jr_2") is None
        assert tx.bookmarks.state(bookmark_id, 2) == STATE
        assert tx.bookmarks.history(bookmark_id) == [commit, opening]
        assert tx.bookmarks.segment_keys(dropped_before_ms=9) == {"k.parquet"}


def test_a_look_sees_what_is_committed_and_waits_for_no_writer(store: SqlStore) -> None:
    def version() -> int:
        with store.read_once() as tx:
            found = tx.bookmarks.newest_entry("b")
        return 0 if found is None else found[0].version

    opening = versions.opened(None, run_id="jr_1", now_ms=1)
    with store.write() as tx:
        bookmark_id = tx.bookmarks.create("b", now_ms=1)
        tx.bookmarks.append(bookmark_id, opening)
        tx.bookmarks.append(
            bookmark_id, versions.committed(opening, now_ms=2), state=STATE, job_bookmark="{}"
        )
        assert version() == 0
    assert version() == 2


def test_the_primary_key_is_the_lock(store: SqlStore) -> None:
    opening = versions.opened(None, run_id="jr_1", now_ms=1)
    with store.write() as tx:
        bookmark_id = tx.bookmarks.create("b", now_ms=1)
        tx.bookmarks.append(bookmark_id, opening)
    with (
        pytest.raises(VersionMismatchException, match="Expected version 0 but found version 1"),
        store.write() as tx,
    ):
        tx.bookmarks.append(bookmark_id, opening)
    with store.read() as tx:
        assert len(tx.bookmarks.history(bookmark_id)) == 1


def test_of_many_who_append_the_same_version_one_wins(store: SqlStore) -> None:
    with store.write() as tx:
        bookmark_id = tx.bookmarks.create("b", now_ms=1)
    outcomes: list[str] = []
    barrier = threading.Barrier(8)

    def append(n: int) -> None:
        barrier.wait()
        try:
            with store.write() as tx:
                tx.bookmarks.append(bookmark_id, versions.opened(None, run_id=f"jr_{n}", now_ms=1))
            outcomes.append("won")
        except VersionMismatchException:
            outcomes.append("lost")

    threads = [threading.Thread(target=append, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 7 + ["won"]


def test_a_transaction_that_raises_leaves_nothing(store: SqlStore) -> None:
    def fail() -> None:
        with store.write() as tx:
            tx.bookmarks.create("b", now_ms=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as tx:
        assert tx.bookmarks.live_id("b") is None


def test_a_tombstone_frees_the_name_and_keeps_the_history(store: SqlStore) -> None:
    with store.write() as tx:
        first = tx.bookmarks.create("b", now_ms=1)
        tx.bookmarks.append(first, versions.opened(None, run_id="jr_1", now_ms=1))
        tx.bookmarks.mark_deleted("b", now_ms=2)
        second = tx.bookmarks.create("b", now_ms=3)
    with store.read() as tx:
        assert second != first
        assert tx.bookmarks.live_id("b") == second
        assert tx.bookmarks.newest(second) is None
        assert len(tx.bookmarks.history(first)) == 1


def test_jobs_page_by_name(store: SqlStore) -> None:
    with store.write() as tx:
        for name in ("c", "a", "b"):
            tx.jobs.insert(
                Job(name=name, spec={"Name": name, "Tags": {"k": "v"}}, created_ms=1, modified_ms=1)
            )
    with store.read() as tx:
        assert [job.name for job in tx.jobs.page(after=None, limit=2).items] == ["a", "b"]
        assert [job.name for job in tx.jobs.page(after="b", limit=2).items] == ["c"]
    with pytest.raises(AlreadyExistsException), store.write() as tx:
        tx.jobs.insert(Job(name="a", spec={}, created_ms=1, modified_ms=1))
    with store.write() as tx:
        assert (tx.jobs.delete("a"), tx.jobs.delete("a")) == (True, False)


def test_a_transition_happens_once(store: SqlStore) -> None:
    starting, running, failed = JobRunState.STARTING, JobRunState.RUNNING, JobRunState.FAILED
    with store.write() as tx:
        tx.runs.insert([(_run(), "t")])
        assert tx.runs.move("jr_1", from_states=[starting], to=running, launcher=None, now_ms=2)
        assert not tx.runs.move("jr_1", from_states=[starting], to=running, launcher=None, now_ms=3)
        assert tx.runs.move(
            "jr_1", from_states=[running], to=failed, launcher=None, now_ms=4, error_message="why"
        )
        run = tx.runs.get("jr_1")
    assert run is not None
    assert (run.state, run.modified_ms, run.completed_ms, run.error_message) == (failed, 4, 4, "why")


def test_a_run_is_claimed_once(store: SqlStore) -> None:
    with store.write() as tx:
        tx.runs.insert([(_run(), "t")])
        assert tx.runs.hand_over("jr_1", launcher=None, to="a", token_digest="t2", now_ms=2)
        assert not tx.runs.hand_over("jr_1", launcher=None, to="b", token_digest="t3", now_ms=2)
        assert tx.runs.by_token("t") is None
        run = tx.runs.by_token("t2")
    assert run is not None
    assert run.launcher == "a"


def test_a_page_ends_by_size_too_and_has_one_item_at_least(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_BYTES", 250)
    with store.write() as tx:
        for name in ("a", "b", "c"):
            spec = {"Name": name, "Description": "é" * 60 if name == "a" else "x" * 120}  # 120 bytes each
            tx.jobs.insert(Job(name=name, spec=spec, created_ms=1, modified_ms=1))
            tx.runs.insert([(msgspec.structs.replace(_run(f"jr_{name}"), arguments={"x": "y" * 300}), name)])
    with store.read() as tx:
        page = tx.jobs.page(after=None, limit=9)
        assert ([job.name for job in page.items], page.more) == (["a"], True)
        page = tx.jobs.page(after="b", limit=9)
        assert ([job.name for job in page.items], page.more) == (["c"], False)
        assert tx.jobs.named(["a", "b"]).more
        runs = tx.runs.page("j", before=None, limit=9)
        assert ([run.id for _, run in runs.items], runs.more) == (["jr_c"], True)


def test_runs_page_newest_first_while_runs_are_added(store: SqlStore) -> None:
    with store.write() as tx:
        for n in range(5):
            tx.runs.insert([(_run(f"jr_{n}"), f"t{n}")])
        first = tx.runs.page("j", before=None, limit=2).items
        tx.runs.insert([(_run("jr_5"), "t5")])
        second = tx.runs.page("j", before=first[-1][0], limit=9).items
    assert [run.id for _, run in (*first, *second)] == ["jr_4", "jr_3", "jr_2", "jr_1", "jr_0"]


def test_a_summary_keeps_the_reason_given_before(store: SqlStore) -> None:
    with store.write() as tx:
        tx.runs.insert([(_run(), "t")])
        tx.runs.put_summary("jr_1", RunSummary(notes=("n",)), error_message="boom")
        tx.runs.put_summary("jr_1", RunSummary(notes=("m",)), error_message=None)
        run = tx.runs.get("jr_1")
    assert run is not None
    assert run.summary == RunSummary(notes=("m",))
    assert run.error_message == "boom"


def test_publications_move_once_and_are_found_unsettled(store: SqlStore) -> None:
    publishing, published = PublicationState.PUBLISHING, PublicationState.PUBLISHED
    file = StagedFile(path="s3://b/k", size=1, rows=1, upload_id="u", parts=(UploadPart(1, "e"),))
    with store.write() as tx:
        tx.runs.insert([(_run(), "t")])
        tx.publications.insert("jr_1", (file,), bookmark_id=None, version=None, now_ms=1)
        assert [p.manifest for p in tx.publications.unsettled(job_name="j")] == [(file,)]
        assert list(tx.publications.unsettled(job_name="other")) == []
        assert tx.publications.move("jr_1", from_state=publishing, to=published, now_ms=2)
        assert not tx.publications.move("jr_1", from_state=publishing, to=published, now_ms=2)
        assert list(tx.publications.unsettled()) == []


def test_publications_that_came_to_an_end_since(store: SqlStore) -> None:
    publishing, published = PublicationState.PUBLISHING, PublicationState.PUBLISHED
    with store.write() as tx:
        for ordinal, settled_ms in enumerate((5, 6, 7)):
            tx.publications.insert("jr_1", (), bookmark_id=None, version=None, now_ms=1, ordinal=ordinal)
            if ordinal:
                assert tx.publications.move(
                    "jr_1", ordinal, from_state=publishing, to=published, now_ms=settled_ms
                )
        assert [p.ordinal for p in tx.publications.settled_since(6)] == [1, 2]
        assert [p.ordinal for p in tx.publications.settled_since(7)] == [2]


def test_folders_that_runs_overwrite(store: SqlStore) -> None:
    with store.write() as tx:
        tx.overwrites.add("jr_1", ["s3://a/", "s3://b/"])
        tx.overwrites.add("jr_1", ["s3://b/", f"s3://{'c' * 4000}/"])
        tx.overwrites.add("jr_2", ["s3://a/"])
    with store.read() as tx:
        assert tx.overwrites.of_others("jr_1") == [("jr_2", "s3://a/")]
        assert [folder[:7] for _, folder in tx.overwrites.of_others("jr_2")] == [
            "s3://a/",
            "s3://b/",
            "s3://cc",
        ]
    with store.write() as tx:
        tx.overwrites.release("jr_1", ["s3://a/", "s3://z/"])
        assert ("jr_1", "s3://a/") not in tx.overwrites.of_others("jr_3")
        assert len(tx.overwrites.of_others("jr_3")) == 3
        tx.overwrites.drop(["jr_1", "jr_3"])
        assert tx.overwrites.of_others("jr_3") == [("jr_2", "s3://a/")]


def test_a_run_may_have_several_publications_which_move_apart(store: SqlStore) -> None:
    publishing, published = PublicationState.PUBLISHING, PublicationState.PUBLISHED
    with store.write() as tx:
        tx.runs.insert([(_run(), "t")])
        for ordinal in (0, 1):
            tx.publications.insert("jr_1", (), bookmark_id=None, version=None, now_ms=1, ordinal=ordinal)
        assert tx.publications.move("jr_1", 1, from_state=publishing, to=published, now_ms=2)
        assert [p.ordinal for p in tx.publications.unsettled()] == [0]
        assert [p.state for p in tx.publications.of_run("jr_1")] == [publishing, published]
        assert tx.publications.get("jr_1", 2) is None


def test_staging_is_remembered_until_it_is_dropped(store: SqlStore) -> None:
    with store.write() as tx:
        tx.runs.insert([(_run(), "t")])
        tx.runs.add_staging("jr_1", "file:///out")
        tx.runs.add_staging("jr_1", "file:///out")
        assert list(tx.runs.staging_of("jr_1")) == ["file:///out"]
        assert [run.id for run in tx.runs.with_staging()] == ["jr_1"]
        tx.runs.drop_staging("jr_1", "file:///out")
        assert list(tx.runs.with_staging()) == []


def test_of_each_job_the_oldest_unclaimed_run_comes_first(store: SqlStore) -> None:
    with store.write() as tx:
        for n, job in enumerate("aabbc"):
            run = msgspec.structs.replace(_run(f"jr_{n}"), job_name=job)
            tx.runs.insert([(run, f"t{n}")])
        assert tx.runs.hand_over("jr_0", launcher=None, to="l", token_digest="t9", now_ms=2)
        assert [run.id for run in tx.runs.unclaimed(limit=9)] == ["jr_1", "jr_2", "jr_4"]
        assert [run.id for run in tx.runs.unclaimed(limit=1)] == ["jr_1"]
        assert not tx.runs.hand_over("jr_0", launcher="other", to=None, token_digest="t0", now_ms=3)
        assert tx.runs.hand_over("jr_0", launcher="l", to=None, token_digest="t0", now_ms=3)
        assert [run.id for run in tx.runs.unclaimed(limit=9)] == ["jr_0", "jr_2", "jr_4"]


def test_only_the_launcher_of_a_run_moves_it(store: SqlStore) -> None:
    starting, stopped = JobRunState.STARTING, JobRunState.STOPPED
    with store.write() as tx:
        tx.runs.insert([(_run(launcher="l"), "t")])
        for other in (None, "other"):
            assert not tx.runs.move("jr_1", from_states=[starting], to=stopped, launcher=other, now_ms=2)
        assert tx.runs.move("jr_1", from_states=[starting], to=stopped, launcher="l", now_ms=2)


def test_waiting_runs_by_job(store: SqlStore) -> None:
    with store.write() as tx:
        for n in range(3):
            tx.runs.insert([(_run(f"jr_{n}", JobRunState.WAITING), f"t{n}")])
        tx.runs.insert([(_run("jr_9"), "t9")])
        tx.runs.insert([(msgspec.structs.replace(_run("jr_8", JobRunState.WAITING), job_name="k"), "t8")])
        assert list(tx.runs.waiting_jobs()) == ["j", "k"]
        assert tx.runs.counts([JobRunState.WAITING, JobRunState.FAILED]) == {JobRunState.WAITING: 4}
        assert [run.id for run in tx.runs.waiting("j", limit=2)] == ["jr_0", "jr_1"]
        assert tx.runs.waiting("j", limit=0) == []


def test_a_client_token_stands_for_the_newest_run_of_a_job(store: SqlStore) -> None:
    run = msgspec.structs.replace(_run(), client_token="once")
    with store.write() as tx:
        tx.runs.insert([(run, "t")])
        assert tx.runs.by_client_token("j", "once") == run
        assert tx.runs.by_client_token("k", "once") is None
        again = msgspec.structs.replace(run, id="jr_2")
        tx.runs.insert([(again, "t2")])
        assert tx.runs.by_client_token("j", "once") == again


def test_a_launcher_counts_up_while_it_lives(store: SqlStore) -> None:
    with store.write() as tx:
        assert not tx.launchers.renew("l")
        tx.launchers.insert("l", host="h")
        assert tx.launchers.all() == {"l": LauncherRow("h", 0)}
        assert tx.launchers.renew("l")
        assert tx.launchers.all() == {"l": LauncherRow("h", 1)}
        assert not tx.launchers.delete("l", renewals=0)  # it has counted on: it lives
        assert tx.launchers.renewals("l") == 1
        assert tx.launchers.delete("l", renewals=1)
        assert not tx.launchers.delete("l", renewals=1)
        assert tx.launchers.renewals("l") is None


def test_a_definition_is_replaced_and_is_not_made(store: SqlStore) -> None:
    with store.write() as tx:
        tx.jobs.insert(Job(name="j", spec={"Name": "j", "A": 1}, created_ms=1, modified_ms=1))
        assert tx.jobs.replace(Job(name="j", spec={"Name": "j"}, created_ms=1, modified_ms=2))
        assert not tx.jobs.replace(Job(name="absent", spec={}, created_ms=1, modified_ms=2))
    with store.write() as tx:
        assert tx.jobs.get("j") == Job(name="j", spec={"Name": "j"}, created_ms=1, modified_ms=2)
        assert tx.jobs.exists("j")
        assert not tx.jobs.exists("absent")
        assert tx.jobs.get("absent") is None


def test_names_of_jobs_in_order(store: SqlStore) -> None:
    with store.write() as tx:
        for name in ("b", "a", "B"):
            tx.jobs.insert(Job(name=name, spec={}, created_ms=1, modified_ms=1))
        in_order = [job.name for job in tx.jobs.page(after=None, limit=9).items]
        assert list(tx.jobs.names(tagged={}, after=None, limit=9)) == in_order
        assert list(tx.jobs.names(tagged={}, after="a", limit=1)) == ["b"]


def test_names_of_jobs_by_tags(store: SqlStore) -> None:
    with store.write() as tx:
        for name in ("b", "a", "c"):
            tx.jobs.insert(Job(name=name, spec={}, created_ms=1, modified_ms=1))
            tx.tags.put(f"job/{name}", {"team": "x", "name": name})
        tx.tags.put("trigger/d", {"team": "x"})
        assert list(tx.jobs.names(tagged={"team": "x"}, after=None, limit=9)) == ["a", "b", "c"]
        assert list(tx.jobs.names(tagged={"team": "x"}, after="a", limit=1)) == ["b"]
        assert list(tx.jobs.names(tagged={"team": "x", "name": "c"}, after=None, limit=9)) == ["c"]
        assert list(tx.jobs.names(tagged={"team": "c", "name": "x"}, after=None, limit=9)) == []


def test_tags_of_resources(store: SqlStore) -> None:
    with store.write() as tx:
        tx.tags.put("job/a", {"k": "1", "l": ""})
        tx.tags.put("job/a", {"k": "2"})
        tx.tags.put("trigger/a", {"k": "3"})
        tx.tags.put("job/b", {})
        assert tx.tags.of("job/a") == {"k": "2", "l": ""}
        assert tx.tags.of("job/b") == {}
        tx.tags.remove("job/a", ["l", "absent"])
        assert tx.tags.of("job/a") == {"k": "2"}
        tx.tags.drop("job/a")
        assert (tx.tags.of("job/a"), tx.tags.of("trigger/a")) == ({}, {"k": "3"})


def test_security_configurations(store: SqlStore) -> None:
    made = [SecurityConfiguration(name=name, spec={"é": []}, created_ms=5) for name in ("a", "b", "c")]
    with store.write() as tx:
        for configuration in made:
            tx.security_configurations.insert(configuration)
        with pytest.raises(AlreadyExistsException):
            tx.security_configurations.insert(made[0])
    with store.write() as tx:
        assert tx.security_configurations.get("a") == made[0]
        assert list(tx.security_configurations.page(after="a", limit=1)) == made[1:2]
        assert tx.security_configurations.delete("a")
        assert not tx.security_configurations.delete("a")
        assert tx.security_configurations.get("a") is None


def test_of_open_runs_those_with_a_launcher(store: SqlStore) -> None:
    with store.write() as tx:
        tx.runs.insert([(_run("jr_1", launcher="l"), "t1"), (_run("jr_2"), "t2")])
        tx.runs.insert([(_run("jr_3", JobRunState.WAITING), "t3"), (_run("jr_4", launcher="m"), "t4")])
        assert [run.id for run in tx.runs.claimed()] == ["jr_1", "jr_4"]
        starting, failed = JobRunState.STARTING, JobRunState.FAILED
        assert tx.runs.move("jr_1", from_states=[starting], to=failed, launcher="l", now_ms=2)
        assert [run.id for run in tx.runs.claimed()] == ["jr_4"]

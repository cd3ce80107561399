"""Bookmark use cases on a real SQLite file: open, commit, reset, rewind, races, publications."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from controls import control_over
from placekeeper.control.service import Control
from placekeeper.keys.ring import KeyRing
from placekeeper.model.bookmark import BookmarkOption, Change
from placekeeper.model.element import FileElement, StateElement
from placekeeper.model.errors import (
    AccessDeniedException,
    EntityNotFoundException,
    InvalidInputException,
    KeyMissing,
    PublicationPending,
    PublishFailed,
    StateError,
    UnsupportedFeature,
    VersionMismatchException,
)
from placekeeper.model.exchange import (
    CommitRequest,
    OpenRequest,
    PublicationRequest,
    PublishFailure,
    Reverted,
    SummaryRequest,
)
from placekeeper.model.jobs import JobRun, JobRunState, RunSummary
from placekeeper.model.publication import Manifest, StagedFile
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import FileSource
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.rules.jobs.run_ids import short
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

NAME = "flights"
FILE = StagedFile(path="file:///out/a.parquet", size=1, rows=1, staged="file:///out/_placekeeper/a")


class Ticking:
    """A clock that moves by one with every look."""

    def __init__(self) -> None:
        self.ms = 1_000

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms


class ScriptedStaging:
    """Records what is published; fails where the test says so."""

    def __init__(self) -> None:
        self.visible: list[str] = []
        self.failure: Exception | None = None

    def publish(self, file: StagedFile) -> None:
        if self.failure is not None:
            raise self.failure
        if file.path not in self.visible:
            self.visible.append(file.path)

    def take_back(self, file: StagedFile) -> None:
        if file.path in self.visible:
            self.visible.remove(file.path)


class World:
    """A control plane with runs at hand."""

    def __init__(self, path: Path, keys: Keys = NO_KEYS) -> None:
        engine = migrated_sqlite(path)
        self.store = SqlStore(engine, keys)
        self.clock = Ticking()
        self.staging = ScriptedStaging()
        ids = iter(f"{n:064x}" for n in range(1, 10_000))
        self.control: Control = control_over(
            store=self.store,
            clock=self.clock,
            staging=self.staging,
            random_hex=lambda _: next(ids),
            keys=keys,
        )

    def run(self) -> JobRun:
        run, _ = self.control.run_starter.register(
            NAME, script_location="/s.py", arguments={}, launcher="host:1:1"
        )
        return run

    def open(self, run: JobRun, name: str = NAME):
        return self.control.bookmarks.open(run, OpenRequest(name=name, option=BookmarkOption.ENABLE))

    def commit(
        self, run: JobRun, version: int, *, contexts: tuple[str, ...] = ("ctx",), manifest: Manifest = ()
    ):
        elements = {context: element(version, context) for context in contexts}
        request = CommitRequest(name=NAME, version=version, elements=elements, manifest=manifest)
        return self.control.bookmarks.commit(run, request)

    def looking_run(self, option: BookmarkOption) -> JobRun:
        """A run that makes no version, to its end."""
        run = self.run()
        opened = self.control.bookmarks.open(run, OpenRequest(name=NAME, option=option))
        summary = RunSummary(bookmark_name=NAME, bookmark_option=option, bookmark_found=opened.found)
        self.control.runs.put_summary(run, SummaryRequest(summary=summary))
        return run

    def end(self, run: JobRun) -> None:
        self.control.lifecycle.move(run, JobRunState.FAILED, "killed")

    def successful_run(self, **what) -> JobRun:
        run = self.run()
        opened = self.open(run)
        self.commit(run, opened.version, **what)
        self.control.publications.published(run)
        return run


def element(version: int, context: str) -> StateElement:
    segment = SegmentRef(key=f"{context}-{version}.parquet", rows=1, size=1, digest="0")
    source = FileSource(connection_type="file", paths=("file:///in",), format="csv")
    return FileElement(source=source, run=version, watermark_ms=version, segments=(segment,))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "state.db")
    yield world
    world.store.close()


def counters(entry) -> tuple[int, int, int]:
    return entry.version, entry.run, entry.attempt


def test_sources_are_known_until_nothing_was_ever_read(world: World) -> None:
    assert world.control.bookmarks.remembered(NAME) == (None, {}, {})
    world.successful_run(contexts=("a",))
    world.successful_run(contexts=("b",))
    _, state, sources = world.control.bookmarks.remembered(NAME)
    assert sources == {context: state[context].source for context in ("a", "b")}

    world.control.bookmarks.reset(NAME)
    version, empty, still_known = world.control.bookmarks.remembered(NAME)
    assert (version.change, empty, still_known) == (Change.RESET, {}, sources)

    world.successful_run(contexts=("b",))  # what was not read since the reset is remembered no more
    assert world.control.bookmarks.remembered(NAME)[2].keys() == {"b"}


def test_get_before_anything_was_committed_finds_nothing(world: World) -> None:
    with pytest.raises(EntityNotFoundException, match=r"^Continuation for job flights not found\n"):
        world.control.bookmarks.get(NAME)
    world.open(world.run())
    with pytest.raises(EntityNotFoundException, match=r"^Continuation for job flights not found\n"):
        world.control.bookmarks.get(NAME)


def test_entries_after_two_runs(world: World) -> None:
    first, second = world.successful_run(), world.successful_run()

    entry = world.control.bookmarks.get(NAME)
    assert counters(entry) == (4, 3, 0)
    assert (entry.run_id, entry.previous_run_id) == (second.id, first.id)
    assert counters(world.control.bookmarks.get(NAME, first.id)) == (2, 2, 0)


def test_during_a_run_the_last_committed_entry_is_shown(world: World) -> None:
    world.successful_run()
    before = world.control.bookmarks.get(NAME)
    world.open(world.run())

    assert world.control.bookmarks.get(NAME) == before


def test_the_run_id_of_a_failed_run_has_no_entry(world: World) -> None:
    world.successful_run()
    failed = world.run()
    world.open(failed)

    with pytest.raises(EntityNotFoundException):
        world.control.bookmarks.get(NAME, failed.id)


def test_the_later_open_fences_the_earlier_run(world: World) -> None:
    early, late = world.run(), world.run()
    early_version, late_version = world.open(early).version, world.open(late).version

    with pytest.raises(VersionMismatchException) as lost:
        world.commit(early, early_version)

    assert str(lost.value) == (
        "Continuation update failed due to version mismatch. Expected version 1 but found version 2"
    )
    assert world.commit(late, late_version).version == 3


def test_a_reset_during_a_run_makes_its_commit_fail_and_stands(world: World) -> None:
    world.successful_run()
    run = world.run()
    opened = world.open(run)
    world.control.bookmarks.reset(NAME)

    with pytest.raises(VersionMismatchException, match="Expected version 3 but found version 4"):
        world.commit(run, opened.version)

    assert world.control.bookmarks.get(NAME).job_bookmark == "{}"


def test_commit_and_open_are_answered_twice_as_once(world: World) -> None:
    run = world.run()
    opened = world.open(run)
    assert world.open(run) == opened

    committed = world.commit(run, opened.version, manifest=(FILE,))
    assert world.commit(run, opened.version, manifest=(FILE,)) == committed
    assert len(world.control.bookmarks.history(NAME)) == 2


def test_elements_of_contexts_not_touched_are_carried_over(world: World) -> None:
    world.successful_run(contexts=("a", "b"))
    world.successful_run(contexts=("b",))

    _, state = world.control.bookmarks.state(NAME)
    assert {context: e.run for context, e in state.items()} == {"a": 1, "b": 3}


def test_reset_forgets_all_and_answers_the_entry(world: World) -> None:
    world.successful_run()

    entry = world.control.bookmarks.reset(NAME)
    assert counters(entry) == (3, 0, 0)
    assert (entry.run_id, entry.previous_run_id, entry.job_bookmark) == (None, None, "{}")
    assert world.open(world.run()).state == {}


def test_reset_of_what_never_committed_is_not_found(world: World) -> None:
    world.open(world.run())

    with pytest.raises(EntityNotFoundException, match=r"^Continuation for job flights not found\n"):
        world.control.bookmarks.reset(NAME)


def test_rewind_to_a_run_restores_the_state_at_its_end(world: World) -> None:
    first = world.successful_run()
    second = world.successful_run()
    world.successful_run()

    entry = world.control.bookmarks.reset(NAME, second.id)
    assert counters(entry) == (7, 3, 0)
    assert (entry.run_id, entry.previous_run_id) == (second.id, first.id)
    assert world.open(world.run()).state["ctx"].run == 3


def test_rewind_to_a_failed_run_goes_to_the_last_success_before_it(world: World) -> None:
    first = world.successful_run()
    failed = world.run()
    world.open(failed)
    world.successful_run()

    assert world.control.bookmarks.reset(NAME, failed.id).run_id == first.id


def test_rewind_to_a_run_that_failed_before_any_success_empties_the_state(world: World) -> None:
    failed = world.run()
    world.open(failed)
    world.successful_run()

    assert world.control.bookmarks.reset(NAME, failed.id).job_bookmark == "{}"


def test_rewind_to_an_unknown_run_is_not_found_and_changes_nothing(world: World) -> None:
    world.successful_run()

    with pytest.raises(EntityNotFoundException):
        world.control.bookmarks.reset(NAME, "jr_unknown")
    assert counters(world.control.bookmarks.get(NAME)) == (2, 2, 0)


def test_pause_reads_the_state_and_makes_no_version(world: World) -> None:
    world.successful_run()
    opened = world.control.bookmarks.open(world.run(), OpenRequest(name=NAME, option=BookmarkOption.PAUSE))

    assert (opened.version, opened.run) == (None, 2)
    assert "ctx" in opened.state
    assert len(world.control.bookmarks.history(NAME)) == 2


def test_a_deleted_job_starts_at_one_again_and_its_run_cannot_commit(world: World) -> None:
    world.successful_run()
    run = world.run()
    opened = world.open(run)
    world.control.jobs.delete(NAME)

    with pytest.raises(EntityNotFoundException):
        world.commit(run, opened.version)
    with pytest.raises(EntityNotFoundException):
        world.control.bookmarks.get(NAME)
    assert world.open(world.run()).version == 1


def test_reading_changes_nothing(world: World) -> None:
    world.successful_run()
    before = world.control.bookmarks.history(NAME)
    world.control.bookmarks.get(NAME)
    world.control.bookmarks.state(NAME)

    assert world.control.bookmarks.history(NAME) == before


def test_an_unfinished_publication_is_finished_by_the_next_open(world: World) -> None:
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))

    world.open(world.run())
    assert world.staging.visible == [FILE.path]
    world.control.publications.published(run)  # the first process may still be alive, and says so too


@pytest.mark.parametrize("by", ["open", "reset", "delete"])
def test_what_can_no_longer_be_published_is_taken_back(world: World, by: str) -> None:
    world.successful_run()
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    world.staging.failure = PublishFailed("the upload was aborted")
    {
        "open": lambda: world.open(world.run()),
        "reset": lambda: world.control.bookmarks.reset(NAME),
        "delete": lambda: world.control.jobs.delete(NAME),
    }[by]()

    with pytest.raises(PublishFailed, match="the upload was aborted"):
        world.control.publications.published(run)
    if by == "open":
        changes = [(v.version, v.change) for v in world.control.bookmarks.history(NAME)]
        assert changes[:3] == [(6, Change.OPEN), (5, Change.REVERT), (4, Change.COMMIT)]
        assert world.control.bookmarks.state(NAME)[1]["ctx"].run == 1


def test_publish_failed_restores_the_state_before(world: World) -> None:
    world.successful_run()
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    world.staging.publish(FILE)

    reverted = world.control.publications.failed(run, PublishFailure(error="access lost"))

    assert reverted.version == 5
    assert world.control.publications.failed(run, PublishFailure(error="access lost")) == reverted
    with pytest.raises(PublishFailed, match=f"{short(run.id)} was taken back meanwhile: access lost"):
        world.control.publications.published(run)
    assert world.staging.visible == []
    assert world.control.bookmarks.state(NAME)[1]["ctx"].run == 1
    assert world.open(world.run()).attempt == 1


def test_a_store_that_does_not_answer_leaves_the_publication_for_later(world: World) -> None:
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    world.staging.failure = ConnectionError("no answer")

    with pytest.raises(PublicationPending, match="no answer"):
        world.open(world.run())
    world.staging.failure = None
    world.open(world.run())
    assert world.staging.visible == [FILE.path]


def test_a_publication_without_a_version_is_kept_once(world: World) -> None:
    run = world.run()
    world.control.publications.begin(run, PublicationRequest(manifest=(FILE,)))
    world.control.publications.begin(run, PublicationRequest(manifest=(FILE,)))

    world.run()  # the next run of the job settles it
    assert world.staging.visible == [FILE.path]


def test_a_run_that_opens_again_after_its_commit_commits_and_publishes_again(world: World) -> None:
    run = world.run()
    first = world.open(run)
    world.commit(run, first.version, manifest=(FILE,))
    world.control.publications.published(run)
    second = world.open(run)
    assert (second.version, second.run, second.state.keys()) == (3, 2, {"ctx"})
    again = CommitRequest(
        name=NAME, version=3, elements={"more": element(3, "more")}, manifest=(FILE,), ordinal=1
    )
    for _ in range(2):  # a call may be repeated
        assert world.control.bookmarks.commit(run, again).version == 4
    assert world.control.publications.failed(run, PublishFailure(error="lost", ordinal=1)).version == 5
    assert world.control.bookmarks.state(NAME)[1].keys() == {"ctx"}  # the first pair stays
    assert not world.control.publications.is_visible(run.id)


def test_a_publication_that_stopped_half_way_is_settled_when_the_run_opens_again(world: World) -> None:
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    assert world.open(run).version == 3
    assert world.staging.visible == [FILE.path]
    assert world.control.publications.is_visible(run.id)


def test_rewind_to_a_run_whose_output_was_taken_back_goes_to_the_success_before_it(world: World) -> None:
    first = world.successful_run()
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    world.control.publications.failed(run, PublishFailure(error="access lost"))
    world.successful_run()

    with pytest.raises(EntityNotFoundException):
        world.control.bookmarks.get(NAME, run.id)
    assert world.control.bookmarks.reset(NAME, run.id).run_id == first.id
    assert world.open(world.run()).state["ctx"].run == 1


def test_a_commit_that_comes_between_settling_and_opening_is_settled_too(world: World) -> None:
    run, other = world.run(), world.run()
    version = world.open(run).version
    settle = world.control.publications.settle
    meanwhile = [lambda: world.commit(run, version, manifest=(FILE,))]

    def settle_and_be_overtaken(**what) -> int:
        settled = settle(**what)
        while meanwhile:
            meanwhile.pop()()
        return settled

    world.control.publications.settle = settle_and_be_overtaken  # type: ignore[method-assign]
    opened = world.open(other)

    assert world.staging.visible == [FILE.path]
    assert opened.version == version + 2


def test_what_cannot_be_settled_now_holds_up_nothing_else(world: World) -> None:
    stuck, run = world.run(), world.run()
    other = msgspec.structs.replace(FILE, path="file:///out/other")
    world.control.publications.begin(stuck, PublicationRequest(manifest=(FILE,)))
    world.control.publications.begin(run, PublicationRequest(manifest=(other,)))
    world.end(run)
    assert world.control.publications.settle_ended() == {}
    assert world.staging.visible == [other.path]  # the other run goes on: it publishes itself

    world.end(stuck)
    world.staging.failure = UnsupportedFeature("no credentials")
    assert list(world.control.publications.settle_ended()) == [stuck.id]
    world.control.jobs.create({"Name": "a", "Role": "r", "Command": {"Name": "glueetl"}})
    world.control.run_starter.start({"JobName": "a"})
    with world.store.write() as tx:
        tx.launchers.insert("supervisor-1", host="h")
    assert world.control.lifecycle.claim("supervisor-1") is not None

    world.staging.failure = None
    assert world.control.publications.settle_ended() == {}
    assert FILE.path in world.staging.visible


def test_a_run_that_was_given_up_for_dead_changes_nothing_more(world: World) -> None:
    """Its token was looked at before; a large body takes its time."""
    run = world.run()
    version = world.open(run).version
    world.end(run)
    late: list[Callable[[], object]] = [
        lambda: world.open(run),
        lambda: world.commit(run, version),
        lambda: world.control.publications.begin(run, PublicationRequest(manifest=(FILE,))),
        lambda: world.control.publications.published(run),
        lambda: world.control.publications.failed(run, PublishFailure(error="x")),
        lambda: world.control.runs.put_summary(run, SummaryRequest(summary=RunSummary())),
        lambda: world.control.runs.add_staging(run, "file:///out"),
    ]
    for call in late:
        with pytest.raises(AccessDeniedException, match="has ended already"):
            call()
    assert [v.change for v in world.control.bookmarks.history(NAME)] == [Change.OPEN]


def test_a_run_whose_job_was_deleted_leaves_no_bookmark(world: World) -> None:
    world.control.jobs.create({"Name": NAME, "Role": "r", "Command": {"Name": "glueetl"}})
    opened, unopened = world.run(), world.run()
    version = world.open(opened).version
    world.control.jobs.delete(NAME)
    for again in (False, True):
        if again:  # another job of that name is another job
            world.control.jobs.create({"Name": NAME, "Role": "r", "Command": {"Name": "glueetl"}})
        with pytest.raises(EntityNotFoundException, match="was deleted while its run"):
            world.commit(opened, version)
        with pytest.raises(EntityNotFoundException, match="was deleted while its run"):
            world.open(unopened)
        assert world.control.bookmarks.state(NAME) == (None, {})
    assert world.open(world.run()).version == 1


def test_a_second_commit_with_output_is_refused(world: World) -> None:
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    world.control.publications.published(run)
    version = world.open(run).version
    with pytest.raises(InvalidInputException, match="has already published this output"):
        world.commit(run, version, manifest=(FILE,))


KEY = "arn:aws:kms:r:1:key/1"
SEALED = {"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY}}


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[World]:
    """A world whose job has its bookmark encrypted."""
    world = World(tmp_path / "state.db", KeyRing({KEY: b"k" * 32}))
    world.control.security_configurations.create("sealed", SEALED)
    command = {"Name": "glueetl"}
    world.control.jobs.create({"Name": NAME, "Command": command, "SecurityConfiguration": "sealed"})
    yield world
    world.store.close()


def test_an_encrypted_bookmark_is_used_like_any_other(sealed: World, tmp_path: Path) -> None:
    first = sealed.successful_run(contexts=("very-secret",))
    sealed.successful_run(contexts=("other",))
    opened = sealed.open(sealed.run())
    assert opened.state.keys() == {"very-secret", "other"}
    assert opened.bookmark_key == KEY
    assert "very-secret" in sealed.control.bookmarks.get(NAME).job_bookmark
    rewound = sealed.control.bookmarks.reset(NAME, first.id)
    assert json.loads(rewound.job_bookmark).keys() == {"very-secret"}
    with sealed.store.read() as tx:
        assert len(tx.bookmarks.segment_keys(dropped_before_ms=0)) == 2
    assert not any(b"very-secret" in path.read_bytes() for path in tmp_path.iterdir())


def test_a_run_whose_key_or_configuration_is_gone_commits_nothing(sealed: World, tmp_path: Path) -> None:
    run = sealed.run()
    opened = sealed.open(run)
    without = World(tmp_path / "state.db")
    with pytest.raises(KeyMissing, match=KEY):
        without.open(run)
    with pytest.raises(KeyMissing, match=KEY):
        without.commit(run, opened.version)
    sealed.control.security_configurations.delete("sealed")
    with pytest.raises(InvalidInputException, match="sealed does not exist"):
        sealed.commit(run, opened.version)
    without.store.close()
    with pytest.raises(EntityNotFoundException):
        sealed.control.bookmarks.get(NAME, run.id)


@pytest.mark.parametrize("key", [{}, {"KmsKeyArn": ""}, {"KmsKeyArn": KEY + "2"}])
def test_a_key_that_is_not_configured_is_refused(sealed: World, key: dict[str, str]) -> None:
    encryption = {"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", **key}}
    with pytest.raises(InvalidInputException, match="PLACEKEEPER_ENCRYPTION_KEYS"):
        sealed.control.security_configurations.create("other", encryption)


def test_what_was_committed_before_stays_readable(world: World, tmp_path: Path) -> None:
    world.successful_run()
    keyed = World(tmp_path / "state.db", KeyRing({KEY: b"k" * 32}))
    assert keyed.control.bookmarks.get(NAME) == world.control.bookmarks.get(NAME)
    keyed.store.close()


def test_an_encrypted_state_opens_in_its_own_row_only(sealed: World) -> None:
    sealed.successful_run()
    sealed.successful_run()
    with sealed.store._engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE bookmark_versions SET job_bookmark = (SELECT job_bookmark FROM bookmark_versions "
                "WHERE version = 2) WHERE version = 4"
            )
        )
    with pytest.raises(StateError, match="bookmark 1, version 4"):
        sealed.control.bookmarks.get(NAME)


LOOKING = pytest.mark.parametrize("option", [BookmarkOption.PAUSE, BookmarkOption.DISABLE])


@LOOKING
def test_a_run_that_only_looked_stands_for_what_it_found_whatever_the_clock_said(
    world: World, option: BookmarkOption
) -> None:
    world.successful_run()
    looked = world.looking_run(option)
    world.successful_run()
    world.clock.ms -= 500
    world.successful_run()

    world.control.bookmarks.reset(NAME, looked.id)
    assert world.control.bookmarks.state(NAME)[0].state_version == 2


@LOOKING
def test_a_run_that_looked_before_there_was_a_bookmark_stands_for_the_empty_state(
    world: World, option: BookmarkOption
) -> None:
    looked = world.looking_run(option)
    last = world.successful_run()
    of_range = OpenRequest(name=NAME, option=BookmarkOption.PAUSE, range=(looked.id, last.id))
    assert world.control.bookmarks.open(world.run(), of_range).range.after == 0

    world.control.bookmarks.reset(NAME, looked.id)
    version, state = world.control.bookmarks.state(NAME)
    assert (version.change, state) == (Change.RESET, {})


def test_a_run_that_looked_at_a_deleted_bookmark_is_unknown_to_the_next_one(world: World) -> None:
    world.successful_run()
    looked = world.looking_run(BookmarkOption.PAUSE)
    world.control.jobs.delete(NAME)
    world.successful_run()

    with pytest.raises(EntityNotFoundException):
        world.control.bookmarks.reset(NAME, looked.id)


def test_a_range_may_end_where_it_begins_and_has_nothing_in_it(world: World) -> None:
    run = world.successful_run()
    world.successful_run()
    of_range = OpenRequest(name=NAME, option=BookmarkOption.PAUSE, range=(run.id, run.id))

    opened = world.control.bookmarks.open(world.run(), of_range)

    assert (opened.range.after, opened.range.begin) == (2, opened.state)
    assert opened.state["ctx"].segments[0].key == "ctx-1.parquet"


def test_what_a_run_finds_that_makes_no_version(world: World) -> None:
    """Paused it reads the state, and says which commit's that is; without bookmarks it reads all."""
    run = world.successful_run()
    looking = world.run()
    paused = world.control.bookmarks.open(looking, OpenRequest(name=NAME, option=BookmarkOption.PAUSE))
    assert (paused.state_version, paused.found, paused.range) == (2, (1, 2), None)
    for range_ in (None, (run.id, run.id)):  # a range counts with pause only
        disabled = OpenRequest(name=NAME, option=BookmarkOption.DISABLE, range=range_)
        opened = world.control.bookmarks.open(looking, disabled)
        assert (opened.state, opened.state_version, opened.range) == ({}, None, None)
        assert opened.found == (1, 2)


def test_a_bookmark_that_there_is_not_has_no_history_and_cannot_be_reset(world: World) -> None:
    for ask in (world.control.bookmarks.history, world.control.bookmarks.reset, world.control.bookmarks.get):
        with pytest.raises(EntityNotFoundException, match="Continuation for job absent not found"):
            ask("absent")


def test_a_range_does_not_end_before_it_begins(world: World) -> None:
    first, last = world.successful_run(), world.successful_run()
    of_range = OpenRequest(name=NAME, option=BookmarkOption.PAUSE, range=(last.id, first.id))
    with pytest.raises(
        InvalidInputException, match=f"-to {first.id} came before .*-from {last.id}: swap them"
    ):
        world.control.bookmarks.open(world.run(), of_range)


def test_init_commit_init_in_one_run_opens_anew(world: World) -> None:
    """The version of a commit is no opening: what follows it would be committed as if it came before."""
    run = world.run()
    opened = world.open(run)
    world.commit(run, opened.version)

    again = world.open(run)

    assert (again.version, again.run, again.attempt, again.state_version) == (3, 2, 0, 2)
    assert again.state["ctx"].run == 1
    assert world.commit(run, again.version).version == 4
    changes = [Change.COMMIT, Change.OPEN, Change.COMMIT, Change.OPEN]
    assert [v.change for v in world.control.bookmarks.history(NAME)] == changes


def test_a_run_that_another_launcher_has_is_not_gone_on_with(world: World) -> None:
    """It was given up for dead before it began, and another has it now: it goes on there, and only there."""
    world.control.jobs.create({"Name": "a", "Role": "r", "Command": {"Name": "glueetl"}})
    world.control.run_starter.start({"JobName": "a"})
    for launcher in ("supervisor-1", "supervisor-2"):
        with world.store.write() as tx:
            tx.launchers.insert(launcher, host="h")
    slow, _ = world.control.lifecycle.claim("supervisor-1")
    assert world.control.lifecycle.record_lost(slow, {"supervisor-1": 1})
    mine, _ = world.control.lifecycle.claim("supervisor-2")
    assert (mine.id, mine.launcher) == (slow.id, "supervisor-2")

    late: list[Callable[[], object]] = [
        lambda: world.open(slow, "a"),
        lambda: world.control.publications.begin(slow, PublicationRequest(manifest=(FILE,))),
        lambda: world.control.runs.put_summary(slow, SummaryRequest(summary=RunSummary())),
        lambda: world.control.runs.add_staging(slow, "file:///out"),
    ]
    for call in late:
        with pytest.raises(AccessDeniedException, match="has ended already"):
            call()
    assert world.control.bookmarks.state("a") == (None, {})
    assert world.open(mine, "a").version == 1


def test_a_run_that_cannot_publish_is_told_which_version_that_made(world: World) -> None:
    """None where there was no output, or none that a version stands for."""
    run, other = world.run(), world.run()
    assert world.control.publications.failed(run, PublishFailure(error="denied")) == Reverted()
    world.control.publications.begin(other, PublicationRequest(manifest=(FILE,)))
    world.staging.publish(FILE)
    assert world.control.publications.failed(other, PublishFailure(error="denied")) == Reverted()
    assert world.staging.visible == []


def test_without_output_there_is_nothing_to_publish(world: World) -> None:
    run, committing = world.run(), world.run()
    world.control.publications.begin(run, PublicationRequest(manifest=()))
    world.commit(committing, world.open(committing).version)
    with world.store.read() as tx:
        assert (tx.publications.get(run.id), tx.publications.get(committing.id)) == (None, None)
    world.control.publications.published(run)


def test_what_was_published_cannot_fail_any_more(world: World) -> None:
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    world.staging.publish(FILE)
    world.control.publications.published(run)

    assert world.control.publications.failed(run, PublishFailure(error="late")) == Reverted()
    assert world.staging.visible == [FILE.path]
    assert world.control.bookmarks.get(NAME).version == 2


def test_a_store_that_does_not_take_back_leaves_the_state_for_later(world: World) -> None:
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    world.staging.publish(FILE)
    take_back = world.staging.take_back

    def away(_: StagedFile) -> None:
        raise ConnectionError("no answer")

    world.staging.take_back = away  # type: ignore[method-assign]
    with pytest.raises(PublicationPending, match="no answer"):
        world.control.publications.failed(run, PublishFailure(error="access lost"))
    assert [v.change for v in world.control.bookmarks.history(NAME)] == [Change.COMMIT, Change.OPEN]

    world.staging.take_back = take_back  # type: ignore[method-assign]
    world.open(world.run())
    assert world.staging.visible == []
    assert world.control.bookmarks.history(NAME)[1].change is Change.REVERT


def test_output_of_another_job_that_is_not_visible_yet_holds_up_nobody(world: World) -> None:
    other, _ = world.control.run_starter.register(
        "other", script_location="/s.py", arguments={}, launcher="host:1:1"
    )
    world.control.publications.begin(other, PublicationRequest(manifest=(FILE,)))
    world.staging.failure = ConnectionError("no answer")

    assert world.open(world.run()).version == 1
    world.control.lifecycle.move(other, JobRunState.FAILED, "killed")
    assert world.control.publications.settle_ended(job_name=NAME) == {}
    assert list(world.control.publications.settle_ended(job_name="other")) == [other.id]


def test_what_was_published_meanwhile_is_not_taken_back(world: World) -> None:
    """Two settle one publication, and the store fails the slower one when the other is done."""
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    publish = world.staging.publish

    def overtaken(file: StagedFile) -> None:
        publish(file)
        world.control.publications.published(run)
        raise PublishFailed("the upload is gone")

    world.staging.publish = overtaken  # type: ignore[method-assign]
    world.control.publications.settle(job_name=NAME)

    assert world.staging.visible == [FILE.path]
    assert [v.change for v in world.control.bookmarks.history(NAME)] == [Change.COMMIT, Change.OPEN]


def test_a_state_is_restored_once_whoever_takes_the_output_back(world: World) -> None:
    run = world.run()
    world.commit(run, world.open(run).version, manifest=(FILE,))
    take_back = world.staging.take_back

    def overtaken(file: StagedFile) -> None:
        world.staging.take_back = take_back  # type: ignore[method-assign]
        world.control.publications.settle(job_name=NAME)
        take_back(file)

    world.staging.take_back = overtaken  # type: ignore[method-assign]
    reverted = world.control.publications.failed(run, PublishFailure(error="access lost"))

    assert reverted.version == 3
    changes = [Change.REVERT, Change.COMMIT, Change.OPEN]
    assert [v.change for v in world.control.bookmarks.history(NAME)] == changes


def test_the_ends_of_a_range_are_runs_of_a_bookmark_that_there_is(world: World) -> None:
    of_range = OpenRequest(name=NAME, option=BookmarkOption.PAUSE, range=("jr_a", "jr_b"))
    with pytest.raises(EntityNotFoundException, match="There is no bookmark flights"):
        world.control.bookmarks.open(world.run(), of_range)
    world.successful_run()
    with pytest.raises(EntityNotFoundException, match=r"--job-bookmark-from: .* does not know the run jr_a"):
        world.control.bookmarks.open(world.run(), of_range)

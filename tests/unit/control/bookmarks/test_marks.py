"""Quarantine, skip, retry: who may, what the next run gets, and what a reset or a rewind makes of them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from controls import control_over
from placekeeper.control.bookmarks.marks import MarksStanding
from placekeeper.control.service import Control
from placekeeper.keys.ring import KeyRing
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import (
    AccessDeniedException,
    EntityNotFoundException,
    KeyMissing,
    VersionMismatchException,
)
from placekeeper.model.exchange import BadFilesRequest, CommitRequest, Opened, OpenRequest
from placekeeper.model.jobs import JobRun, JobRunState
from placekeeper.model.marks import BadFile, MarkKind
from placekeeper.model.objects import ObjectMeta
from placekeeper.objects.staging import OutputStaging
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.store.store import SqlStore
from sqlite_state import migrated_sqlite

NAME = "job"
META = ObjectMeta(path="s3://b/bad.csv", last_modified_ms=5, size=1, e_tag="a")
BAD = BadFile("rows", META, "line 3: broken")


class Clock:
    ms = 0

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms


class World:
    """The use cases over one state."""

    def __init__(self, path: Path, keys: Keys = NO_KEYS) -> None:
        engine = migrated_sqlite(path)
        self.store = SqlStore(engine, keys)
        ids = iter(f"{n:064x}" for n in range(1, 10_000))
        self.control: Control = control_over(
            store=self.store,
            clock=Clock(),
            staging=OutputStaging(),
            random_hex=lambda _: next(ids),
            keys=keys,
        )

    def begin(self, option: BookmarkOption = BookmarkOption.ENABLE) -> tuple[JobRun, Opened]:
        run, _ = self.control.run_starter.register(
            NAME, script_location="/s.py", arguments={}, launcher="h:1:1"
        )
        return run, self.control.bookmarks.open(run, OpenRequest(name=NAME, option=option))

    def note(self, run: JobRun, opened: Opened, *bad: BadFile) -> None:
        request = BadFilesRequest(name=NAME, version=opened.version or 0, bad=bad or (BAD,))
        self.control.marks.note(run, request)

    def commit(self, run: JobRun, opened: Opened, *mended: str) -> None:
        request = CommitRequest(
            name=NAME, version=opened.version or 0, elements={}, manifest=(), mended=mended
        )
        self.control.bookmarks.commit(run, request)

    def kinds(self) -> list[MarkKind]:
        """What is in force."""
        return [mark.kind for mark in self.control.marks.of(NAME)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "state.db")
    yield world
    world.store.close()


def test_what_a_run_has_quarantined_it_gets_when_it_opens_again(world: World) -> None:
    run, opened = world.begin()
    assert opened.marks == ()
    world.note(run, opened)
    world.note(run, opened)  # the answer was lost: said again
    again = world.control.bookmarks.open(run, OpenRequest(name=NAME, option=BookmarkOption.ENABLE))
    assert again.version == opened.version
    (mark,) = again.marks
    assert (mark.kind, mark.object, mark.error) == (MarkKind.QUARANTINED, META, BAD.error)
    assert (mark.context, mark.run_id, mark.version) == ("rows", run.id, opened.version)
    assert len(world.control.marks.events(NAME)) == 1
    assert world.control.marks.noted_by(run.id) == 1
    assert world.control.marks.noted_by("jr_other") == 0
    assert world.control.marks.standing() == MarksStanding(quarantined={NAME: 1}, times=1)
    _, paused = world.begin(BookmarkOption.PAUSE)
    assert paused.marks == again.marks


def test_an_object_that_is_bad_again_as_it_is_now_is_noted_anew(world: World) -> None:
    run, opened = world.begin()
    world.note(run, opened)
    changed = msgspec.structs.replace(META, last_modified_ms=9)
    world.note(run, opened, BadFile("rows", changed, "line 1"))
    assert [mark.object for mark in world.control.marks.of(NAME)] == [changed]


def test_a_run_that_was_fenced_quarantines_nothing(world: World) -> None:
    run, opened = world.begin()
    world.begin()
    with pytest.raises(VersionMismatchException):
        world.note(run, opened)
    assert world.kinds() == []


def test_a_run_that_has_committed_or_ended_quarantines_nothing(world: World) -> None:
    run, opened = world.begin()
    world.commit(run, opened)
    with pytest.raises(VersionMismatchException):
        world.note(run, opened)
    run, opened = world.begin()
    world.control.lifecycle.move(run, JobRunState.FAILED, "killed")
    with pytest.raises(AccessDeniedException):
        world.note(run, opened)
    assert world.kinds() == []


def test_what_a_commit_has_read_after_it_changed_is_mended(world: World) -> None:
    run, opened = world.begin()
    world.note(run, opened)
    world.commit(run, opened)
    run, opened = world.begin()
    world.commit(run, opened, META.path)
    world.commit(run, opened, META.path)  # once
    assert world.kinds() == []
    events = world.control.marks.events(NAME)
    assert [(event.kind, event.run_id) for event in events][1:] == [(MarkKind.MENDED, run.id)]


def test_a_reset_ends_quarantines_and_no_skips(world: World) -> None:
    run, opened = world.begin()
    world.note(run, opened)
    world.commit(run, opened)
    assert world.control.marks.skip(NAME, "s3://b/other")
    world.control.bookmarks.reset(NAME)
    assert world.kinds() == [MarkKind.SKIPPED]


def test_a_rewind_ends_what_was_quarantined_after_it(world: World) -> None:
    first, opened = world.begin()
    world.note(first, opened)
    world.commit(first, opened)
    run, opened = world.begin()
    world.note(run, opened, BadFile("rows", msgspec.structs.replace(META, path="s3://b/later"), "line 1"))
    world.commit(run, opened)
    world.control.bookmarks.reset(NAME, first.id)
    assert [mark.path for mark in world.control.marks.of(NAME)] == [META.path]


def test_skip_counts_before_there_is_a_bookmark(world: World) -> None:
    assert world.control.marks.skip(NAME, META.path)
    assert not world.control.marks.skip(NAME, META.path)
    with pytest.raises(EntityNotFoundException):
        world.control.bookmarks.get(NAME)
    run, opened = world.begin()
    assert (opened.version, [mark.kind for mark in opened.marks]) == (1, [MarkKind.SKIPPED])
    world.commit(run, opened)
    assert world.kinds() == [MarkKind.SKIPPED]


def test_retry_ends_either_and_says_where_there_is_nothing(world: World) -> None:
    with pytest.raises(EntityNotFoundException, match="There is no bookmark job"):
        world.control.marks.retry(NAME, META.path)
    run, opened = world.begin()
    with pytest.raises(EntityNotFoundException, match="neither quarantined nor skipped"):
        world.control.marks.retry(NAME, META.path)
    world.note(run, opened)
    assert world.control.marks.retry(NAME, META.path).kind is MarkKind.QUARANTINED
    world.control.marks.skip(NAME, META.path)
    assert world.control.marks.retry(NAME, META.path).kind is MarkKind.SKIPPED
    with pytest.raises(EntityNotFoundException):
        world.control.marks.retry(NAME, META.path)
    assert world.kinds() == []


def test_marks_end_with_their_job(world: World) -> None:
    world.begin()
    world.control.marks.skip(NAME, META.path)
    world.control.jobs.delete(NAME)
    assert world.kinds() == []
    _, opened = world.begin()
    assert opened.marks == ()


def test_marks_of_an_encrypted_bookmark_are_sealed(tmp_path: Path) -> None:
    key = "arn:aws:kms:r:1:key/1"
    encryption = {"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": key}}
    sealed = World(tmp_path / "state.db", KeyRing({key: b"k" * 32}))
    sealed.control.security_configurations.create("sealed", encryption)
    sealed.control.jobs.create(
        {"Name": NAME, "Command": {"Name": "glueetl"}, "SecurityConfiguration": "sealed"}
    )
    run, opened = sealed.begin()
    sealed.note(run, opened)
    sealed.control.marks.skip(NAME, "s3://b/secret.csv")
    assert sealed.kinds() == [MarkKind.QUARANTINED, MarkKind.SKIPPED]
    sealed.store.close()
    assert not any(
        text in path.read_bytes() for path in tmp_path.iterdir() for text in (b"broken", b"secret.csv")
    )
    without = World(tmp_path / "state.db")
    with pytest.raises(KeyMissing, match=key):
        without.control.marks.of(NAME)
    assert without.control.marks.standing() == MarksStanding(quarantined={}, times=1)
    without.store.close()

"""A run writes to two databases, and one of them refuses its rows for good: nothing is lost, or silent."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from msgspec.structs import replace

from controls import control_over
from database_servers import Place, mariadb_place, postgres_place, sqlite_place
from database_writes import left_staged, staged
from placekeeper.control.seen_output import WaitingOutput, foretold, seen_outputs, still_waiting
from placekeeper.control.unfinished import Unfinished
from placekeeper.control.waiting_writes import NewLogin
from placekeeper.databases.effects import RowsPublisher, login_of
from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.errors import (
    EntityNotFoundException,
    MissingExtra,
    PublishFailed,
    RowsHeld,
    UsageError,
)
from placekeeper.model.exchange import CommitRequest, OpenRequest, PublishFailure, SummaryRequest
from placekeeper.model.jobs import JobRun, JobRunState, RunSummary
from placekeeper.model.publication import Publication, PublicationState, RowsWritten, StagedFile
from placekeeper.ports.effects import RowsFound
from placekeeper.rules.databases.new_tables import NewTable
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.migrate import migrate
from placekeeper.store.store import SqlStore

ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64())})
REFUSING = "CREATE TRIGGER no BEFORE INSERT ON copies BEGIN SELECT RAISE(ABORT, 'no rows today'); END"


class World:
    """A state, two databases with a table `copies`, the second one of which refuses rows."""

    def __init__(self, folder: Path) -> None:
        engine = sqlite_engine(folder / "state.db")
        migrate(engine)
        now, ids = iter(range(1, 10_000)), iter(f"{n:012x}".ljust(64, "0") for n in range(1, 10_000))
        self.rows: Any = RowsPublisher(login_of, lambda name: self.at(name))
        self.at = lambda name: None
        self.store = SqlStore(engine)
        self.control = control_over(
            store=self.store,
            clock=type("Clock", (), {"now_ms": lambda _: next(now)})(),
            staging=None,
            random_hex=lambda _: next(ids),
            more_effects={RowsWritten: self.rows},
            rows_look=self,
            checkpoint=lambda name: self.at(name),
        )
        self.places = [_sqlite(folder / name) for name in ("first", "second")]
        for place in self.places:
            place.run("CREATE TABLE copies (id BIGINT PRIMARY KEY)")
        self.places[1].run(REFUSING)
        self.missing_extra, self.looks = False, 0

    def look(self, effect: RowsWritten) -> RowsFound:
        self.looks += 1
        if self.missing_extra:
            raise MissingExtra("writing", "postgres")
        found: RowsFound = self.rows.look(effect)
        return found

    def give_up(self, effect: RowsWritten) -> RowsFound:
        found: RowsFound = self.rows.give_up(effect)
        return found

    def begin(self, job: str = "j") -> JobRun:
        run, _ = self.control.run_starter.register(job, script_location="/s", arguments={}, launcher="l")
        self.control.lifecycle.move(run, JobRunState.RUNNING)
        return run

    def committed(self, *places: Place, name: str = "b") -> JobRun:
        """A run that has staged rows for the databases and has committed them."""
        run = self.begin()
        opened = self.control.bookmarks.open(run, OpenRequest(name=name, option=BookmarkOption.ENABLE))
        assert opened.version is not None
        manifest = tuple(staged(place, ROWS, "copies", run_id=run.id) for place in places or self.places)
        request = CommitRequest(name=name, version=opened.version, elements={}, manifest=manifest)
        self.control.bookmarks.commit(run, request)
        return run

    def ended(self, *places: Place) -> JobRun:
        """The same, and the process has died."""
        run = self.committed(*places)
        self.control.lifecycle.move(run, JobRunState.FAILED)
        return run

    def publication(self, run: JobRun) -> Publication:
        with self.store.read() as tx:
            found = tx.publications.get(run.id)
        assert found is not None
        return found

    def counts(self) -> list[int]:
        return [place.fetch("SELECT count(*) FROM copies")[0][0] for place in self.places]

    def mend(self) -> None:
        self.places[1].run("DROP TRIGGER no")


def _sqlite(folder: Path) -> Place:
    folder.mkdir()
    return sqlite_place(folder)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.store.close()


def test_a_write_that_fails_for_good_waits_if_another_is_there(world: World) -> None:
    run = world.ended()
    short = run.id[:15]
    commands = f"publication retry {short}.*publication give-up {short}"
    for _ in range(2):
        with pytest.raises(RowsHeld, match=commands) as raised:
            world.begin()
        assert "no rows today" in str(raised.value)
        assert "Visible: 3 rows for copies of sqlite:" in str(raised.value)
        assert world.counts() == [3, 0]
    held = world.publication(run)
    assert (held.state, "no rows today" in (held.error or "")) == (PublicationState.PUBLISHING, True)
    world.mend()
    later = world.begin()
    assert world.counts() == [3, 3]
    assert world.publication(run).state is PublicationState.PUBLISHED
    assert [left_staged(place) for place in world.places] == [[], []]
    (note,) = told(world, later)
    assert "3 rows for copies" in note
    assert f"earlier run {short}, which waited in part or whole, is visible now" in note
    assert told(world, world.begin()) == ()


def test_the_list_says_only_what_is_not_visible(world: World) -> None:
    """Whether a write has failed, or the process was killed between two of them."""
    run = world.ended()
    (seen,) = world.control.waiting_writes.seen()
    assert [one.login.place for one in seen.waiting] == [place.login.place for place in world.places]
    world.rows.publish(world.publication(run).manifest[0])
    second = f"3 rows for copies of {world.places[1].login.place}"
    (seen,) = world.control.waiting_writes.seen()
    assert (list(still_waiting(seen)), len(seen.visible)) == ([second], 1)
    with pytest.raises(RowsHeld):
        world.control.publications.settle()
    (seen,) = world.control.waiting_writes.seen()
    assert (list(still_waiting(seen)), len(seen.visible)) == ([second], 1)
    world.mend()
    world.rows.publish(world.publication(run).manifest[1])
    (seen,) = world.control.waiting_writes.seen()
    assert (list(still_waiting(seen)), len(seen.visible)) == (["no rows: all are visible"], 2)


def test_where_nobody_can_look_the_list_says_so_and_asks_once(world: World) -> None:
    world.ended(world.places[1], world.places[1])
    world.missing_extra = True
    (seen,) = world.control.waiting_writes.seen()
    assert (seen.waiting, seen.visible, len(seen.unseen)) == ((), (), 2)
    assert world.looks == 1
    rows = f"3 rows for copies of {world.places[1].login.place} (not known whether visible)"
    assert list(still_waiting(seen)) == [rows, rows]


def test_files_before_visible_rows_are_visible(world: World) -> None:
    run = world.ended()
    files = tuple(StagedFile(path=name, size=1, rows=1, staged=name) for name in "ab")
    found = world.publication(run)
    mixed = replace(found, manifest=(files[0], found.manifest[0], files[1], found.manifest[1]))
    (seen,) = seen_outputs([WaitingOutput(mixed, "j")], world)
    assert seen.files == 2
    world.rows.publish(found.manifest[0])
    (seen,) = seen_outputs([WaitingOutput(mixed, "j")], world)
    assert seen.files == 1
    (seen,) = seen_outputs([WaitingOutput(replace(mixed, state=PublicationState.REVERTING), "j")], world)
    assert seen.files == 2


def test_what_the_next_run_does_first_is_foretold(world: World) -> None:
    run = world.ended()
    short, second = run.id[:15], f"3 rows for copies of {world.places[1].login.place}"
    commands = f"publication retry {short}. Or give up what waits: placekeeper publication give-up {short}"
    said = foretelling(world, "j")
    assert f"next run of j first publishes the output of run {short}, which waits: 3 rows" in said
    assert "If it cannot, it ends with an error before it begins" in said
    with pytest.raises(RowsHeld):
        world.control.publications.settle()
    for name, when in (("j", "before it begins"), ("b", "at Job.init")):
        said = foretelling(world, name)
        assert f"next run of {name} ends with an error {when}, unless the cause is mended by then" in said
        assert f"no rows today. Waiting: {second}. Mend the cause" in said
        assert commands in said
    assert world.control.waiting_writes.before_next_run("another") == []
    world.mend()
    world.begin()
    assert world.control.waiting_writes.before_next_run("j") == []


def test_where_nobody_can_look_the_next_run_s_error_is_foretold(world: World) -> None:
    world.ended(world.places[1])
    world.missing_extra = True
    said = foretelling(world, "j")
    assert "ends with an error before it begins, unless the cause is mended by then" in said
    assert "pip install 'placekeeper[postgres]'" in said


def test_a_store_that_does_not_answer_names_the_run_as_other_sentences_do(world: World) -> None:
    run = world.ended(world.places[0])
    said = str(Unfinished(world.store, world).pending(world.publication(run), OSError("no answer")))
    assert f"the output of run {run.id[:15]} of the job j is committed but not visible yet" in said
    assert run.id not in said


def foretelling(world: World, name: str) -> str:
    (seen,) = world.control.waiting_writes.before_next_run(name)
    return foretold(seen, name)


def test_the_job_process_is_told_the_same(world: World) -> None:
    run = world.committed()
    world.rows.publish(world.publication(run).manifest[0])
    failure = PublishFailure(error="no rows today")
    reverted = world.control.publications.failed(run, failure)
    assert "no rows today" in reverted.waits
    assert (reverted.version, reverted.stays) == (None, "")
    assert world.control.publications.failed(run, failure) == reverted
    assert world.publication(run).state is PublicationState.PUBLISHING


def test_if_nothing_is_there_all_is_taken_back(world: World) -> None:
    run = world.ended(world.places[1], world.places[0])
    later = world.begin()
    assert world.publication(run).state is PublicationState.REVERTED
    assert world.counts() == [0, 0]
    (note,) = told(world, later)
    assert f"earlier run {run.id[:15]}, which waited, was taken back" in note


def test_a_run_that_goes_on_says_what_waits(world: World) -> None:
    going_on = world.begin()
    run = world.ended()
    with pytest.raises(RowsHeld):
        world.control.publications.settle()
    (note,) = told(world, going_on)
    assert f"publication retry {run.id[:15]}" in note
    assert f"publication give-up {run.id[:15]}" in note
    assert "no rows today" in note


def test_what_was_given_up_is_not_published_by_who_had_it_loaded(world: World) -> None:
    run = world.ended()
    loaded = world.publication(run)
    with pytest.raises(RowsHeld):
        world.control.publications.settle()
    (given,) = world.control.waiting_writes.give_up(run.id, None, unseen=False)
    assert [one.login.database for one in given.left] == [world.places[1].login.database]
    world.mend()
    world.control.publications.settle_one(loaded)
    assert world.counts() == [3, 0]
    assert left_staged(world.places[1]) != []
    later = world.begin()
    assert any("were given up" in note for note in told(world, later))


def test_who_had_it_loaded_meets_the_decision_before_it_is_carried_out(world: World) -> None:
    run = world.ended()
    loaded = world.publication(run)
    with pytest.raises(RowsHeld):
        world.control.publications.settle()
    world.at = _killed_at("give-up.decided")
    with pytest.raises(KeyboardInterrupt):
        world.control.waiting_writes.give_up(run.id, None, unseen=False)
    world.at = lambda _: None
    world.mend()
    world.control.publications.settle_one(loaded)
    assert world.counts() == [3, 0]
    assert world.publication(run).state is PublicationState.PUBLISHED


def test_who_has_loaded_it_publishes_nothing_of_what_is_taken_back(world: World) -> None:
    world.mend()
    run = world.ended(world.places[1])
    loaded = world.publication(run)
    (given,) = world.control.waiting_writes.give_up("j", None, unseen=False)
    assert given.there == ()
    world.control.publications.settle_one(loaded)
    assert world.publication(run).state is PublicationState.REVERTED
    assert (world.counts(), left_staged(world.places[1])) == ([0, 0], [])


def test_a_give_up_that_is_killed_when_the_database_knows_is_carried_out(world: World) -> None:
    run = world.ended()
    with pytest.raises(RowsHeld):
        world.control.publications.settle()
    world.at = _killed_at("give-up.refused")
    with pytest.raises(KeyboardInterrupt):
        world.control.waiting_writes.give_up(run.id, None, unseen=False)
    world.at = lambda _: None
    world.mend()
    world.begin()
    assert world.counts() == [3, 0]
    now = world.publication(run)
    assert now.state is PublicationState.PUBLISHED
    assert [one.given_up for one in now.manifest if isinstance(one, RowsWritten)] == [False, True]


def test_rows_that_another_process_is_moving_are_not_given_up(world: World, postgres: Any) -> None:
    """A real race: the other one has inserted its mark, and its transaction is open."""
    place = postgres_place(postgres)
    place.run("CREATE TABLE copies (id BIGINT PRIMARY KEY)")
    run = world.ended(place)
    is_marked, may_go_on = threading.Event(), threading.Event()

    def at(name: str) -> None:
        if name == "publish.rows-marked":
            is_marked.set()
            may_go_on.wait(30)

    world.at = at
    other = threading.Thread(target=world.control.publications.settle_one, args=(world.publication(run),))
    other.start()
    assert is_marked.wait(30)
    raised: list[Exception] = []

    def give_up() -> None:
        try:
            world.control.waiting_writes.give_up(run.id, None, unseen=False)
        except UsageError as error:
            raised.append(error)

    person = threading.Thread(target=give_up)
    person.start()
    person.join(0.3)
    assert person.is_alive()  # it waits for the transaction
    may_go_on.set()
    other.join(30)
    person.join(30)
    assert "finished by another process" in str(raised[0])
    assert place.fetch("SELECT count(*) FROM copies") == [(3,)]
    assert world.publication(run).state is PublicationState.PUBLISHED


def test_a_job_s_name_names_one_run(world: World) -> None:
    """Two runs of a job wait, and each is named by its own id."""
    two = [world.begin(), world.begin()]
    for number, run in enumerate(two):
        asked = OpenRequest(name=f"b{number}", option=BookmarkOption.ENABLE)
        opened = world.control.bookmarks.open(run, asked)
        assert opened.version is not None
        manifest = (staged(world.places[0], ROWS, "copies", run_id=run.id),)
        request = CommitRequest(name=f"b{number}", version=opened.version, elements={}, manifest=manifest)
        world.control.bookmarks.commit(run, request)
        world.control.lifecycle.move(run, JobRunState.FAILED)
    for ask in (
        lambda: world.control.waiting_writes.retry("j", None),
        lambda: world.control.waiting_writes.give_up("j", None, unseen=False),
    ):
        names = f"{two[0].id[:15]} and {two[1].id[:15]}"
        with pytest.raises(UsageError, match=f"2 runs of the job j waits: {names}"):
            ask()
    world.control.waiting_writes.retry(two[0].id, None)
    assert world.counts() == [3, 0]
    with pytest.raises(EntityNotFoundException, match="publication list"):
        world.control.waiting_writes.retry("nobody", NewLogin(connection="c"))


def test_giving_up_unseen_needs_no_driver(world: World) -> None:
    run = world.ended(world.places[1])
    world.missing_extra = True
    with pytest.raises(UsageError, match=r"pip install 'placekeeper\[postgres\]'"):
        world.control.waiting_writes.give_up(run.id, None, unseen=False)
    (given,) = world.control.waiting_writes.give_up(run.id, None, unseen=True)
    assert len(given.unseen) == 1
    assert world.publication(run).state is PublicationState.REVERTED


def test_what_stays_names_the_command_that_repeats_the_run(world: World) -> None:
    """Rows are there, and nothing else can wait: the bookmark stays, and the error says how to go back."""
    first = world.committed(world.places[0], name="marks")
    world.control.publications.settle()
    world.places[0].run("DELETE FROM copies")
    run = world.committed(world.places[0], name="marks")
    (effect,) = world.publication(run).manifest
    world.rows.publish(effect)
    stays = world.control.publications.failed(run, PublishFailure(error="boom")).stays
    assert f"placekeeper bookmark reset marks --run-id {first.id}" in stays
    with pytest.raises(PublishFailed, match="the next run does not read the same again"):
        raise PublishFailed(stays)


def told(world: World, run: JobRun) -> tuple[str, ...]:
    """What a run says at its end of earlier ones, which is what is kept; then it ends."""
    kept = world.control.runs.put_summary(run, SummaryRequest(summary=RunSummary(notes=("own",))))
    ended = world.control.runs.find(run.id)
    assert ended.summary is not None
    assert ended.summary.notes == ("own", *kept.notes)
    world.control.lifecycle.move(replace(run), JobRunState.SUCCEEDED)
    return kept.notes


def _killed_at(point: str) -> Any:
    def at(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    return at


def test_postactions_behind_the_rows_wait_or_are_given_up(world: World, mariadb: Any) -> None:
    """MariaDB commits at CREATE, so that what follows it comes behind the rows: a person alone repeats it."""
    place = mariadb_place(mariadb)
    place.run("CREATE TABLE copies (id BIGINT PRIMARY KEY)", "CREATE TABLE log (id BIGINT)")
    behind = ("ALTER TABLE log COMMENT 'seen'", "INSERT INTO log VALUES (1)", "CREATE TABLE later (id INT)")
    for is_mended in (True, False):
        place.run("DELETE FROM log", "CREATE TABLE IF NOT EXISTS later (id INT)")
        run = world.begin()
        asked = OpenRequest(name="b", option=BookmarkOption.ENABLE)
        opened = world.control.bookmarks.open(run, asked)
        assert opened.version is not None
        effect = staged(place, ROWS, "copies", run_id=run.id, mode="overwrite", postactions=behind)
        request = CommitRequest(name="b", version=opened.version, elements={}, manifest=(effect,))
        world.control.bookmarks.commit(run, request)
        world.control.lifecycle.move(run, JobRunState.FAILED)
        for _ in range(2):
            with pytest.raises(RowsHeld, match=r"3 statements of postactions behind the rows for copies"):
                world.begin()
            assert world.control.publications.settle_ended() == {}
        assert place.fetch("SELECT count(*) FROM log") == [(1,)]
        if is_mended:
            place.run("DROP TABLE later")
            world.control.waiting_writes.retry(run.id, None)
            assert place.fetch("SELECT count(*) FROM log") == [(2,)]
        else:
            (given,) = world.control.waiting_writes.give_up(run.id, None, unseen=False)
            assert (given.left, len(given.rest)) == ((), 1)
        assert world.publication(run).state is PublicationState.PUBLISHED
        assert place.fetch("SELECT count(*) FROM copies") == [(3,)]


def test_a_new_table_that_may_not_come_in_place_waits_and_is_given_up(world: World, mariadb: Any) -> None:
    """Its rows are beside the old table, and a person is told so."""
    place = mariadb_place(mariadb)
    name, rights = f"no_rename_{place.login.database}", "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP"
    place.run(
        "CREATE TABLE copies (id INT, old INT)",
        "INSERT INTO copies VALUES (9, 9)",
        f"CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY 'word'",
        f"GRANT {rights} ON {place.login.database}.* TO '{name}'@'127.0.0.1'",
    )
    run = world.begin()
    asked = OpenRequest(name="b", option=BookmarkOption.ENABLE)
    opened = world.control.bookmarks.open(run, asked)
    assert opened.version is not None
    first = staged(world.places[0], ROWS, "copies", run_id=run.id)
    anew = staged(place, ROWS, "copies", run_id=run.id, mode="overwrite", new=NewTable(replaces=True))
    limited = replace(anew, login=replace(anew.login, user=name, password="word"))
    request = CommitRequest(name="b", version=opened.version, elements={}, manifest=(first, limited))
    world.control.bookmarks.commit(run, request)
    world.control.lifecycle.move(run, JobRunState.FAILED)
    for _ in range(2):
        with pytest.raises(RowsHeld, match="ALTER command denied") as raised:
            world.begin()
        assert "Visible: 3 rows for copies of sqlite:" in str(raised.value)
        assert "Waiting: 3 rows for copies of mysql:" in str(raised.value)
    (given,) = world.control.waiting_writes.give_up(run.id, None, unseen=False)
    assert ([one.id for one in given.left], [one.id for one in given.there]) == ([anew.id], [first.id])
    assert place.fetch("SELECT id, old FROM copies") == [(9, 9)]
    assert left_staged(place) == [anew.staging]
    place.run(f"DROP USER '{name}'@'127.0.0.1'")

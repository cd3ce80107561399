"""MariaDB commits when tables are made: a new table waits beside the old one until one RENAME."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyarrow as pa
import pytest
from msgspec.structs import replace

from database_servers import MariaServer, Place, mariadb_place
from database_writes import left_staged, publisher, staged
from placekeeper.databases.effects import RowsPublisher, login_of
from placekeeper.databases.writing.looking import RowsIn
from placekeeper.model.errors import DatabaseFailed, NotTakenBack, PublishFailed
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.effects import RowsFound
from placekeeper.rules.databases.new_tables import NewTable

NEW = pa.table({"id": pa.array([7], pa.int64()), "note": ["b"]})
WAITS = RowsFound(is_marked=False, is_staged=True)
GIVEN_UP = RowsFound(is_marked=False, is_staged=True, is_given_up=True)
RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP"


class Killed(Exception):
    """As a kill would end it."""


@pytest.fixture
def place(mariadb: MariaServer) -> Place:
    made = mariadb_place(mariadb)
    made.run("CREATE TABLE rows_of (id INT, old VARCHAR(20))", "INSERT INTO rows_of VALUES (1, 'a')")
    return made


@pytest.fixture
def limited(place: Place) -> Iterator[Place]:
    """The same by a user who may not alter tables."""
    name = f"no_alter_{place.login.database}"
    place.run(
        f"CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY 'word'",
        f"GRANT {RIGHTS} ON {place.login.database}.* TO '{name}'@'127.0.0.1'",
    )
    yield replace_login(place, user=name, password="word")
    place.run(f"DROP USER '{name}'@'127.0.0.1'")


def replace_login(place: Place, **changed: str) -> Place:
    return Place(replace(place.login, **changed), place.server)


def anew(place: Place) -> RowsWritten:
    effect = staged(place, NEW, mode="overwrite", new=NewTable(replaces=True))
    assert effect.anew
    return effect


def killed_at(point: str) -> RowsPublisher:
    def kill(reached: str) -> None:
        if reached == point:
            raise Killed

    return publisher(kill)


def pending(place: Place) -> RowsWritten:
    """The new table is whole and beside the old one, and the process is dead."""
    effect = anew(place)
    with pytest.raises(Killed):
        killed_at("publish.rows-beside").publish(effect)
    assert old(place) == [(1, "a")]
    return effect


def old(place: Place) -> list[tuple[Any, ...]]:
    return place.fetch("SELECT id, old FROM rows_of")


def new(place: Place) -> list[tuple[Any, ...]]:
    return place.fetch("SELECT id, note FROM rows_of")


def test_rights_for_the_rename_are_asked_for_before_rows_are_staged(place: Place, limited: Place) -> None:
    account = f"'{limited.login.user}'@'127.0.0.1'"
    grant = rf"GRANT ALTER, CREATE, DROP, INSERT ON {place.login.database}\.\* TO {account}"
    with pytest.raises(DatabaseFailed, match=f"ALTER command denied.*{grant}"):
        anew(limited)
    assert left_staged(place) == []
    assert old(place) == [(1, "a")]
    place.run(f"GRANT ALTER ON {place.login.database}.* TO {account}")
    publisher().publish(anew(limited))
    assert new(place) == [(7, "b")]
    assert left_staged(place) == []


def test_a_rename_that_is_refused_later_leaves_the_rows_not_visible(place: Place, limited: Place) -> None:
    effect = replace(anew(place), login=limited.login)
    with pytest.raises(PublishFailed, match="ALTER command denied"):
        publisher().publish(effect)
    assert publisher().look(effect) == WAITS
    assert old(place) == [(1, "a")]
    publisher().take_back(effect)
    assert left_staged(place) == []
    assert old(place) == [(1, "a")]
    with pytest.raises(PublishFailed, match="given up"):
        publisher().publish(replace(effect, login=place.login))


def test_who_finds_a_new_table_beside_puts_it_in_place(place: Place) -> None:
    effect = pending(place)
    assert publisher().look(effect) == WAITS
    for _ in range(2):
        publisher().publish(effect)
        assert new(place) == [(7, "b")]
        assert publisher().look(effect) == RowsFound(is_marked=True, is_staged=False)
    assert left_staged(place) == []


def test_a_new_table_beside_is_given_up(place: Place) -> None:
    effect = pending(place)
    for _ in range(2):
        assert publisher().give_up(effect) == GIVEN_UP
    with pytest.raises(PublishFailed, match="given up"):
        publisher().publish(effect)
    assert old(place) == [(1, "a")]
    assert left_staged(place) == [effect.staging]


def test_a_new_table_beside_is_taken_back(place: Place) -> None:
    effect = pending(place)
    for _ in range(2):
        publisher().take_back(effect)
    assert left_staged(place) == []
    assert old(place) == [(1, "a")]


def test_a_kill_behind_the_rename_leaves_rows_that_are_there(place: Place) -> None:
    effect = anew(place)
    with pytest.raises(Killed):
        killed_at("publish.rows-renamed").publish(effect)
    assert new(place) == [(7, "b")]
    assert publisher().look(effect).is_marked
    assert publisher().give_up(effect).is_marked
    with pytest.raises(NotTakenBack):
        publisher().take_back(effect)
    assert new(place) == [(7, "b")]


def test_who_gives_up_waits_for_who_puts_the_table_in_place(place: Place) -> None:
    """The one that holds the server's lock decides; the other one sees what it has decided."""
    effect = anew(place)
    seen: list[RowsFound] = []

    def at(reached: str) -> None:
        if reached == "publish.rows-beside":
            seen.append(publisher().give_up(effect))

    with pytest.raises(PublishFailed, match="given up"):
        publisher(at).publish(effect)
    assert seen == [GIVEN_UP]
    assert old(place) == [(1, "a")]


def test_nobody_decides_while_another_process_does(place: Place) -> None:
    effect = pending(place)
    with closing(place.connected()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT GET_LOCK('placekeeper {effect.id}', 0)")
        with pytest.raises(OSError, match="another process"):
            RowsIn(login_of, wait_s=0).give_up(effect)
    assert publisher().look(effect) == WAITS
    publisher().publish(effect)
    assert new(place) == [(7, "b")]

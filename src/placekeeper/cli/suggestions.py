"""A name that is not there, and the one that was meant."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from difflib import get_close_matches
from functools import partial

from placekeeper.control.service import Control
from placekeeper.model.errors import EntityNotFoundException

_SIMILAR = 0.6
_MOST_NAMES = 1000


@contextmanager
def suggesting(name: str, names: Callable[[], Collection[str]]) -> Iterator[None]:
    """Add the most similar of `names` to an EntityNotFoundException about `name`.

    `names` is called only when the error comes. If `name` itself is among them, nothing is added.
    """
    try:
        yield
    except EntityNotFoundException as error:
        known = names()
        similar = get_close_matches(name, known, n=1, cutoff=_SIMILAR) if name not in known else []
        if similar:
            error.__notes__ = [f"Did you mean {similar[0]}?", *getattr(error, "__notes__", ())]
        raise


def suggesting_bookmark(name: str, control: Control) -> AbstractContextManager[None]:
    """The same for the name of a bookmark."""
    return suggesting(name, control.bookmarks.newest)


def suggesting_job(name: str, control: Control) -> AbstractContextManager[None]:
    """The same for the name of a job."""
    return suggesting(name, partial(control.jobs.names, tags={}, after=None, limit=_MOST_NAMES))

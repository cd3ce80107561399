"""One line of the log when the state's database stops to answer, and one when it answers again."""

from contextlib import AbstractContextManager

from placekeeper.events import EventLog
from placekeeper.host.background import repeating
from placekeeper.model.errors import DatabaseAway
from placekeeper.ports.store import Store

_CHECK_S = 2.0
_LOG = EventLog(__name__)


class OutageWatch:
    """Looks at the database, and logs when what it sees has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_away = False

    def check(self) -> None:
        """Ask the database for something small."""
        try:
            with self._store.read() as tx:
                tx.launchers.all()
        except DatabaseAway as error:
            if not self._is_away:
                _LOG.warning("the database does not answer: runs go on, and new runs wait", why=str(error))
            self._is_away = True
            return
        if self._is_away:
            _LOG.warning("the database answers again")
        self._is_away = False


def outages_told(store: Store) -> AbstractContextManager[None]:
    """Look again and again while the context lasts."""
    return repeating(_CHECK_S, "outage", OutageWatch(store).check)

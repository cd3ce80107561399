"""A state as one process has it: its folder on this machine, and the use cases over it."""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from placekeeper.control.service import Control
from placekeeper.host.clock import monotonic_ms
from placekeeper.host.lease import Lease, leased
from placekeeper.host.state_folder import StateFolder
from placekeeper.objects.uris import normalise_object
from placekeeper.ports.store import Store


class State(Struct, frozen=True):
    """An open state.

    `database` is its URL without the password. A state `is_shared` whose database is not in its folder:
    other machines may work on it too.
    """

    folder: StateFolder
    database: str
    is_shared: bool
    store: Store
    control: Control

    @property
    def described(self) -> str:
        """The place of the state, for messages."""
        return f"{self.folder} and {self.database}" if self.is_shared else str(self.folder)

    @contextmanager
    def leased(self, kind: str) -> Iterator[Lease]:
        """Be a launcher of this state's runs while the context lasts; `kind` is what its id begins with."""
        with leased(kind, self.store, self.folder.path, monotonic_ms, is_shared=self.is_shared) as lease:
            yield lease

    def observer(self) -> Lease:
        """A lease that launches nothing and tells which launchers have died."""
        return Lease("", self.store, self.folder.path, monotonic_ms, is_shared=self.is_shared)

    def uri_of(self, path: str) -> str:
        """The URI by which listings know an object that a person names. Raises UnsupportedFeature."""
        return normalise_object(path)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

"""A launcher's lease in the database, and its lock, which the kernel gives back however we end.

The lock tells processes on the same file system at once, both ways: a process that sleeps holds it. The lease
tells the others after a while.
"""

import fcntl
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from placekeeper.host.background import repeating
from placekeeper.host.clock import random_hex
from placekeeper.host.locks import is_held
from placekeeper.model.errors import StateError
from placekeeper.ports.store import Store
from placekeeper.rules.jobs.lifecycle import Observation, observe

LEASE_MS = 30_000
LONGEST_GAP_MS = 6_000
"""Between two observations of the leases: after a longer one we begin anew, for we may have slept."""

_RENEWAL_S = 5.0


class Lease:
    """One launcher that lives, and what it knows of the others."""

    def __init__(
        self,
        identity: str,
        store: Store,
        folder: Path,
        monotonic_ms: Callable[[], int],
        *,
        is_shared: bool = False,
    ) -> None:
        self.identity = identity
        self._is_shared = is_shared
        self._store = store
        self._folder = folder
        self._monotonic_ms = monotonic_ms
        self._before: Observation | None = None

    def renew(self) -> None:
        """Say that we live, whoever writes; when somebody has given us up for dead, come back."""
        with self._store.write(in_turn=False) as tx:
            if not tx.launchers.renew(self.identity):
                tx.launchers.insert(self.identity, host=socket.gethostname())

    def lost(self, launchers: frozenset[str]) -> Mapping[str, int | None]:
        """Those that have no lease; and all, also others, whose lease has ended or whose lock is free.

        None whose lock is held. In a state that machines share, a lock says something on its own machine
        only: some file systems keep locks to each machine.
        """
        with self._store.read() as tx:
            rows = tx.launchers.all()
        renewals = {launcher: row.renewals for launcher, row in rows.items()}
        self._before, ended = observe(
            self._before, renewals, now_ms=self._monotonic_ms(), ttl_ms=LEASE_MS, gap_ms=LONGEST_GAP_MS
        )
        here = socket.gethostname()
        asked = launchers | rows.keys()
        near = {name for name in asked if not self._is_shared or (name in rows and rows[name].host == here)}
        held = {launcher: is_held(_lock(self._folder, launcher)) for launcher in near}
        unlocked = {launcher for launcher in near if held[launcher] is False}
        lost = {launcher for launcher in asked - rows.keys() | ended | unlocked if not held.get(launcher)}
        return {launcher: renewals.get(launcher) for launcher in lost - {self.identity}}

    def forget(self, lost: Mapping[str, int | None]) -> None:
        """Drop the leases and locks of the dead, of those that have not counted on meanwhile."""
        for launcher, renewals in lost.items():
            if renewals is None:
                continue
            with self._store.write() as tx:
                is_gone = tx.launchers.delete(launcher, renewals=renewals)
            if is_gone:
                _lock(self._folder, launcher).unlink(missing_ok=True)

    def leave(self) -> None:
        """Drop our own."""
        with self._store.read() as tx:
            renewals = tx.launchers.renewals(self.identity)
        self.forget({self.identity: renewals})
        _lock(self._folder, self.identity).unlink(missing_ok=True)


@contextmanager
def leased(
    kind: str, store: Store, folder: Path, monotonic_ms: Callable[[], int], *, is_shared: bool = False
) -> Iterator[Lease]:
    """Be a launcher while the context lasts; `kind` is what its id begins with. Raises OSError."""
    lease = Lease(f"{kind}{random_hex(8)}", store, folder, monotonic_ms, is_shared=is_shared)
    path = _lock(folder, lease.identity)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lease.renew()
        try:
            with repeating(_RENEWAL_S, "lease", lease.renew):
                yield lease
        finally:
            with suppress(StateError):  # the lock is free soon, by which others see that we have gone
                lease.leave()


def _lock(folder: Path, launcher: str) -> Path:
    return folder / "launchers" / f"{launcher}.lock"

"""Being there as a launcher: a lease in the database, and a lock that the kernel gives back however we end.

The lock tells processes on the same file system at once, the lease tells the others after a while.
"""

import fcntl
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from placekeeper.engine.lifecycle import Lease, observe
from placekeeper.ports.store import Store
from placekeeper.wiring.clock import random_hex
from placekeeper.wiring.locks import is_free
from placekeeper.wiring.threads import every

LEASE_MS = 30_000
_RENEWAL_S = 5.0


class Presence:
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
        self._seen: dict[str, Lease] = {}

    def renew(self) -> None:
        """Say that we live; when somebody has given us up for dead, come back."""
        with self._store.write() as tx:
            if not tx.launchers.renew(self.identity):
                tx.launchers.insert(self.identity, host=socket.gethostname(), pid=os.getpid())

    def lost(self, launchers: frozenset[str]) -> frozenset[str]:
        """Those that have no lease; and all, also others, whose lease has ended or whose lock is free.

        In a state that machines share, a lock says something on its own machine only: some file systems keep
        locks to each machine.
        """
        with self._store.read() as tx:
            rows = tx.launchers.all()
        renewals = {launcher: row.renewals for launcher, row in rows.items()}
        self._seen, ended = observe(self._seen, renewals, now_ms=self._monotonic_ms(), ttl_ms=LEASE_MS)
        here = socket.gethostname()
        near = {launcher for launcher, row in rows.items() if row.host == here or not self._is_shared}
        unlocked = {launcher for launcher in near if is_free(_lock(self._folder, launcher))}
        return ((launchers - renewals.keys()) | ended | unlocked) - {self.identity}

    def forget(self, launchers: frozenset[str]) -> None:
        """Drop the leases and locks of the dead."""
        for launcher in launchers:
            with self._store.write() as tx:
                tx.launchers.delete(launcher)
            _lock(self._folder, launcher).unlink(missing_ok=True)


@contextmanager
def present(
    kind: str, store: Store, folder: Path, monotonic_ms: Callable[[], int], *, is_shared: bool = False
) -> Iterator[Presence]:
    """Be a launcher while the context lasts; `kind` is what its id begins with. Raises OSError."""
    presence = Presence(f"{kind}{random_hex(8)}", store, folder, monotonic_ms, is_shared=is_shared)
    path = _lock(folder, presence.identity)
    path.parent.mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        presence.renew()
        thread = every(_RENEWAL_S, "lease", presence.renew, stop)
        thread.start()
        try:
            yield presence
        finally:
            stop.set()
            thread.join()
            presence.forget(frozenset({presence.identity}))


def _lock(folder: Path, launcher: str) -> Path:
    return folder / "launchers" / f"{launcher}.lock"

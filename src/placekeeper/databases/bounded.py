"""Connecting within bounds: a server that never answers keeps no more than a few threads, and no caller long.

Source: docs/reference/operations.md#tests-of-connections.
"""

from collections.abc import Callable
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from typing import Final

from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed, OperationTimeoutException

CONNECT_SECONDS: Final = 10
"""How long anybody waits for a server while connecting."""

_MOST: Final = 4
_PATIENCE_SECONDS: Final = 0.5


class BoundedConnect:
    """Connects in threads of its own, at most `most` at once.

    A thread whose driver is stuck counts until the driver gives up, while its caller has had an answer after
    `seconds`. Who finds no thread free waits `patience` seconds for one.
    """

    def __init__(
        self,
        connect: Callable[[Login], None],
        *,
        most: int = _MOST,
        seconds: float = CONNECT_SECONDS,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._connect = connect
        self._most = most
        self._free = BoundedSemaphore(most)
        self._seconds = seconds
        self._patience = patience

    def __call__(self, login: Login) -> None:
        """Connect once. Raises what `connect` raises, DatabaseFailed for a server that does not answer in
        time, and OperationTimeoutException where as many others connect as may."""
        if not self._free.acquire(timeout=self._patience):
            raise OperationTimeoutException(
                f"{self._most} connections are being tested, and no more are at once. Test this one again "
                f"in {CONNECT_SECONDS} seconds."
            )
        outcome: Future[None] = Future()
        # a daemon: a stuck driver does not keep the server from ending
        Thread(target=self._run, args=(login, outcome), name="placekeeper-connect", daemon=True).start()
        try:
            outcome.result(self._seconds)
        except TimeoutError:
            raise DatabaseFailed(
                f"{login.place}: no answer within {self._seconds:g} seconds. Check that a database answers "
                "there, and host and port in the url.",
                may_pass=True,
                cause="OperationTimeoutException",
            ) from None

    def _run(self, login: Login, outcome: "Future[None]") -> None:
        try:
            self._connect(login)
        except BaseException as error:  # noqa: BLE001 - it is raised where the caller waits
            self._free.release()
            outcome.set_exception(error)
        else:
            self._free.release()
            outcome.set_result(None)

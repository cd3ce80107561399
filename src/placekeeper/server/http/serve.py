"""The server in a background thread: start, url, stop."""

import asyncio
import errno
import ipaddress
import socket
import threading
from contextlib import suppress

import uvicorn

from placekeeper.model.errors import StateError, UsageError
from placekeeper.server.http.asgi import Application
from placekeeper.server.http.bounds import BoundedProtocol

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0
"""How long a start may take before it counts as failed."""

STOP_SECONDS = 5
"""How long requests that are under way may take after stop()."""

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection is kept: SDKs keep theirs for a minute."""

_POLL_SECONDS = 0.01
_TICK_SECONDS = 0.1
_REACHED_AT = {"": LOOPBACK, "0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - named, not listened on


class _Prompt(uvicorn.Server):
    """Stops at once if no request is in progress. uvicorn checks ten times a second whether to stop, and then
    waits for another tenth; every run that serves itself would wait for both."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._asked: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def ask_to_stop(self) -> None:
        """To be called in another thread."""
        self.should_exit = True
        if self._loop is not None and self._asked is not None:
            with suppress(RuntimeError):  # its loop has ended by itself
                self._loop.call_soon_threadsafe(self._asked.set)

    async def main_loop(self) -> None:
        """Tick until asked to stop; each tenth tick renews the header with the date."""
        self._asked, self._loop = asyncio.Event(), asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything; wait for requests in progress, as uvicorn does."""
        if self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # connections close in the next turn of the loop,
        with suppress(TimeoutError):  # but for those whose answers are still being sent
            async with asyncio.timeout(STOP_SECONDS):
                while self.server_state.connections:
                    await asyncio.sleep(_POLL_SECONDS)


class Server:
    """Serves an application over HTTP until it is stopped.

    Raises UsageError for an address that other machines can reach, unless `checks_signatures`: whoever
    reaches the server can run code by it.
    """

    def __init__(
        self, app: Application, *, host: str = LOOPBACK, port: int = 0, checks_signatures: bool = False
    ) -> None:
        if not checks_signatures and not _is_loopback(host):
            raise UsageError(
                f"Refusing to listen on {host or 'every address'} without keys: whoever reaches this server "
                f"can run code on this machine. Name a keys file (--keys FILE), or listen on {LOOPBACK}."
            )
        self._host = host
        self._port = port
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=BoundedProtocol,
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
            server_header=False,
        )
        self._uvicorn = _Prompt(config)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where clients on this machine find the server, once it has started."""
        host = _REACHED_AT.get(self._host, self._host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self._port}"

    def start(self) -> None:
        """Listen, and return when requests are answered. Raises StateError if the address cannot be used."""
        listener = self._listen()
        self._port = listener.getsockname()[1]
        ended = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(listener, ended), name="placekeeper-server", daemon=True
        )
        self._thread.start()
        waited = 0.0
        while not self._uvicorn.started:
            if ended.wait(_POLL_SECONDS) or waited > START_SECONDS:
                self.stop()
                raise StateError(f"The server at {self.url} did not start. The log says why.")
            waited += _POLL_SECONDS

    def stop(self) -> None:
        """Finish the requests that are under way and close; without effect when it is not running."""
        if self._thread is None:
            return
        self._uvicorn.ask_to_stop()
        self._thread.join(STOP_SECONDS * 2)
        self._thread = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, listener: socket.socket, ended: threading.Event) -> None:
        """The thread; uvicorn installs signal handlers only in a main thread."""
        try:
            self._uvicorn.run(sockets=[listener])
        finally:
            ended.set()
            listener.close()

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # The protocol is named because asyncio sets TCP_NODELAY only on sockets that name it; without that,
        # every answer waits 40 ms for a delayed acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
        except OSError as error:
            listener.close()
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise StateError(
                    f"{self._host} is not an address of this machine: {error.strerror}. Give one that is "
                    f"(--host), such as {LOOPBACK}."
                ) from None
            raise StateError(
                f"The server cannot listen on port {self._port} of {self._host}: {error.strerror}. "
                "Another server may use it. Choose another port."
            ) from None
        return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

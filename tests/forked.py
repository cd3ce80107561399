"""Processes of Placekeeper that are forked from one that has loaded everything.

A short run mostly loads libraries: the command does, and then its job process. Here both are forked from a
server, one per pytest process, and begin where their own entries begin. Orders, pipes, signals and exit codes
are as real. With `PLACEKEEPER_NEW_PROCESSES=1`, and with the fixture `new_processes`, every process is new.
"""

import atexit
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, NoReturn

from placekeeper.launch import starting as launch
from placekeeper.store.connection import sqlite_engine
from placekeeper.store.migrate import migrate

COMMAND = Path(sys.executable).with_name("placekeeper")
_LOADED = (
    "cli.app",
    "host.lifeline",
    "wiring.job",
    "wiring.shell",
    "wiring.crawl",
    "wiring.missing_engine",
    "wiring.state",
)
_LOADED_WHOLE = ("cli.commands", "runtime.frames", "runtime.run")
_LOADED_OF_OTHERS = (
    "pyarrow.pandas_compat",
    "typer._adapters",
    "uvicorn.lifespan.off",
    "uvicorn.loops.uvloop",
)
_LOADED_OF_SAIL = ("grpc._channel", "pyspark.sql.streaming.stateful_processor_util", "pyspark.worker")
_ENTRIES = ("placekeeper.job_process", "placekeeper.shell_process", "placekeeper.crawl_process")
_REQUEST_BYTES = 1 << 17
_FAR = 200
"""Descriptors from here on are in nobody's way while others are put into place."""

popen = subprocess.Popen
"""What starts new processes, whatever replaces it elsewhere."""


FORKS = "PLACEKEEPER_NEW_PROCESSES" not in os.environ
"""Whether processes are forked at all."""


class Forked:
    """A forked process, with what we use of `subprocess.Popen`."""

    def __init__(
        self,
        server: str,
        arguments: Sequence[object],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | str | None = None,
        stdin: int | IO[Any] | None = None,
        stdout: int | IO[Any] | None = None,
        stderr: int | IO[Any] | None = None,
        pass_fds: Sequence[int] = (),
        start_new_session: bool = False,
        text: bool = False,
    ) -> None:
        self.args = [str(argument) for argument in arguments]
        self.returncode: int | None = None
        self.stdin = None
        to_close: list[int] = []
        self.stdout, out = _stream(stdout, 1, to_close, text)
        self.stderr, err = _stream(stderr, 2, to_close, text)
        _, into = _stream(subprocess.DEVNULL if stdin is None else stdin, 0, to_close, text)
        request = {
            "arguments": self.args,
            "environ": dict(os.environ if env is None else env),
            "cwd": str(cwd or Path.cwd()),
            "session": start_new_session,
            "numbers": [0, 1, 2, *pass_fds],
            "server": server,
        }
        self._lock = threading.Lock()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.connect(server)
            socket.send_fds(connection, [json.dumps(request).encode()], [into, out, err, *pass_fds])
            for descriptor in to_close:
                os.close(descriptor)
            (self.pid,) = struct.unpack("i", connection.recv(4))
            self._answer = connection.detach()

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises TimeoutExpired."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[Any, Any]:
        """What it says to its end. Raises TimeoutExpired."""
        streams = [stream for stream in (self.stdout, self.stderr) if stream is not None]
        said: dict[Any, list[bytes]] = {stream: [] for stream in streams}
        deadline = None if timeout is None else time.monotonic() + timeout
        open_streams = list(streams)
        while open_streams:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select(open_streams, (), (), left)
            if not ready:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            for stream in ready:
                data = os.read(stream.fileno(), 1 << 16)
                said[stream].append(data)
                if not data:
                    open_streams.remove(stream)
        self.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        whole = []
        for stream in (self.stdout, self.stderr):
            data = b"".join(said.get(stream, ()))
            whole.append(data.decode() if hasattr(stream, "encoding") else data)
            if stream is not None:
                stream.close()
        return whole[0], whole[1]

    def send_signal(self, number: int) -> None:
        """Send a signal while it runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill -9."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def __enter__(self) -> "Forked":
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            ready, _, _ = select.select([self._answer], (), (), timeout)
            with self._lock:  # several threads may wait
                if ready and self.returncode is None:
                    answer = os.read(self._answer, 4)
                    assert answer, "the server that forks has gone"
                    (self.returncode,) = struct.unpack("i", answer)
        return self.returncode

    def __del__(self) -> None:
        if hasattr(self, "_answer"):
            os.close(self._answer)


def _stream(wanted: int | IO[Any] | None, own: int, to_close: list[int], text: bool) -> tuple[Any, int]:
    """Our end of a stream, if it is a pipe, and the descriptor that the process gets."""
    if wanted is None:
        return None, own
    if wanted == subprocess.DEVNULL:
        nowhere = os.open(os.devnull, os.O_RDWR)
        to_close.append(nowhere)
        return None, nowhere
    if wanted == subprocess.PIPE:
        reading, writing = os.pipe()
        to_close.append(writing)
        return (os.fdopen(reading, "r") if text else os.fdopen(reading, "rb")), writing
    return None, wanted if isinstance(wanted, int) else wanted.fileno()


@cache
def server() -> str:
    """The socket of this process's server, started once."""
    folder = tempfile.mkdtemp(prefix="placekeeper-forks-")
    path = f"{folder}/socket"
    started = popen(
        [sys.executable, "-P", __file__, path],
        env={**launch.SMALL_HEAPS, **launch.for_jobs(os.environ)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert started.stdin is not None
    assert started.stdout is not None
    assert started.stdout.read() == b"", "it says nothing and closes its output when it listens"
    started.stdout.close()

    def end() -> None:
        started.stdin.close()
        started.wait()
        Path(path).unlink(missing_ok=True)
        Path(folder).rmdir()

    atexit.register(end)
    return path


def start(arguments: Sequence[object], **how: Any) -> Any:
    """Start the installed command, forked or new: as `subprocess.Popen` does."""
    if FORKS:
        return Forked(server(), arguments, **how)
    return popen([str(argument) for argument in arguments], **how)


def job_processes(path: Callable[[], str] = server) -> SimpleNamespace:
    """What takes the place of `subprocess` where job processes are started."""

    def begin(arguments: Sequence[object], **how: Any) -> Forked:
        return Forked(path(), arguments, **how)

    return SimpleNamespace(**{**vars(subprocess), "Popen": begin})


def _serve(path: str) -> None:
    """Fork what is asked for until our input ends. One thread, so that a fork copies no lock that is held."""
    _load()
    wakes, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    running: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen(64)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        while True:
            ready, _, _ = select.select([0, wakes, listener], (), ())
            if 0 in ready:
                return
            if wakes in ready:
                os.read(wakes, 4096)
            if listener in ready:
                connection, _ = listener.accept()
                message, descriptors, _, _ = socket.recv_fds(connection, _REQUEST_BYTES, 32)
                pid = os.fork() if message else None  # who asked may have been killed, now and later
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for number in (wakes, woken, nowhere, listener.detach(), connection.detach()):
                        os.close(number)
                    for other in running.values():
                        os.close(other.detach())
                    _become(json.loads(message), descriptors)
                for descriptor in descriptors:
                    os.close(descriptor)
                if pid is None:
                    connection.close()
                else:
                    running[pid] = connection
                    with suppress(OSError):
                        connection.send(struct.pack("i", pid))
            _tell_of_the_ended(running)


def _tell_of_the_ended(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with suppress(OSError), running.pop(pid) as connection:  # who asked may have gone
            connection.send(struct.pack("i", os.waitstatus_to_exitcode(status)))


def _load() -> None:
    """Load what commands and job processes load, at their start and while they work."""
    gc.disable()
    for name in _LOADED:
        importlib.import_module(f"placekeeper.{name}")
    for package in _LOADED_WHOLE:
        folder = Path(importlib.import_module(f"placekeeper.{package}").__file__ or "").parent
        for path in sorted(folder.glob("[a-z]*.py")):
            importlib.import_module(f"placekeeper.{package}.{path.stem}")
    registry = importlib.import_module("placekeeper.runtime.engines.registry")
    registry.preload()
    importlib.import_module("placekeeper.runtime.look.surface").read_ahead()
    for name in (*_LOADED_OF_OTHERS, *(_LOADED_OF_SAIL if registry.installed().sail else ())):
        with suppress(ModuleNotFoundError):  # other versions may keep it elsewhere: it is loaded later then
            importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="placekeeper-") as folder:  # Alembic loads modules by the hundred
        engine = sqlite_engine(Path(folder) / "state.db")
        migrate(engine)
        engine.dispose()
    gc.freeze()


def _become(request: dict[str, Any], received: list[int]) -> NoReturn:
    """Be the process that was asked for, to its end."""
    far = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FAR) for descriptor in received]
    for descriptor in received:
        os.close(descriptor)
    for descriptor, number in zip(far, request["numbers"], strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.setsid() if request["session"] else os.setpgid(0, 0)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environ"])
    gc.enable()
    launch.subprocess = job_processes(lambda: request["server"])  # type: ignore[assignment]
    code = 1
    try:
        arguments = request["arguments"]
        if arguments[3:4] and arguments[3] in _ENTRIES:
            sys.argv = arguments[3:]
            runpy.run_module(arguments[3], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            importlib.import_module("placekeeper.cli.entry").entry()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - Python says it and ends
        sys.excepthook(*sys.exc_info())
    _end(code)


def _end(code: int) -> NoReturn:
    """What Python does at its end."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])

"""Ctrl-C as an event, because an exception may come where it is swallowed, as in a destructor."""

import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Interrupt:
    """An event: Ctrl-C or SIGTERM has come. The main thread can wait for it.

    A threading.Event does not do: the kernel may give a signal to any thread, and then nothing wakes a main
    thread that waits for a lock; and a handler that runs while it holds the event's own lock waits for ever.
    """

    def __init__(self, woken: socket.socket) -> None:
        self._woken = woken
        self._has_come = False

    def come(self) -> None:
        """Set the event. A signal handler may call this, because it takes no lock."""
        self._has_come = True

    def is_set(self) -> bool:
        """Whether it has come."""
        return self._has_come

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the event comes or the time is up; return True if it has come."""
        until = None if seconds is None else time.monotonic() + seconds
        while not self._has_come:
            left = None if until is None else until - time.monotonic()
            if left is not None and left < 0:
                break
            select.select([self._woken], [], [], left)
            with suppress(BlockingIOError):  # another signal may have woken us, and its handler is not ours
                self._woken.recv(64)
        return self._has_come


@contextmanager
def on_interrupt() -> Iterator[Interrupt]:
    """Ctrl-C and SIGTERM set the event while the context lasts; a second one does what it did before."""
    woken, waker = socket.socketpair()
    with woken, waker:
        woken.setblocking(False)
        waker.setblocking(False)
        interrupted = Interrupt(woken)

        def interrupt(number: int, _: object) -> None:
            interrupted.come()
            signal.signal(number, before[signal.Signals(number)])

        before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        waked_before = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        try:
            yield interrupted
        finally:
            signal.set_wakeup_fd(waked_before)
            for number, handler in before.items():
                signal.signal(number, handler)

"""The passwords that a run knows: they are in nothing that it prints or keeps.

Source: docs/reference/databases.md#passwords-in-logs.
"""

import io
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from placekeeper.rules.jobs.secret_texts import masked

_HELD: Final = 8192
"""The most characters of a line that wait for its end."""


class Secrets:
    """Collects what may not be shown."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = frozenset(known)

    def keep(self, secret: str) -> None:
        """Know one more."""
        if secret.strip():
            self._known |= {secret}

    def masked(self, text: str) -> str:
        """A text without them."""
        return masked(text, self._known) if self._known else text


class _Masking(io.TextIOWrapper):
    """A stream that writes whole lines without secrets; bytes and file descriptors go past it.

    `print` writes a line in several parts, and what another thread says may come between them. So each thread
    has what it has begun to say held until its line ends. No lock is held, which a fork could copy.
    """

    secrets: Secrets
    held: dict[int, str]

    def write(self, text: str, /) -> int:
        """Write a text; how long it was."""
        thread = threading.get_ident()
        whole = self.held.pop(thread, "") + text
        if "\n" not in text and "\r" not in text and len(whole) <= _HELD:
            self.held[thread] = whole
            return len(text)
        shown = self.secrets.masked(whole)  # before it is cut: a secret may have several lines
        end = max(shown.rfind("\n"), shown.rfind("\r")) + 1
        if len(shown) - end > _HELD:
            end = len(shown)
        elif end < len(shown):
            self.held[thread] = shown[end:]
        super().write(shown[:end])
        super().flush()
        return len(text)

    def flush(self) -> None:
        """Write what this thread has begun to say."""
        if begun := self.held.pop(threading.get_ident(), ""):
            super().write(self.secrets.masked(begun))
        super().flush()

    def end(self) -> None:
        """Write what any thread has begun to say."""
        for thread in [*self.held]:
            super().write(self.secrets.masked(self.held.pop(thread, "")))
        super().flush()

    def close(self) -> None:
        """Write what is left; a thread may still write."""
        with suppress(ValueError):
            self.end()


@contextmanager
def masking_streams(secrets: Secrets) -> Iterator[None]:
    """Let stdout and stderr of this process show no secret, while the context lasts."""
    before = sys.stdout, sys.stderr
    masking = [_over(stream, secrets) for stream in before]
    sys.stdout, sys.stderr = masking
    try:
        yield
    finally:
        sys.stdout.flush()  # a script may have put others in their place
        sys.stderr.flush()
        for stream in masking:
            if isinstance(stream, _Masking):
                stream.end()
        sys.stdout, sys.stderr = before


def _over(stream: TextIO, secrets: Secrets) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    try:
        number = stream.fileno()
    except OSError:  # no file: what a test collects
        return stream
    stream.flush()
    made = _Masking(
        open(number, "wb", closefd=False),  # noqa: SIM115 - it lives as long as the process
        encoding=stream.encoding,
        errors=stream.errors,
    )
    made.secrets, made.held = secrets, {}
    return made

"""The passwords that a run knows: they are in nothing that it prints or keeps.

Source: docs/reference/databases.md#passwords-in-logs.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from placekeeper.rules.jobs.secret_texts import masked


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
    """A stream that writes each text without secrets; bytes and file descriptors go past it."""

    secrets: Secrets

    def write(self, text: str, /) -> int:
        """Write a text; how long it was."""
        super().write(self.secrets.masked(text))
        return len(text)

    def close(self) -> None:
        """Write what is left; a thread may still write."""
        with suppress(ValueError):
            self.flush()


@contextmanager
def masking_streams(secrets: Secrets) -> Iterator[None]:
    """Let stdout and stderr of this process show no secret, while the context lasts."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_over(stream, secrets) for stream in before)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
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
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    made.secrets = secrets
    return made

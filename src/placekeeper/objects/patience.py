"""Retries of requests to a store: a few times, for a limited time.

All retries are here. The libraries' own retries are off, so that theirs and ours do not multiply:
botocore's have no limit in time and one quota for all threads of a client, and neither botocore's
nor urllib3's repeat a body that is cut while it is read.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

Answer = TypeVar("Answer")


class StillFailing(Exception):
    """All retries have failed; `last` is the last error."""

    def __init__(self, attempts: int, seconds: float, last: Exception) -> None:
        super().__init__(attempts, seconds, last)
        self.attempts = attempts
        self.seconds = seconds
        self.last = last


class Patience(Struct, frozen=True):
    """How often and how long one request is repeated; all times are seconds.

    No attempt begins after `seconds`; one takes at most `connecting` and then `answering` between two
    pieces of an answer. Waits double from `first_wait` to `longest_wait`; each is shortened at random by
    up to a half, so that those who were refused together do not come back together.
    """

    attempts: int = 8
    seconds: float = 120
    first_wait: float = 0.2
    longest_wait: float = 15
    connecting: float = 10
    answering: float = 60

    def wait_after(self, attempt: int, chance: float) -> float:
        """Seconds to wait after the attempt of this number (from 1); `chance` is from 0 to 1."""
        whole = min(self.first_wait * 2.0 ** (attempt - 1), self.longest_wait)
        return whole * (1 - chance / 2)


PATIENCE = Patience()
"""The default: half a minute of throttling, two minutes of silence."""


def persist(
    patience: Patience,
    ask: Callable[[], Answer],
    *,
    errors: tuple[type[Exception], ...],
    passes: Callable[[Exception], bool],
    asked: Callable[[Exception], float | None] = lambda _: None,
    seconds: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    chance: Callable[[], float] = random.random,
) -> Answer:
    """Call `ask` and return its result; retry while it raises one of `errors` for which `passes` is true.

    `asked` returns for how many seconds an error asks to wait. The wait is that time and then the usual one,
    so that callers who were told the same do not come back together; but it ends with the patience, when
    `ask` is called a last time.
    Raises StillFailing at the end of the patience, and any other error at once.
    """
    began = seconds()
    attempt = 0
    while True:
        attempt += 1
        try:
            return ask()
        except errors as error:
            if not passes(error):
                raise
            wait = patience.wait_after(attempt, chance())
            took = seconds() - began
            wait = max(wait, min((asked(error) or 0) + wait, patience.seconds - took))
            if attempt >= patience.attempts or took + wait > patience.seconds:
                raise StillFailing(attempt, took, error) from error
        sleep(wait)

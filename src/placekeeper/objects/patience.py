"""Asking again: what a store does not do now is asked for a few times more, for a limited time.

This is the one place that does. The libraries' own retries are off, so that theirs and ours do not
multiply: botocore's have no limit in time and one quota for all threads of a client, and neither botocore's
nor urllib3's repeat a body that is cut while it is read.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Answer = TypeVar("Answer")


class StillFailing(Exception):
    """Asked as often and as long as patience goes; `last` is what came of it the last time."""

    def __init__(self, attempts: int, seconds: float, last: Exception) -> None:
        super().__init__(attempts, seconds, last)
        self.attempts = attempts
        self.seconds = seconds
        self.last = last


@dataclass(frozen=True)
class Patience:
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
"""What requests get unless somebody says otherwise: half a minute of throttling, two of silence."""


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
    """What `ask` returns, asked again while it raises one of `errors` that `passes` calls passing.

    `asked` says for how many seconds an error asks to be left alone: so long, and then the usual wait, so
    that those who were told the same do not come back together; but not beyond the end of the patience, at
    which `ask` is tried a last time.
    Raises StillFailing at the end of the patience, and at once whatever does not pass.
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

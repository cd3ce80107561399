"""The difference between this machine's clock and a store's, as far as a Date header can tell."""

_SECOND_MS = 1000
WORTH_SAYING_MS = 60_000
"""The smallest difference that a run's summary mentions."""


def skew_ms(said_ms: int, asked_ms: int, answered_ms: int) -> int:
    """How far a store's clock is ahead of ours, negative if it is behind; 0 where the two may agree.

    `said_ms` is the time in the store's answer, cut to whole seconds; `asked_ms` and `answered_ms` are our
    times before and after. The result is the largest possible difference: a run that begins a second later by
    the store's clock misses nothing and does not put off objects written just before it began.
    """
    earliest, latest = said_ms - answered_ms, said_ms + _SECOND_MS - 1 - asked_ms
    return 0 if earliest <= 0 <= latest else latest


def remark(where: str, skew: int | None) -> str | None:
    """The sentence of a run's summary on the clock behind a path; None if there is nothing to say."""
    if skew is None:
        return (
            f"{where}: the store does not say what time it is, so this machine's clock decides when the run "
            "began. Objects with a later time wait for the next run"
        )
    if abs(skew) < WORTH_SAYING_MS:
        return None
    seconds = f"{abs(skew) // _SECOND_MS} s {'ahead of' if skew > 0 else 'behind'}"
    return f"{where}: the store's clock is {seconds} this machine's, and decides when this run began"

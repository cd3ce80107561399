"""Two clocks, this machine's and a store's: how far apart they are, as far as a Date header can tell."""

_SECOND_MS = 1000
WORTH_SAYING_MS = 60_000
"""From what difference on a run's summary mentions it."""


def skew_ms(said_ms: int, asked_ms: int, answered_ms: int) -> int:
    """How far a store's clock is ahead of ours, negative if it is behind; 0 where the two may agree.

    `said_ms` is the time in its answer, cut to whole seconds; `asked_ms` and `answered_ms` are ours before
    and after. Of what is possible, the latest: a run that began a second later for the store leaves out
    nothing, and what was written just before it began is not put off.
    """
    earliest, latest = said_ms - answered_ms, said_ms + _SECOND_MS - 1 - asked_ms
    return 0 if earliest <= 0 <= latest else latest


def remark(where: str, skew: int | None) -> str | None:
    """What a run's summary says about the clock behind a path; None where there is nothing to say."""
    if skew is None:
        return (
            f"{where}: the store does not say what time it is, so this run began for it when it did by this "
            "machine's clock: what it stamps later waits for the next run"
        )
    if abs(skew) < WORTH_SAYING_MS:
        return None
    seconds = f"{abs(skew) // _SECOND_MS} s {'ahead of' if skew > 0 else 'behind'}"
    return f"{where}: the store's clock is {seconds} this machine's; this run's start is by the store's"

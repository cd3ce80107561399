"""The real clock, the real randomness."""

import secrets
import time


class SystemClock:
    """Implements ports.clock.Clock."""

    def now_ms(self) -> int:
        """Epoch milliseconds, UTC."""
        return time.time_ns() // 1_000_000


def monotonic_ms() -> int:
    """Milliseconds since some moment; never goes back, and stands still while the machine sleeps."""
    return time.monotonic_ns() // 1_000_000


def random_hex(n: int) -> str:
    """`n` random bytes in hex, fit for tokens."""
    return secrets.token_hex(n)

"""How long MySQL's driver waits for a server, which is more for rows than for a greeting."""

from typing import Any


def wait_for_rows(connection: Any, seconds: int | None) -> None:
    """Let a connection that is made wait so long for each packet; None is without end.

    PyMySQL has one time for both, and no other way to change it.
    """
    connection._read_timeout = seconds

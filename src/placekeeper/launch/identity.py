"""Who launched a run, in a form that tells later whether that process still lives."""

import os
import socket
from pathlib import Path


def launcher_identity() -> str:
    """This process, as `host:pid:start`; the start time tells it from a later process of the same id."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_start_time(pid)}"


def is_alive(identity: str) -> bool:
    """Whether the process of an identity still lives; one on another host is taken to live."""
    host, pid, start = identity.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    return _start_time(int(pid)) == start


def _start_time(pid: int) -> str:
    """Clock ticks since boot on Linux; elsewhere only whether the process exists. Empty: no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
        return "0" if _exists(pid) else ""
    return stat.rpartition(")")[2].split()[19]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

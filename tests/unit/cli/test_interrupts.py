"""Ctrl-C ends what waits for it, wherever the kernel delivers it and wherever the main thread is."""

import subprocess
import sys

import pytest

DELIVERED_ELSEWHERE = """
import signal, threading, time
from placekeeper.cli.interrupts import on_interrupt

def deliver():
    time.sleep(0.3)  # by then the main thread waits
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    time.sleep(60)

with on_interrupt() as stop:
    threading.Thread(target=deliver, daemon=True).start()
    print(stop.wait(), stop.is_set(), stop.wait(0))
"""
WHILE_LOOKING = """
import signal, threading, time
from placekeeper.cli.interrupts import on_interrupt

def deliver():
    time.sleep(0.3)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

for _ in range(3):
    with on_interrupt() as stop:
        threading.Thread(target=deliver, daemon=True).start()
        while not stop.wait(0.000001):
            pass
        print(stop.is_set())
"""


@pytest.mark.parametrize(
    ("script", "said"),
    [(DELIVERED_ELSEWHERE, "True True True\n"), (WHILE_LOOKING, "True\nTrue\nTrue\n")],
)
def test_the_wait_ends(script: str, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.stdout, ended.stderr) == (said, "")


def test_without_an_interrupt_a_wait_ends_with_its_time() -> None:
    script = (
        "from placekeeper.cli.interrupts import on_interrupt\nwith on_interrupt() as s: print(s.wait(0.01))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.stdout, ended.stderr) == ("False\n", "")

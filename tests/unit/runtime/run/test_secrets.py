"""What a script prints goes out by whole lines, at once, and without the secrets of its run."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from pathlib import Path
from threading import Barrier

import pytest

from placekeeper.runtime.run.secrets import Secrets, masking_streams

THREADS, LINES = 4, 500
Printing = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def printed(tmp_path: Path) -> Path:
    """What stdout has got, which is a file and so is buffered by Python."""
    return tmp_path / "stdout"


@pytest.fixture
def printing(printed: Path) -> Printing:
    """Prints what runs that know these secrets print."""

    @contextmanager
    def masked(*secrets: str) -> Iterator[None]:
        with printed.open("w") as file, redirect_stdout(file), masking_streams(Secrets(secrets)):
            yield

    return masked


def test_a_line_is_never_cut_by_another_thread(printing: Printing, printed: Path) -> None:
    together, before = Barrier(THREADS), sys.getswitchinterval()

    def say(thread: int) -> None:
        together.wait()
        for number in range(LINES):
            print("thread", thread, "line", number)

    sys.setswitchinterval(1e-6)
    try:
        with printing(), ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(say, range(THREADS)))
    finally:
        sys.setswitchinterval(before)
    expected = [f"thread {thread} line {number}" for thread in range(THREADS) for number in range(LINES)]
    assert sorted(printed.read_text().splitlines()) == sorted(expected)


def test_a_line_is_there_as_soon_as_it_ends(printing: Printing, printed: Path) -> None:
    """A process that is killed loses nothing that it has printed."""
    with printing():
        print("begun", end="")
        assert printed.read_text() == ""
        print(" and ended")
        assert printed.read_text() == "begun and ended\n"
        print("50 %", end="\r")
        assert printed.read_bytes().endswith(b"50 %\r")


def test_a_line_without_an_end_is_there_when_it_is_flushed_or_the_last(
    printing: Printing, printed: Path
) -> None:
    with printing():
        print("flushed", end="", flush=True)
        assert printed.read_text() == "flushed"
        print("x" * 100_000, end="")  # too long to be held
        assert len(printed.read_text()) > 90_000
        with ThreadPoolExecutor(1) as threads:
            threads.submit(print, "left by a thread that has gone", end="").result()
        print("by nobody ended", end="")
    assert printed.read_text()[-100:].lstrip("x") == "by nobody endedleft by a thread that has gone"


@pytest.mark.parametrize("parts", [["a secret\n"], ["a sec", "ret\n"], ["a ", "secret", "\n"], ["a secret"]])
def test_a_secret_is_masked_however_it_is_written(
    printing: Printing, printed: Path, parts: list[str]
) -> None:
    with printing("secret"):
        assert [sys.stdout.write(part) for part in parts] == [len(part) for part in parts]
    assert printed.read_text().rstrip() == "a ***"


def test_a_secret_of_several_lines_is_masked(printing: Printing, printed: Path) -> None:
    with printing("first\nsecond"):
        print("the key is first\nsecond!")
    assert printed.read_text() == "the key is ***!\n"

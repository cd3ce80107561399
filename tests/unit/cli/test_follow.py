"""Logs as they are copied to a screen."""

import io
from pathlib import Path

import pytest

from placekeeper.cli import follow
from placekeeper.cli.follow import Tail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "output"


def append(log: Path, data: bytes) -> None:
    with log.open("ab") as file:
        file.write(data)


def test_lines_are_written_whole_and_the_rest_at_the_end(log: Path) -> None:
    screen = io.BytesIO()
    tail = Tail(log, screen)
    tail.write_new()
    append(log, b"one\ntw")
    tail.write_new()
    assert screen.getvalue() == b"one\n"
    append(log, b"o\n\xff thr")
    tail.write_new()
    assert screen.getvalue() == b"one\ntwo\n"
    tail.write_rest()
    assert screen.getvalue() == b"one\ntwo\n\xff thr"


def test_a_progress_bar_is_seen_as_it_goes(log: Path) -> None:
    screen = io.BytesIO()
    tail = Tail(log, screen)
    append(log, b"\r1%\r2%")
    tail.write_new()
    assert screen.getvalue() == b"\r1%\r"


def test_a_long_line_does_not_wait_for_its_end(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "_CHUNK", 1000)
    screen = io.BytesIO()
    tail = Tail(log, screen)
    append(log, b"x" * (3 * follow.HELD_BYTES) + b"\nend")
    tail.write_new()
    assert len(tail._held) <= follow.HELD_BYTES
    tail.write_rest()
    assert screen.getvalue() == log.read_bytes()

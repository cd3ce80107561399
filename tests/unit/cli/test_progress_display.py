"""One line that is drawn anew at a terminal, a line now and then elsewhere; what the run says stays whole."""

import io
from pathlib import Path

import pytest

from placekeeper.cli.progress_display import ProgressDisplay
from placekeeper.launch.progress_file import ProgressFile, ProgressReader, progress_path
from placekeeper.model.progress import Count, Stage

ERASE = "\r\x1b[K"


class Watched:
    """A run that counts, a display that follows it, and a clock that both of them go by."""

    def __init__(self, folder: Path, *, is_terminal: bool) -> None:
        self.now_ms = 5_000_000
        self.screen = io.BytesIO()
        self.path = progress_path(folder)
        self.display = ProgressDisplay(self.screen, lambda: self.now_ms, is_terminal=is_terminal)
        self.display.follow(ProgressReader(self.path))
        self._file = ProgressFile(str(self.path))

    def lists(self, objects: int, *, after_s: float) -> str:
        """So many objects are listed, and after a while somebody looks: what is new on the screen."""
        self._file.count(Stage.LISTING, Count(done=objects))
        return self.passes(after_s)

    def passes(self, seconds: float) -> str:
        before = len(self.screen.getvalue())
        self.now_ms += int(seconds * 1000)
        self.display.look()
        return self.screen.getvalue()[before:].decode()


@pytest.fixture
def terminal(tmp_path: Path) -> Watched:
    return Watched(tmp_path, is_terminal=True)


def test_a_terminal_has_one_line_after_a_second(terminal: Watched) -> None:
    assert terminal.lists(10, after_s=0.9) == ""
    assert terminal.lists(10, after_s=0.2) == f"{ERASE}placekeeper: listing: 20 objects"
    assert terminal.lists(5, after_s=0.2) == f"{ERASE}placekeeper: listing: 25 objects"
    terminal.display.close()
    assert terminal.screen.getvalue().decode().endswith(f"listing: 25 objects{ERASE}")


def test_what_the_run_says_comes_after_our_line_is_erased(terminal: Watched) -> None:
    said = terminal.display.guarded(terminal.screen)
    terminal.lists(10, after_s=2)
    said.write(b"from the script\n")
    assert terminal.screen.getvalue().decode().endswith(f"10 objects{ERASE}from the script\n")
    assert terminal.passes(0.3) == f"{ERASE}placekeeper: listing: 10 objects"


def test_a_line_that_the_script_has_not_ended_is_not_erased(terminal: Watched) -> None:
    said = terminal.display.guarded(terminal.screen)
    said.write(b"Working ...")
    assert terminal.lists(10, after_s=2) == ""
    said.write(b" done\n")
    assert terminal.passes(0.3).endswith("listing: 10 objects")


def test_a_run_that_is_over_is_drawn_no_more(terminal: Watched) -> None:
    terminal.lists(10, after_s=2)
    terminal.path.unlink()
    assert terminal.passes(1) == ERASE
    assert terminal.passes(1) == ""


def test_without_a_terminal_a_line_comes_every_thirty_seconds_if_it_is_new(tmp_path: Path) -> None:
    log = Watched(tmp_path, is_terminal=False)
    assert log.lists(10, after_s=29) == ""
    assert log.passes(2) == "placekeeper: listing: 10 objects\n"
    assert log.lists(10, after_s=29) == ""
    assert log.passes(2) == "placekeeper: listing: 20 objects\n"
    assert log.passes(31) == ""


def test_another_process_of_the_run_begins_from_nothing(terminal: Watched, tmp_path: Path) -> None:
    terminal.lists(10, after_s=2)
    terminal.path.unlink()
    terminal.display.follow(ProgressReader(terminal.path))
    again = ProgressFile(str(terminal.path))
    again.count(Stage.LISTING, Count(done=3))
    assert terminal.passes(2).endswith("listing: 3 objects")


def test_a_screen_that_has_gone_does_not_matter(terminal: Watched) -> None:
    terminal.lists(10, after_s=0)
    terminal.screen.close()
    terminal.now_ms += 2000
    terminal.display.look()
    terminal.display.close()

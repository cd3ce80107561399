"""The layout of a state folder."""

import socket
import stat
from pathlib import Path

import pytest

from placekeeper.host.run_logs import FolderLogs
from placekeeper.host.state_folder import StateFolder
from placekeeper.model.errors import StateError


def test_what_nobody_else_may_read_is_made_private(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    folder.make()
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.path.iterdir()}
    assert made == dict.fromkeys(("logs", "modules", "runs", "segments"), 0o700)
    folder.make()
    assert not folder.run_folders()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be made: "):
        StateFolder(tmp_path / "file" / "state").make()


def test_garbage_was_looked_for_when_somebody_has_said_so(tmp_path: Path) -> None:
    tidied = StateFolder(tmp_path).last_tidied
    assert tidied.read_ms() is None
    tidied.record()
    assert tidied.read_ms() == (tmp_path / "tidied").stat().st_mtime_ns // 1_000_000


def test_each_machine_that_shares_a_folder_has_a_server_of_its_own(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    assert folder.server_lock(is_shared=False).name == "server.lock"
    assert folder.server_address(is_shared=False).name == "server.json"
    assert folder.server_lock(is_shared=True).name == f"server.{socket.gethostname()}.lock"
    assert folder.server_address(is_shared=True).name == f"server.{socket.gethostname()}.json"


def test_logs_are_read_in_pieces_and_are_empty_before_the_run_has_begun(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    logs = FolderLogs(folder)
    assert logs.read("jr_1", "output", 0, 10) == b""
    kept = folder.logs("jr_1")
    kept.output.parent.mkdir(parents=True)
    kept.output.write_bytes(b"abcdef")
    assert logs.read("jr_1", "output", 2, 3) == b"cde"
    assert list(folder.runs_with_logs()) == ["jr_1"]

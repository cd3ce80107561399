"""A place where the installed command is used as a user uses it, on local disk and on S3."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import forked
from placekeeper.launch import starting as launch
from workspace import LocalPlace, S3Place, Workspace


@pytest.fixture(params=["local", "s3"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """Input and output on each kind of store."""
    if request.param == "s3":
        server = request.getfixturevalue("s3")
        yield Workspace(tmp_path, S3Place(server, server.new_bucket()), server.environ)
    else:
        yield Workspace(tmp_path, LocalPlace(tmp_path), {})


@pytest.fixture
def local(tmp_path: Path) -> Workspace:
    """Input and output on local disk, where the store does not matter."""
    return Workspace(tmp_path, LocalPlace(tmp_path), {})


@pytest.fixture(autouse=True)
def _job_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that begin in this process fork their job processes too."""
    if forked.FORKS:
        monkeypatch.setattr(launch, "subprocess", forked.job_processes())


@pytest.fixture
def new_processes(_job_processes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process is new, from its first import on."""
    monkeypatch.setattr(forked, "FORKS", False)
    monkeypatch.setattr(launch, "subprocess", subprocess)

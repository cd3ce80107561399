"""Modules are installed once for each list of requirements; what fails says so in the installer's words."""

import importlib.util
import sys
from pathlib import Path

import pytest

from placekeeper.model.errors import ExtraUnavailable
from placekeeper.runtime.process import module_installation
from placekeeper.runtime.process.module_installation import install, loaded_before

INSTALLER = """
import sys, pathlib
target, rest = pathlib.Path(sys.argv[2]), sys.argv[3:]
if "absent" in rest:
    sys.exit("looking\\nERROR: no absent anywhere\\n")
(target / "asked.txt").write_text(" ".join(rest))
"""


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_installation, "_installer", lambda: [sys.executable, "-c", INSTALLER])


def test_the_same_requirements_are_installed_once(installer: None, tmp_path: Path) -> None:
    package, cache = tmp_path / "run" / "a.whl", tmp_path / "modules"
    package.parent.mkdir()
    package.write_bytes(b"1")

    def installed(*requirements: str, options: tuple[str, ...] = ()) -> Path:
        return install(requirements, options, cache=cache, run_folder=package.parent)

    first = installed("x==1", str(package), options=("--no-deps",))
    assert (first / "asked.txt").read_text() == f"--no-deps x==1 {package}"
    (first / "asked.txt").unlink()
    assert installed("x==1", str(package), options=("--no-deps",)) == first
    assert list(first.iterdir()) == []

    package.write_bytes(b"2")
    others = {installed("x==1", str(package), options=("--no-deps",)), installed("x==1"), installed("x==2")}
    assert len({first, *others}) == 4
    assert {path.parent for path in others} == {cache}


def test_the_installers_last_line_is_the_reason(
    installer: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ExtraUnavailable) as raised:
        install(("x", "absent"), (), cache=tmp_path / "modules", run_folder=tmp_path)

    assert str(raised.value) == (
        "--additional-python-modules: x, absent could not be installed: ERROR: no absent anywhere"
    )
    assert capsys.readouterr().err == "looking\nERROR: no absent anywhere\n"
    assert list((tmp_path / "modules").iterdir()) == []


def test_uv_stands_in_for_pip_and_without_both_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    monkeypatch.setattr(sys, "executable", str(python))
    assert module_installation._installer()[:5] == [str(python), "-P", "-m", "pip", "install"]

    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ExtraUnavailable, match=r"neither pip nor uv.*-m ensurepip"):
        module_installation._installer()
    python.with_name("uv").touch()
    assert module_installation._installer()[:3] == [str(python.with_name("uv")), "pip", "install"]


def test_a_module_that_was_loaded_in_another_version_is_said(tmp_path: Path) -> None:
    for name, version in (("pytest", "0.1"), ("absent-here", "1.0")):
        info = tmp_path / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")

    (said,) = loaded_before(tmp_path)

    assert said.startswith("--additional-python-modules: pytest 0.1 is installed and not used")
    assert pytest.__version__ in said

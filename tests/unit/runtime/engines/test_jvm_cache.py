"""When a JVM starts from an archive, when it records one, and when neither."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from placekeeper.runtime.engines.jvm_cache import JvmStart, jvm_start

FLAGS = ("-XX:+UseSerialGC",)


@pytest.fixture
def java(tmp_path: Path) -> Path:
    home = tmp_path / "java"
    (home / "lib" / "server").mkdir(parents=True)
    (home / "lib" / "server" / "classes.jsa").write_text("base")
    (home / "release").write_text('JAVA_VERSION="17.0.15"\n')
    (home / "bin").mkdir()
    (home / "bin" / "java").touch()
    return home / "bin" / "java"


def start(java: Path, tmp_path: Path, *flags: str) -> JvmStart:
    jar = tmp_path / "a.jar"
    if not jar.exists():
        jar.write_text("a")
    return jvm_start(java, [jar], flags or FLAGS, {"PLACEKEEPER_JVM_CACHE": str(tmp_path / "cache")})


def end(started: JvmStart, folder: Path, script: str) -> int:
    """The shell that stands before a JVM, with another program instead of it; `$1` is where it records."""
    program = folder / "program"
    program.write_text(f'#!/bin/sh\nset -- "${{1#-XX:*=}}"\n{script}\n')
    program.chmod(0o755)
    return subprocess.run([*started.before, program, *started.options], check=False).returncode


def test_the_second_start_records_and_the_third_uses_it(java: Path, tmp_path: Path) -> None:
    assert start(java, tmp_path) == JvmStart()
    second = start(java, tmp_path)
    assert second.records
    assert "-XX:ArchiveClassesAtExit=" in second.before
    assert end(second, tmp_path, 'echo classes > "$1"') == 0
    third = start(java, tmp_path)
    assert not third.records
    assert third.before == ()
    archive = Path(third.options[0].removeprefix("-XX:SharedArchiveFile="))
    assert archive.read_text() == "classes\n"
    assert list(archive.parent.iterdir()) == [archive]


def test_a_jvm_that_ends_badly_leaves_no_archive(java: Path, tmp_path: Path) -> None:
    start(java, tmp_path)
    assert end(start(java, tmp_path), tmp_path, 'echo half > "$1"; exit 3') == 3
    assert [file.suffix for file in (tmp_path / "cache").iterdir()] == [".tries"]
    assert start(java, tmp_path) == JvmStart()


def test_after_three_recordings_that_end_badly_no_start_records(java: Path, tmp_path: Path) -> None:
    records = []
    for _ in range(10):
        started = start(java, tmp_path)
        records.append(started.records)
        if started.records:
            end(started, tmp_path, "exit 3")
    assert records == [False, True] * 3 + [False] * 4


def test_a_shell_that_is_killed_leaves_nothing_for_ever(java: Path, tmp_path: Path) -> None:
    start(java, tmp_path)
    killed = 'echo half > "$1"; kill -9 $PPID'
    assert end(start(java, tmp_path), tmp_path, killed) == -signal.SIGKILL
    (left,) = (file for file in (tmp_path / "cache").iterdir() if file.suffix != ".tries")
    alive, other = (tmp_path / "cache" / name for name in (f"a.{os.getpid()}", "a.jsa"))
    for file in (alive, other):
        file.touch()
    start(java, tmp_path)
    assert start(java, tmp_path).records
    assert not left.exists()
    assert {file for file in (tmp_path / "cache").iterdir() if file.suffix != ".tries"} == {alive, other}


def test_of_two_jvms_at_a_time_one_records(java: Path, tmp_path: Path) -> None:
    start(java, tmp_path)
    assert [start(java, tmp_path).records for _ in range(2)] == [True, False]


@pytest.mark.parametrize("changed", ["java", "jar", "flags"])
def test_an_archive_fits_one_java_one_set_of_jars_and_flags(java: Path, tmp_path: Path, changed: str) -> None:
    start(java, tmp_path)
    end(start(java, tmp_path), tmp_path, 'echo classes > "$1"')
    if changed == "java":
        (java.parents[1] / "release").write_text('JAVA_VERSION="17.0.16+1"\n')
    if changed == "jar":
        (tmp_path / "a.jar").write_text("another")
    assert start(java, tmp_path, *(["-XX:+UseG1GC"] if changed == "flags" else [])) == JvmStart()


def test_a_java_that_can_record_none_starts_without(java: Path, tmp_path: Path) -> None:
    (java.parents[1] / "lib" / "server" / "classes.jsa").unlink()
    assert [start(java, tmp_path) for _ in range(3)] == [JvmStart()] * 3
    (java.parents[1] / "release").write_text('JAVA_VERSION="25.0.1"\n')
    start(java, tmp_path)
    assert "-XX:AOTCacheOutput=" in start(java, tmp_path).before


@pytest.mark.parametrize("said", ["off", "/dev/null/none"])
def test_without_a_folder_there_is_no_archive(java: Path, said: str) -> None:
    starts = [jvm_start(java, [], FLAGS, {"PLACEKEEPER_JVM_CACHE": said}) for _ in range(2)]
    assert starts == [JvmStart()] * 2
    assert jvm_start(java, [], FLAGS, {}) == JvmStart()

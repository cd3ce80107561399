"""Archives of the classes that Spark's JVM loads, which halve its start.

An archive fits one Java, one set of jars and one set of flags: they are its name. It takes twenty seconds of
processor time to make and 140 MB to keep. So only an installation that is used again gets one: the second JVM
of its kind records it, after its run has ended, and later ones use it. Where anything is amiss with an
archive, Java starts without it.
"""

import hashlib
import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from placekeeper.runtime.engines.java import java_major

_VARIABLE: Final = "PLACEKEEPER_JVM_CACHE"
_OFF: Final = "off"
_AOT_FROM: Final = 25
"""From this Java on, an archive needs none that comes with Java; trimmed runtimes have none."""

_TRIES_MAX: Final = 3
"""A machine on which so many recordings were begun and none ended well kills what goes on after a run."""

_SILENT: Final = ("-Xlog:cds=off", "-Xlog:cds+dynamic=off")
_SILENT_AOT: Final = (*_SILENT, "-Xlog:aot=off")
_RECORDED: Final = (
    "archive=$1; flag=$2; java=$3; shift 3; part=${archive%.jsa}.$$; "
    '"$java" "$flag$part" "$@" && mv -f "$part" "$archive"; code=$?; rm -f "$part"; '
    '[ $code -ne 0 ] || rm -f "${archive%.jsa}.tries"; exit $code'
)
"""A shell's words: the JVM, then its archive under its name, if the JVM has ended well.

Until then the name ends with the number of the shell, so that others know whether anybody still writes it.
"""


@dataclass(frozen=True)
class JvmStart:
    """How a JVM is started: by the command `before`, with `options`. One that `records` works on after its
    end is asked for, so nobody waits for that."""

    before: Sequence[str] = ()
    options: Sequence[str] = ()
    records: bool = False


def jvm_start(
    java: Path, jars: Sequence[Path], flags: Sequence[str], environ: Mapping[str, str] = os.environ
) -> JvmStart:
    """With the archive for this Java, these jars and these flags; else without, and perhaps recording it.

    The folder of archives is $PLACEKEEPER_JVM_CACHE, or one in the user's cache; `off` is none.
    """
    folder = _folder(environ)
    record, use, silent = _ways(java)
    if folder is None or not use:
        return JvmStart()
    name = _name(java, jars, flags)
    archive, seen, tries = (folder / f"{name}.{kind}" for kind in ("jsa", "seen", "tries"))
    if archive.is_file():
        return JvmStart(options=(f"{use}{archive}", *silent))
    if _size(tries) >= _TRIES_MAX:
        return JvmStart()
    try:
        seen.unlink()  # one of several JVMs at a time records
    except FileNotFoundError:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            seen.touch()
        return JvmStart()
    except OSError:
        return JvmStart()
    _remove_left(folder)
    with suppress(OSError), tries.open("ab") as file:
        file.write(b".")
    before = ("sh", "-c", _RECORDED, "sh", str(archive), record)
    return JvmStart(before, silent, records=True)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _remove_left(folder: Path) -> None:
    """Remove what shells have left that were killed while their JVM recorded."""
    for part in folder.glob("*.*"):
        number = part.suffix.removeprefix(".")
        if number.isdecimal() and not _is_there(int(number)):
            with suppress(OSError):
                part.unlink()


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # of another user; no number of a process
        return True
    return True


def _folder(environ: Mapping[str, str]) -> Path | None:
    said = environ.get(_VARIABLE, "")
    if said == _OFF:
        return None
    if said:
        return Path(said)
    home = environ.get("HOME", "")
    caches = environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else "")
    return Path(caches) / "placekeeper" / "jvm" if caches else None


def _ways(java: Path) -> tuple[str, str, Sequence[str]]:
    """The flags that record an archive, use it, and are silent; empty where this Java can do neither."""
    home = java.resolve().parents[1]
    if (home / "lib" / "server" / "classes.jsa").is_file():
        return "-XX:ArchiveClassesAtExit=", "-XX:SharedArchiveFile=", _SILENT
    if java_major(java) >= _AOT_FROM:
        return "-XX:AOTCacheOutput=", "-XX:AOTCache=", _SILENT_AOT
    return "", "", ()


def _name(java: Path, jars: Sequence[Path], flags: Sequence[str]) -> str:
    """A digest of all that an archive depends on."""
    home = java.resolve().parents[1]
    files = [home / "release", *sorted(home.glob("lib/server/*")), *jars]
    facts = [
        f"{file} {(status := file.stat()).st_size} {status.st_mtime_ns}" for file in files if file.exists()
    ]
    return hashlib.sha256("\n".join([*facts, shlex.join(flags)]).encode()).hexdigest()[:32]

"""The command that adds an extra to the installation that lacks it: this Python's pip, this source.

A `pip` that happens to be on the path may be another Python's, and an installation from a checkout stays one.
"""

import shlex
import sys
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import msgspec

from placekeeper.model.errors import PlacekeeperError

NAME = "placekeeper"


@dataclass(frozen=True)
class Installation:
    """Which Python has us, and from which folder; None when not from a folder."""

    python: str
    folder: str | None = None
    is_editable: bool = False

    def how_to_install(self, extra: str) -> str:
        """The command for an extra. Spark gets an environment of its own: it and Sail share an import."""
        python = shlex.quote(self.python)
        editable = "-e " if self.is_editable else ""
        source = f"{editable}{shlex.quote(f'{self.folder or NAME}[{extra}]')}"
        if extra == "spark":
            return (
                f"{python} -m venv .venv-spark && .venv-spark/bin/pip install {source}, "
                "then run .venv-spark/bin/placekeeper"
            )
        return f"{python} -m pip install {source}"


class _Folder(msgspec.Struct, frozen=True):
    editable: bool = False


class _Origin(msgspec.Struct, frozen=True):
    url: str
    dir_info: _Folder | None = None


def installation() -> Installation:
    """Ours, as the installer recorded it (direct_url.json, PEP 610)."""
    from importlib import metadata  # noqa: PLC0415 - takes as long to load as our whole command line

    try:
        recorded = metadata.distribution(NAME).read_text("direct_url.json")
        origin = msgspec.json.decode(recorded or "", type=_Origin)
    except (metadata.PackageNotFoundError, msgspec.MsgspecError):
        return Installation(sys.executable)
    if origin.dir_info is None:
        return Installation(sys.executable)
    return Installation(sys.executable, unquote(urlsplit(origin.url).path), origin.dir_info.editable)


def line_of(error: BaseException) -> str:
    """The text of an error, with the command for the extra that it lacks."""
    if isinstance(error, PlacekeeperError) and error.extra is not None:
        return f"{error}: {installation().how_to_install(error.extra)}"
    return str(error)

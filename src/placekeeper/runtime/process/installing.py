"""The command that adds an extra to the installation that lacks it: this Python's installer, this source.

A `pip` that happens to be on the path may be another Python's, and an installation from a checkout stays one.
"""

import importlib.util
import shlex
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from placekeeper.model.errors import PlacekeeperError

NAME = "placekeeper"


class Installation(Struct, frozen=True):
    """The Python that has this package, and the origin of the package.

    `folder` is a checkout. `source` is what else an installer was given: a wheel's path, or a URL that pip
    takes. Both are None when we came from an index. `has_pip` is False in environments that uv makes.
    """

    python: str
    folder: str | None = None
    is_editable: bool = False
    source: str | None = None
    has_pip: bool = True

    def how_to_install(self, extra: str) -> str:
        """The command for an extra. Spark gets an environment of its own: it and Sail share an import."""
        if extra == "spark":
            return f"{self._command_for_spark()}, then run .venv-spark/bin/placekeeper"
        python = shlex.quote(self.python)
        installer = f"{python} -m pip install" if self.has_pip else f"uv pip install --python {python}"
        return f"{installer} {self._requirement(extra)}"

    def _command_for_spark(self) -> str:
        python, requirement = shlex.quote(self.python), self._requirement("spark")
        if self.has_pip:
            return f"{python} -m venv .venv-spark && .venv-spark/bin/pip install {requirement}"
        return (
            f"uv venv --python {python} .venv-spark && "
            f"uv pip install --python .venv-spark/bin/python {requirement}"
        )

    def _requirement(self, extra: str) -> str:
        """The requirement for an installer: this package with an extra, quoted for a shell."""
        if self.source is not None and "://" in self.source:
            return shlex.quote(f"{NAME}[{extra}] @ {self.source}")
        editable = "-e " if self.is_editable else ""
        return f"{editable}{shlex.quote(f'{self.folder or self.source or NAME}[{extra}]')}"


class _Folder(msgspec.Struct, frozen=True):
    editable: bool = False


class _Repository(msgspec.Struct, frozen=True):
    vcs: str
    commit_id: str


class _Origin(msgspec.Struct, frozen=True):
    url: str
    dir_info: _Folder | None = None
    vcs_info: _Repository | None = None


def installation() -> Installation:
    """Ours, as the installer recorded it (direct_url.json, PEP 610).

    A checkout or a wheel that is no longer there cannot be installed from: then the index is named.
    """
    from importlib import metadata  # noqa: PLC0415 - takes as long to load as our whole command line

    has_pip = importlib.util.find_spec("pip") is not None
    try:
        recorded = metadata.distribution(NAME).read_text("direct_url.json")
        origin = msgspec.json.decode(recorded or "", type=_Origin)
    except (metadata.PackageNotFoundError, msgspec.MsgspecError):
        return Installation(sys.executable, has_pip=has_pip)
    if origin.vcs_info is not None:
        source = f"{origin.vcs_info.vcs}+{origin.url}@{origin.vcs_info.commit_id}"
        return Installation(sys.executable, source=source, has_pip=has_pip)
    if not origin.url.startswith("file:"):
        return Installation(sys.executable, source=origin.url, has_pip=has_pip)
    path = unquote(urlsplit(origin.url).path)
    if not Path(path).exists():
        return Installation(sys.executable, has_pip=has_pip)
    if origin.dir_info is None:
        return Installation(sys.executable, source=path, has_pip=has_pip)
    return Installation(sys.executable, path, origin.dir_info.editable, has_pip=has_pip)


def line_of(error: BaseException) -> str:
    """The text of an error, with the command for the extra that it lacks."""
    if isinstance(error, PlacekeeperError) and error.extra is not None:
        return f"{error}: {installation().how_to_install(error.extra)}"
    return str(error)

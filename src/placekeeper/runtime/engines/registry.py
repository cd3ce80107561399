"""The engines that there are, and the one door through which their modules are imported.

The module of an engine imports that engine at its top: PySpark's client and pysail, or classic PySpark and
py4j. An environment has one of the two. So a module is imported only when its engine was chosen, and only
here.
"""

import importlib
import importlib.util
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol, cast

from msgspec import Struct

from placekeeper.model.errors import LaunchFailed, MissingExtra
from placekeeper.runtime.engines.base import Engine, EngineRequest
from placekeeper.runtime.engines.client_imports import client_imports

SAIL: Final = "sail"
SPARK: Final = "spark"


class Row(Struct, frozen=True):
    """One engine: the module that has its `create`, and the extra that installs what the module imports.

    Without one of `packages` the engine is not installed.
    """

    module: str
    extra: str
    packages: frozenset[str]


ENGINES: Final[Mapping[str, Row]] = MappingProxyType(
    {
        SAIL: Row("placekeeper.runtime.engines.sail", "sail", frozenset({"pysail", "pyspark", "pandas"})),
        SPARK: Row("placekeeper.runtime.engines.spark", "spark", frozenset({"pyspark", "py4j", "pandas"})),
    }
)


class EngineModule(Protocol):
    """The module of an engine."""

    def create(self, request: EngineRequest) -> Engine:
        """The engine for a script, not started."""
        ...


def load(name: str) -> EngineModule:
    """The module of the engine `name`, imported now.

    Raises MissingExtra where that is not installed, LaunchFailed where it is and does not fit this machine.
    """
    row = ENGINES[name]
    try:
        with client_imports():
            return cast(EngineModule, importlib.import_module(row.module))
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in row.packages:
            raise MissingExtra(f"--engine {name}", row.extra) from error
        raise _unloadable(name, row, error) from error


def _unloadable(name: str, row: Row, error: ImportError) -> LaunchFailed:
    failed = LaunchFailed(
        f"--engine {name} is installed and cannot be loaded: {' '.join(str(error).split())}. Run it on a "
        "machine that has what this names, or install the engine anew in a fresh environment"
    )
    failed.extra = row.extra
    return failed


class Installed(Struct, frozen=True):
    """The engines that this environment has."""

    sail: bool
    spark: bool


def installed() -> Installed:
    """Look without importing: pysail is Sail, a pyspark with jars and a context is Spark."""
    pyspark = importlib.util.find_spec("pyspark")
    folder = Path(pyspark.origin).parent if pyspark is not None and pyspark.origin else None
    has_context = folder is not None and (folder / "core" / "context.py").is_file()
    has_py4j = importlib.util.find_spec("py4j") is not None
    return Installed(
        sail=folder is not None and importlib.util.find_spec("pysail") is not None,
        spark=has_context and has_py4j,
    )


def preload() -> None:
    """Import the engines of this environment while nobody waits for them."""
    has = installed()
    for name, is_there in ((SAIL, has.sail), (SPARK, has.spark)):
        if is_there:
            with suppress(MissingExtra, LaunchFailed):  # who chooses this engine is told
                load(name)

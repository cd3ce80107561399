"""`import awsglue` in a process that is no job process: in pytest, in a notebook.

Nothing is loaded before somebody imports it. Whatever is installed comes first: only a module that nobody
else has is found here. What PySpark's client lacks of PySpark (`SparkContext`, which nearly every Glue script
imports) comes from the stand-ins of the engine, which starts for it.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from placekeeper.runtime.engines.shim_folder import SHIM

_OF_THE_ENGINE: Final = frozenset({"pyspark.context", "pyspark.files"})
_NAMES_OF_THE_ENGINE: Final = frozenset({"SparkContext", "SparkConf", "SparkFiles"})


class _Standing(Loader):
    """Loads a module that is there already."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002 - the protocol of imports
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to do."""


class Finder(MetaPathFinder):
    """Finds `awsglue` and its kin; `start` starts the engine."""

    def __init__(self, start: Callable[[], object]) -> None:
        self._start = start

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, if it is one of ours."""
        del target
        if path is None:
            return PathFinder.find_spec(fullname, [str(SHIM)])
        if fullname in _OF_THE_ENGINE:
            self._start()
            module = sys.modules.pop(fullname, None)
            return None if module is None else ModuleSpec(fullname, _Standing(module))
        return None


class ClientFinder(MetaPathFinder):
    """Finds PySpark's client, and lets its missing names start the engine. PySpark itself is left alone."""

    def __init__(self, start: Callable[[], object]) -> None:
        self._start = start

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """PySpark's client; None for everything else."""
        del target
        spec = PathFinder.find_spec(fullname, path) if fullname == "pyspark" else None
        if spec is None or spec.loader is None or not is_client(spec):
            return None
        run: Callable[[ModuleType], None] = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            complete(module, self._start)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def is_client(spec: ModuleSpec) -> bool:
    """Whether a PySpark is the client alone, without a SparkContext."""
    return (
        spec.origin is not None and not Path(spec.origin).with_name("core").joinpath("context.py").is_file()
    )


def complete(pyspark: ModuleType, start: Callable[[], object]) -> None:
    """Let the names that a PySpark lacks start the engine, which puts them there."""

    def missing(name: str) -> Any:
        if name in _NAMES_OF_THE_ENGINE:
            start()
            if name in vars(pyspark):
                return vars(pyspark)[name]
        raise AttributeError(f"module 'pyspark' has no attribute {name!r}")

    vars(pyspark).setdefault("__getattr__", missing)


def make_findable(start: Callable[[], object], *, is_first: bool = False) -> list[MetaPathFinder]:
    """Let `import awsglue` work from now on; the finders, to be taken away again by `forget`.

    `start` starts the engine. With `is_first`, an installed awsglue is hidden by ours.
    """
    finders: list[MetaPathFinder] = [Finder(start), ClientFinder(start)]
    sys.meta_path.insert(0, finders[1])
    sys.meta_path.insert(0 if is_first else len(sys.meta_path), finders[0])
    pyspark = sys.modules.get("pyspark")
    if pyspark is not None and pyspark.__spec__ is not None and is_client(pyspark.__spec__):
        complete(pyspark, start)
    return finders


def forget(finders: Sequence[MetaPathFinder]) -> None:
    """Take finders away, and the modules of awsglue that they have found."""
    for finder in finders:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
    names = vars(sys.modules["pyspark"]) if "pyspark" in sys.modules else {}
    if getattr(names.get("__getattr__"), "__module__", None) == __name__:
        del names["__getattr__"]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and Path(file).is_relative_to(SHIM):
            del sys.modules[name]


def other_awsglue() -> str | None:
    """Where another awsglue is, loaded or installed; None if there is none."""
    loaded = sys.modules.get("awsglue")
    if loaded is not None:
        origin = getattr(loaded, "__file__", None)
    else:
        spec = PathFinder.find_spec("awsglue", sys.path)
        origin = None if spec is None else spec.origin or str(spec.submodule_search_locations)
    return None if origin is None or Path(origin).is_relative_to(SHIM) else str(origin)


def how_to_remove(origin: str) -> str:
    """What to type against another awsglue at `origin`, if an installer knows it."""
    from importlib.metadata import packages_distributions  # noqa: PLC0415 - reads every installed package

    names = sorted(set(packages_distributions().get("awsglue", ())))
    command = (
        f"{sys.executable} -m pip uninstall {' '.join(names)}" if names else f"remove {origin} from sys.path"
    )
    return f"another awsglue is at {origin} and hides that of Placekeeper. To use Placekeeper's: {command}"

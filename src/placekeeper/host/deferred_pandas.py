"""pandas, which is loaded when somebody works with it and not before.

PySpark's client and Sail import pandas, and PyArrow does with the first array that it makes. Few runs need
it, and it takes a fifth of all the time that an idle run loads. So whoever imports it gets a stand-in, which
loads pandas when something of it is wanted. PyArrow learns that there is no pandas. That is true for as long
as no value can be an object of pandas. Once pandas is loaded, PyArrow looks again.
"""

import copyreg
import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from types import ModuleType
from typing import Any, Final

import pyarrow
from pyarrow import lib

from placekeeper.host.processes import hidden

_PANDAS: Final = "pandas"
_TYPES: Final = "pandas.api.types"
_ASKED: Final = ("is_datetime64_dtype", "is_timedelta64_dtype")
"""What PySpark's client imports from pandas.api.types when it is loaded."""

_LOCK: Final = threading.Lock()


class _StandIn(ModuleType):
    """In the place of a module of pandas; whatever it lacks is asked of the module itself."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_loaded(self.__name__), name)


class _DataFrame(type):
    """In the place of pandas.DataFrame, where an annotation names it."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _loaded(_PANDAS).DataFrame)

    def __call__(cls, *args: Any, **named: Any) -> Any:
        return _loaded(_PANDAS).DataFrame(*args, **named)

    def __getattr__(cls, name: str) -> Any:
        return getattr(_loaded(_PANDAS).DataFrame, name)


class _LoadedAlready(Loader):
    """A finder of modules that have come with pandas itself, and the loader that leaves them as they are.

    An import of `pandas.io` looks whether it is loaded, and then for the path of `pandas`, which loads both.
    """

    def find_spec(self, name: str, _path: object = None, target: object = None) -> ModuleSpec | None:
        module = sys.modules.get(name) if name.startswith(f"{_PANDAS}.") and target is None else None
        return None if module is None else ModuleSpec(name, self, loader_state=module.__spec__)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return sys.modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state


@contextmanager
def deferred_pandas() -> Iterator[None]:
    """Put the stand-in in place. Within, pandas.DataFrame may be named in annotations too.

    Nothing changes where pandas is not installed, or is loaded.
    """
    spec = None if _PANDAS in sys.modules else importlib.util.find_spec(_PANDAS)
    if spec is None:
        yield
        return
    with hidden(_PANDAS):
        pyarrow.array([])  # looks for pandas now, and then no more
    pandas = _stand_in(_PANDAS, spec)
    pandas.__dict__["__version__"] = version(_PANDAS)
    pandas.__dict__["DataFrame"] = _DataFrame("DataFrame", (), {})
    types = _stand_in(_TYPES, None)
    types.__dict__.update({"__path__": []} | {name: _asking(name) for name in _ASKED})
    sys.modules.update({_PANDAS: pandas, _TYPES: types})
    sys.meta_path.insert(0, _LoadedAlready())
    copyreg.pickle(_StandIn, _by_name)
    try:
        yield
    finally:
        del pandas.__dict__["DataFrame"]


def _stand_in(name: str, spec: ModuleSpec | None) -> _StandIn:
    made = _StandIn(name)
    made.__spec__, made.__package__ = spec, name
    return made


def _asking(name: str) -> Callable[[object], bool]:
    """A function of pandas.api.types by its name."""

    def ask(of: object) -> bool:
        return bool(getattr(_loaded(_TYPES), name)(of))

    return ask


def _by_name(module: _StandIn) -> tuple[Callable[[str], Any], tuple[str]]:
    """How a stand-in travels to a task: as the module that it stands for."""
    return importlib.import_module, (module.__name__,)


def _loaded(name: str) -> ModuleType:
    """A module of pandas itself, loaded now if nobody has."""
    with _LOCK:
        for one in (_PANDAS, _TYPES):
            if isinstance(sys.modules.get(one), _StandIn):
                del sys.modules[one]
    importlib.import_module(_PANDAS)
    # Only so does it look again, and whoever has an object of pandas has come through here.
    arrow: Any = lib
    if not arrow._pandas_api.have_pandas:
        arrow._pandas_api.__init__()
    return importlib.import_module(name)

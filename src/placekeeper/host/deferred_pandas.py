"""pandas, which is loaded when somebody works with it and not before.

PySpark's client and Sail import pandas, and PyArrow does with the first array that it makes. Few runs need
it, and it takes a fifth of all the time that an idle run loads. So whoever imports it gets the module before
its code has run. The code runs when something of the module is wanted.

PyArrow looks for pandas at two places. Its part in Python learns that there is no pandas, and looks again
when pandas is loaded. Its part in C++ looks once and never again. So that part gets the values that it asks
for, such as pandas.NA. They come from modules of pandas that load in a moment.
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
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pyarrow
from pyarrow import lib

from placekeeper.host.processes import hidden

_PANDAS: Final = "pandas"
_TYPES: Final = "pandas.api.types"
_ASKED: Final = ("is_datetime64_dtype", "is_timedelta64_dtype")
"""What PySpark's client imports from pandas.api.types when it is loaded."""

_SHOWN: Final = {
    "pandas._libs.missing": ("NA",),
    "pandas._libs.tslibs": ("NaT", "Timestamp", "Timedelta"),
    "pandas._libs.tslibs.offsets": ("DateOffset",),
}
"""What PyArrow's part in C++ takes from pandas, by the modules that have it."""

_LOCK: Final = threading.Lock()


class _StandIn(ModuleType):
    """A module of pandas whose code has not run. It runs for whatever the module lacks."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_loaded(self.__name__), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not isinstance(value, ModuleType):
            _loaded(self.__name__)  # it would replace what is set
        ModuleType.__setattr__(self, name, value)

    def __dir__(self) -> list[str]:
        return dir(_loaded(self.__name__))


class _Loading(ModuleType):
    """pandas while its code runs. Other threads wait for the end of that."""

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_"):
            importlib.import_module(_PANDAS)
        return ModuleType.__getattribute__(self, name)  # it may be loaded by now


class _DataFrame(type):
    """In the place of pandas.DataFrame, where an annotation names it."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _loaded(_PANDAS).DataFrame)

    def __call__(cls, *args: Any, **named: Any) -> Any:
        return _loaded(_PANDAS).DataFrame(*args, **named)

    def __getattr__(cls, name: str) -> Any:
        return getattr(_loaded(_PANDAS).DataFrame, name)


class _IntoStandIn(Loader):
    """Finds pandas once, and runs its code in its stand-in."""

    def __init__(self, stand_in: ModuleType, spec: ModuleSpec) -> None:
        self._stand_in = stand_in
        self._spec = spec

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if name != _PANDAS or type(self._stand_in) is not _StandIn:
            return None
        found = ModuleSpec(name, self, origin=self._spec.origin)
        found.submodule_search_locations = self._spec.submodule_search_locations
        return found

    def create_module(self, _spec: ModuleSpec) -> ModuleType:
        self._stand_in.__path__ = self._spec.submodule_search_locations or []
        return self._stand_in

    def exec_module(self, module: ModuleType) -> None:
        own: Any = self._spec.loader
        module.__class__ = _Loading
        sys.modules.pop(_TYPES, None)
        try:
            own.exec_module(module)
        finally:
            module.__class__ = ModuleType
            module.__spec__, module.__loader__ = self._spec, own
        arrow: Any = lib
        arrow._pandas_api.__init__()  # only so does it look again


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
    arrow: Any = lib
    with hidden(_PANDAS):
        assert not arrow._pandas_api.have_pandas  # noqa: S101 - it looks now, and then no more
    pandas = _stand_in(_PANDAS, spec)
    pandas.__file__, pandas.__cached__ = spec.origin, spec.cached
    sys.modules[_PANDAS] = pandas
    _show(pandas, spec)
    pandas.__dict__["__version__"] = version(_PANDAS)
    pandas.__dict__["DataFrame"] = named = _DataFrame("DataFrame", (), {})
    types = _stand_in(_TYPES, None)
    types.__dict__.update({name: _asking(name) for name in _ASKED})
    types.__path__ = []
    types.__file__ = str(Path(spec.origin or "", "../api/types/__init__.py").resolve())
    sys.modules[_TYPES] = types
    sys.meta_path[:0] = [_LoadedAlready(), _IntoStandIn(pandas, spec)]
    copyreg.pickle(_StandIn, _by_name)
    try:
        yield
    finally:
        if pandas.__dict__["DataFrame"] is named:
            del pandas.__dict__["DataFrame"]


def _show(pandas: _StandIn, spec: ModuleSpec) -> None:
    """Have PyArrow's part in C++ take what it wants of pandas."""
    shown = {"__path__": spec.submodule_search_locations}
    pandas.__dict__.update(shown)
    for module, names in _SHOWN.items():
        loaded = importlib.import_module(module)
        shown |= {name: getattr(loaded, name) for name in names}
    pandas.__dict__.update(shown)
    pyarrow.array([])
    for name in shown:
        del pandas.__dict__[name]


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
    """A module of pandas, whose code has run now if it had not before."""
    with _LOCK:
        if type(sys.modules.get(_PANDAS)) is _StandIn:
            del sys.modules[_PANDAS]
    importlib.import_module(_PANDAS)
    return importlib.import_module(name)

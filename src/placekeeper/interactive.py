"""`placekeeper.activate()`: awsglue in a notebook or a REPL."""

import sys
import warnings
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

from placekeeper.model.errors import MissingExtra, UsageError
from placekeeper.runtime.process.importing import forget, how_to_remove, make_findable, other_awsglue
from placekeeper.runtime.process.installing import line_of

try:
    from placekeeper.runtime.run import current
    from placekeeper.wiring.local import LocalEngine
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.startswith("placekeeper"):
        raise
    raise UsageError(line_of(MissingExtra("placekeeper.activate()", "sail"))) from None


class Activated:
    """awsglue in this process, from `activate` to `deactivate`. A context manager, too."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._local = LocalEngine(engine, note=_say)
        self._finders: Sequence[MetaPathFinder] = ()

    def begin(self) -> None:
        """Put awsglue where `import` finds it; the engine starts with the first GlueContext."""
        other = other_awsglue()
        if other is not None and "awsglue" in sys.modules:
            raise UsageError(f"{how_to_remove(other)}. Then start Python anew: it is imported already")
        if other is not None:
            warnings.warn(how_to_remove(other), stacklevel=4)
        self._finders = make_findable(lambda: self._local.engine, is_first=other is not None)
        current.start_with(lambda: self._local.session(note=_say))

    def end(self) -> None:
        """Stop the engine; awsglue is not importable any more."""
        forget(self._finders)
        current.deactivate()
        self._local.stop()

    def __enter__(self) -> "Activated":
        return self

    def __exit__(self, *_: object) -> None:
        deactivate()


_ACTIVE: list[Activated] = []


def activate(engine: str) -> Activated:
    """As placekeeper.activate."""
    if _ACTIVE and _ACTIVE[0].engine == engine:
        return _ACTIVE[0]
    if _ACTIVE:
        raise UsageError(
            f"awsglue is active on the engine {_ACTIVE[0].engine}: call placekeeper.deactivate() first"
        )
    made = Activated(engine)
    made.begin()
    _ACTIVE.append(made)
    return made


def deactivate() -> None:
    """As placekeeper.deactivate."""
    while _ACTIVE:
        _ACTIVE.pop().end()


def _say(sentence: str) -> None:
    sys.stderr.write(f"placekeeper: {sentence}\n")

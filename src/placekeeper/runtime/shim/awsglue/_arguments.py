"""Arguments that a function does not have: a TypeError that names the right one."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from placekeeper.runtime.frames.arguments import ignored_argument, unknown_argument
from placekeeper.runtime.run import current

_OF_CONTEXT: Final = (
    *("connection_type", "connection_options", "format", "format_options", "transformation_ctx"),
    *("database", "table_name", "additional_options", "push_down_predicate", "redshift_tmp_dir"),
    *("catalog_id", "sample_options"),
)
"""Arguments of the methods that read and write, which take any other too."""

_Class = TypeVar("_Class", bound=type)
_Function = TypeVar("_Function", bound=Callable[..., Any])


def naming_arguments(owner: _Class) -> _Class:
    """The class, each of whose public methods says which argument was meant."""
    for name in dir(owner):
        method = inspect.getattr_static(owner, name)
        if inspect.isfunction(method) and not name.startswith("_"):
            setattr(owner, name, names_arguments(method, name))
    return owner


def names_arguments(function: _Function, shown: str) -> _Function:
    """The function, which raises TypeError for an argument that it does not have; `shown` is its name."""
    parameters = inspect.signature(function).parameters
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
        return function
    known = [name for name in parameters if name != "self"]

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for name in kwargs:
            if name not in known:
                raise TypeError(unknown_argument(shown, name, known))
        return function(*args, **kwargs)

    return checked  # type: ignore[return-value]  # of the same signature


def note_ignored(method: str, names: Iterable[str]) -> None:
    """Say of arguments that have no effect: a misspelt one is a warning, any other a note."""
    session = current.session()
    for name in sorted(names):
        sentence, is_slip = ignored_argument(method, name, _OF_CONTEXT)
        (session.warn if is_slip else session.note)(sentence)

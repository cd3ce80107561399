"""Arguments that a function does not have: a TypeError that names the right one."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from placekeeper.runtime.frames.arguments import unknown_argument

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

"""stageThreshold and totalThreshold of every transform: they look at the error records of what it makes."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from placekeeper.runtime.frames.errors import Thresholds

_Class = TypeVar("_Class", bound=type)


def checking_thresholds(frame_class: _Class) -> _Class:
    """The class, with each of its methods that takes thresholds made to keep them."""
    for name in dir(frame_class):
        method = inspect.getattr_static(frame_class, name)
        if inspect.isfunction(method) and "totalThreshold" in inspect.signature(method).parameters:
            setattr(frame_class, name, _checked(method))
    return frame_class


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @functools.wraps(method)
    def checked(*args: Any, **kwargs: Any) -> Any:
        made = method(*args, **kwargs)
        given = signature.bind(*args, **kwargs).arguments
        thresholds = Thresholds.of(given.get("stageThreshold", 0), given.get("totalThreshold", 0))
        if thresholds != Thresholds():
            for frame in made.values() if hasattr(made, "values") else [made]:
                frame._keep_thresholds(thresholds, method.__name__)
        return made

    return checked

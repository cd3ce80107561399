"""Functions over the records of a frame, as a run applies them."""

from collections.abc import Callable
from typing import Any

from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.frames.evaluation import Evaluation, evaluate
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.functions import Call, Filtering, Mapping, RecordFunction


def applied(engine: Engine, frame: Frame, function: RecordFunction, **call: Any) -> Evaluation:
    made = Call("stage", "stage", **call)
    return evaluate(frame, function, made, engine.keep_made, lambda: None)


def filtered(engine: Engine, frame: Frame, function: Callable[[Any], Any]) -> Frame:
    return applied(engine, frame, Filtering(function)).frame


def mapped(engine: Engine, frame: Frame, function: Callable[[Any], Any]) -> Frame:
    """What a function makes; an exception in it raises."""
    return applied(engine, frame, Mapping(function), fails=True).frame

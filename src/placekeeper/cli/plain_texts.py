"""Values of the command line that are texts, taken as they are.

Typer has pydantic look at each value, at a text and at one that is not given too. Loading pydantic takes a
tenth of what a command takes. So it is loaded for what it does: numbers and choices.
"""

from typing import Any

from typer import core
from typer._click import Context
from typer._coercion import RuntimeParam, TypeDescriptor, build_runtime_param

_TEXTS: Any = list[str]


class _PlainText(RuntimeParam):
    """What Typer asks for the values of one parameter; no value is asked for where none was given."""

    def _coerce_value(self, value: Any, param: Any, ctx: Context) -> Any:
        if self.annotation is str and isinstance(value, str):
            return value
        if self.annotation == _TEXTS and all(isinstance(one, str) for one in value):
            return [*value]
        return build_runtime_param(param.type_descriptor)._coerce_value(value, param=param, ctx=ctx)


def take_texts_as_they_are() -> None:
    """From now on, Typer takes texts without pydantic."""
    replaced: Any = core
    replaced.build_runtime_param = _of


def _of(described: TypeDescriptor) -> RuntimeParam:
    given = described.parameter_info
    if given.parser is not None or described.is_file or described.is_path:
        return build_runtime_param(described)
    return _PlainText(given, described.annotation)

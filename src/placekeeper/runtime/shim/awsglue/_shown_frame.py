"""The part of DynamicFrame that people see: its repr, and what is said of members that it does not have."""

import inspect
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from placekeeper.runtime.frames.arguments import no_member
from placekeeper.runtime.frames.deferred import Deferred
from placekeeper.runtime.frames.rendering import fields_line


class ShownFrame:
    """A part of DynamicFrame."""

    _deferred: Deferred
    name: str

    def __repr__(self) -> str:
        """Name and fields; nothing is evaluated for it."""
        if not self._deferred.is_made:
            return f"DynamicFrame({self.name!r}, not evaluated yet: printSchema() evaluates it)"
        return f"DynamicFrame({self.name!r}, {fields_line(self._deferred.frame().schema)})"

    if not TYPE_CHECKING:  # else every name would be a member for type checkers

        def __getattr__(self, name: str) -> Any:
            """Raises AttributeError, which says what to write instead."""
            found = inspect.getattr_static(type(self), name, None)
            if isinstance(found, property):  # its own AttributeError has led here
                return found.fget(self)
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            is_of_dataframe = hasattr(DataFrame, name)
            raise AttributeError(
                no_member("a DynamicFrame", name, dir(type(self)), is_of_dataframe=is_of_dataframe)
            )

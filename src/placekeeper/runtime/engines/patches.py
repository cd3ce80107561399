"""Attributes of other modules and variables, replaced for the life of an engine and then put back."""

import os
import sys
from types import ModuleType
from typing import Final

_ABSENT: Final = object()


class Patches:
    """Replaces attributes and modules, sets variables, and undoes it in reverse order."""

    def __init__(self) -> None:
        self._attributes: list[tuple[object, str, object]] = []
        self._modules: list[tuple[str, ModuleType | None]] = []
        self._variables: list[str] = []

    def attribute(self, owner: object, name: str, value: object) -> None:
        """Set an attribute of a module or a class."""
        own = vars(owner).get(name, _ABSENT)
        self._attributes.append((owner, name, own))
        setattr(owner, name, value)

    def module(self, name: str, module: ModuleType) -> None:
        """Put a module into sys.modules."""
        self._modules.append((name, sys.modules.get(name)))
        sys.modules[name] = module

    def variable(self, name: str, value: str) -> None:
        """Set an environment variable that is not set."""
        if name not in os.environ:
            os.environ[name] = value
            self._variables.append(name)

    def undo(self) -> None:
        """Put everything back."""
        while self._variables:
            os.environ.pop(self._variables.pop(), None)
        while self._attributes:
            owner, name, value = self._attributes.pop()
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
        while self._modules:
            name, module = self._modules.pop()
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module

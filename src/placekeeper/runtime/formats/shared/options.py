"""Format options as scripts write them: names in any case, booleans as strings, -1 or "none" for none."""

from collections.abc import Mapping
from typing import Final

from placekeeper.model.errors import UnsupportedFeature

_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no", ""})
_OFF: Final = frozenset({"", "-1", "none"})


class FormatOptions:
    """Options of one read or write by name, whatever the case of the name and the type of the value."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self._values = {name.lower(): value for name, value in options.items() if value is not None}

    def also_called(self, name: str, other: str) -> "FormatOptions":
        """The same options; `other` stands for `name` where that is not given."""
        mine = self._values
        return FormatOptions({name: mine.get(name.lower(), mine.get(other.lower())), **mine})

    def value(self, name: str) -> object:
        """An option as the script gives it; None without one."""
        return self._values.get(name.lower())

    def text(self, name: str, default: str) -> str:
        """A string option."""
        return str(self._values.get(name.lower(), default))

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean option: True, "true", "True", 1. Raises UnsupportedFeature for anything else."""
        value = self.text(name, str(default)).strip().lower()
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise UnsupportedFeature(f"The format option {name} is true or false, not {value!r}.")

    def character(self, name: str, default: str | None) -> str | None:
        """One ASCII character, or None where the option is -1, "none" or empty.

        A tab may be written as backslash and t. Raises UnsupportedFeature for more than one character.
        """
        value = self._values.get(name.lower(), default)
        if value is None or str(value).lower() in _OFF:
            return None
        text = {"\\t": "\t", "\\\\": "\\"}.get(str(value), str(value))
        if len(text.encode()) != 1:
            raise UnsupportedFeature(f"The format option {name} is one ASCII character here, not {value!r}.")
        return text

    def refuse(self, *names: str, because: str) -> None:
        """Raise UnsupportedFeature if one of these options is given and is not false."""
        for name in names:
            if self.text(name, "").strip().lower() not in _FALSE:
                raise UnsupportedFeature(f"The format option {name} is not supported: {because}.")

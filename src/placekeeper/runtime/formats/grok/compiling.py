"""Grok patterns compiled: one regular expression for a line, and the fields that it gives."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import regex

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import meant
from placekeeper.runtime.formats.grok.patterns import PATTERNS
from placekeeper.runtime.types.table import NAMED

_PART: Final = re.compile(
    r"\\."
    r"|%\{(?P<pattern>\w+)(?:[:;](?P<field>[^:;}]+)(?:[:;](?P<type>[^:;}]+))?)?\}"
    r"|\(\?P?<(?P<group>[A-Za-z_@][^>=!]*)>"
)
_CUSTOM: Final = re.compile(r"\s*(?P<name>\w+)\s+(?P<pattern>\S.*?)\s*")
_BRACKETED: Final = re.compile(r"\[([^\]\[]+)\]")
_DEPTH_MAX: Final = 50
_TYPES: Final = ("string", "boolean", "byte", "short", "int", "integer", "long", "float", "double")
_FLAGS: Final = regex.ASCII | regex.VERSION1
"""As in Java: classes are of ASCII, may hold others, and a flag counts to the end of its group."""


@dataclass(frozen=True)
class Grok:
    """`expression` is a regular expression whose groups are named by `groups`: the fields, each under its
    name once, and the groups that may hold it. `types` are those that captures say, string without."""

    expression: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    types: tuple[pa.DataType, ...]

    @classmethod
    def of(cls, text: str, custom: Mapping[str, str]) -> "Grok":
        """The pattern of a line. Raises UnsupportedFeature for one that is broken, or an unknown name."""
        expansion = _Expansion({**PATTERNS, **custom})
        expression = expansion.expanded(text, 0)
        try:
            _compiled(expression)
        except regex.error as error:
            raise UnsupportedFeature(f"The pattern {text!r} (logFormat) is broken: {error}.") from None
        if not expansion.fields:
            raise UnsupportedFeature(
                f"The pattern {text!r} (logFormat) names no field: name what to keep, as in %{{IP:client}}."
            )
        groups = tuple((name, tuple(found)) for name, found in expansion.fields.items())
        return cls(expression, groups, tuple(NAMED[expansion.types[name]] for name, _ in groups))

    @property
    def schema(self) -> pa.Schema:
        """The fields, in the types that the pattern says."""
        return pa.schema([(name, kind) for (name, _), kind in zip(self.groups, self.types, strict=True)])

    def matcher(self, seconds: float) -> "Matcher":
        """What takes lines apart, each in so many seconds."""
        return Matcher(_compiled(self.expression), [groups for _, groups in self.groups], seconds)


class Matcher:
    """Takes lines apart."""

    def __init__(self, pattern: Any, fields: list[tuple[str, ...]], seconds: float) -> None:
        self.seconds = seconds
        self._pattern = pattern
        self._fields = [tuple(pattern.groupindex[group] for group in groups) for groups in fields]

    def texts(self, line: str) -> list[str | None] | None:
        """The texts of the fields, None for one that is not there; None if the line does not match.

        Raises TimeoutError for a line that the pattern matches in too many ways.
        """
        found = self._pattern.search(line, timeout=self.seconds)
        if found is None:
            return None
        groups = found.groups()
        return [
            next((text for place in places if (text := groups[place - 1]) is not None), None)
            for places in self._fields
        ]


def _compiled(expression: str) -> Any:
    return regex.compile(expression, _FLAGS)


class _Expansion:
    """Patterns by name, and the fields that were met while they were put in."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._patterns = patterns
        self.fields: dict[str, list[str]] = {}
        self.types: dict[str, str] = {}

    def expanded(self, text: str, depth: int) -> str:
        return "".join(self._pieces(text, depth))

    def _pieces(self, text: str, depth: int) -> Iterator[str]:
        at = 0
        for part in _PART.finditer(text):
            yield text[at : part.start()]
            at = part.end()
            if part["pattern"]:
                yield self._named(part["pattern"], part["field"], part["type"], depth)
            elif part["group"]:
                yield f"(?P<{self._group(part['group'], 'string')}>"
            else:
                yield part[0]
        yield text[at:]

    def _named(self, name: str, field: str | None, type_name: str | None, depth: int) -> str:
        pattern = self._patterns.get(name)
        if pattern is None:
            raise UnsupportedFeature(
                f"There is no grok pattern {name}{meant(name, self._patterns) or '.'} Define it in the "
                "format option customPatterns, or name one that there is."
            )
        if depth > _DEPTH_MAX:
            raise UnsupportedFeature(f"The grok pattern {name} (customPatterns) is part of itself.")
        opening = "(?:" if field is None else f"(?P<{self._group(field, type_name or 'string')}>"
        return f"{opening}{self.expanded(pattern, depth + 1)})"

    def _group(self, field: str, type_name: str) -> str:
        """A new group for a field: a field may be in several places."""
        kind = type_name.strip().lower()
        if kind not in _TYPES:
            raise UnsupportedFeature(
                f"The type {type_name!r} of the field {field} (logFormat) is not one of {', '.join(_TYPES)}."
            )
        name = ".".join(_BRACKETED.findall(field)) or field
        group = f"g{sum(map(len, self.fields.values()))}"
        self.fields.setdefault(name, []).append(group)
        if self.types.setdefault(name, kind) != kind:
            raise UnsupportedFeature(
                f"The field {name} (logFormat) has two types: {self.types[name]}, {kind}."
            )
        return group


def custom_patterns(text: str) -> dict[str, str]:
    """The patterns of customPatterns: a line for each, its name and what it matches.

    Raises UnsupportedFeature for a line that is none.
    """
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = _CUSTOM.fullmatch(line)
        if parts is None:
            raise UnsupportedFeature(
                f"A line of customPatterns is a name and what it matches, as in 'ID [0-9]+', not {line!r}."
            )
        found[parts["name"]] = parts["pattern"]
    return found

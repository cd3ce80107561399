"""Patterns that recognise a difference between the engines, in a script's text and while the script runs."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct


class Setting(Struct, frozen=True):
    """An option of a reader or writer, or a key of a configuration.

    `name` may be the last part of a key. `values` are those that make the difference, in lower case; none
    means every value but those of `harmless`. `if_unknown` says whether a value that is not written in the
    script counts.
    """

    name: str
    values: frozenset[str] = frozenset()
    if_unknown: bool = False
    harmless: frozenset[str] = frozenset()

    def matches(self, key: str, value: str | None) -> bool:
        """True if this key with this value, both in lower case, makes the difference."""
        name = self.name.lower()
        if key != name and not key.endswith(f".{name}"):
            return False
        if value is None:
            return self.if_unknown or not (self.values or self.harmless)
        return value in self.values if self.values else value not in self.harmless


class TextArgument(Struct, frozen=True):
    """A text that makes the difference when it is given to one of these functions."""

    functions: frozenset[str]
    pattern: re.Pattern[str]

    def matches(self, function: str, texts: Iterable[str]) -> bool:
        """True if the function is one of them and one of the texts that it is given matches."""
        return function in self.functions and any(map(self.pattern.search, texts))


class ReaderUse(Struct, frozen=True):
    """A use of `spark.read` or `df.write` that makes the difference; what is left empty matches every use."""

    formats: frozenset[str] = frozenset()
    without_schema: bool = False
    setting: Setting | None = None

    def matches(self, format_name: str, has_schema: bool, settings: Mapping[str, str | None]) -> bool:
        """True if a use matches by its format, its schema (given or not) and its settings in lower case."""
        return (
            (not self.formats or format_name in self.formats)
            and not (self.without_schema and has_schema)
            and (self.setting is None or any(self.setting.matches(*pair) for pair in settings.items()))
        )


class Look(Struct, frozen=True):
    """Patterns in a script's text; any of them recognises the use."""

    attributes: frozenset[str] = frozenset()
    """Names after a dot."""
    calls: frozenset[str] = frozenset()
    """Functions that are called by their bare name."""
    functions: frozenset[str] = frozenset()
    """Functions of pyspark.sql.functions, however the script imports them."""
    steps: Mapping[str, frozenset[str]] = MappingProxyType({})
    """Names after a dot, and those that may follow them. Another one that follows counts."""
    context_calls: frozenset[str] = frozenset()
    """Methods of a SparkContext."""
    modules: tuple[str, ...] = ()
    """Modules that something is imported from, or the begin of their names."""
    importable: tuple[str, ...] = ()
    """The same of modules that can be imported on Sail: what is imported counts where it is used."""
    classes: frozenset[str] = frozenset()
    """Names that are imported from pyspark.sql."""
    text: re.Pattern[str] | None = None
    """A pattern in any string."""
    arguments: tuple[TextArgument, ...] = ()
    settings: tuple[Setting, ...] = ()
    reads: tuple[ReaderUse, ...] = ()
    writes: tuple[ReaderUse, ...] = ()


class Guard(Struct, frozen=True):
    """Calls while the script runs; any of them catches the use."""

    properties: frozenset[str] = frozenset()
    """Of DataFrame."""
    session_properties: frozenset[str] = frozenset()
    """Of SparkSession."""
    methods: frozenset[str] = frozenset()
    """Of DataFrame."""
    functions: frozenset[str] = frozenset()
    """Of pyspark.sql.functions."""
    context: bool = False
    """What the stand-in for SparkContext does not have."""
    arguments: tuple[TextArgument, ...] = ()
    """Of functions of pyspark.sql.functions and methods of Column."""
    sql: re.Pattern[str] | None = None
    """A pattern in a statement of spark.sql, and in the texts of expr and selectExpr."""
    configuration: tuple[Setting, ...] = ()
    reads: tuple[ReaderUse, ...] = ()
    writes: tuple[ReaderUse, ...] = ()
    sql_with: tuple[re.Pattern[str], Setting] | None = None
    """A pattern in a statement of spark.sql, while the configuration has a setting."""
    missing_paths: bool = False
    """`spark.read` of a local path that does not exist: the guard raises what Spark raises."""


_NO_LOOK: Final = Look()
_NO_GUARD: Final = Guard()


class Difference(Struct, frozen=True):
    """One row: `what` a script does, the `reason` why it does not run on Sail, and what to do `instead`.

    `name` is the row's anchor in the documentation. `what` may have a place, {}, for the format or the option
    that a script names. `instead` is empty where only Spark helps. `example` is a line of a script with
    `spark`, `sc`, `df` and `F`, as scripts name them.
    """

    name: str
    what: str
    reason: str
    example: str
    instead: str = ""
    look: Look = _NO_LOOK
    guard: Guard = _NO_GUARD

    @property
    def is_looked_for(self) -> bool:
        """True if the scan of a script recognises it."""
        return self.look != _NO_LOOK

    @property
    def is_guarded(self) -> bool:
        """True if a guard catches it."""
        return self.guard != _NO_GUARD

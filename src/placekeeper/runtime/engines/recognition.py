"""Patterns that recognise a difference between the engines, in a script's text and while the script runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """An option of a reader or writer, or a key of a configuration.

    `name` may be the last part of a key. `values` are those that make the difference, in lower case; none
    means every value. `if_unknown` says whether a value that is not written in the script counts.
    """

    name: str
    values: frozenset[str] = frozenset()
    if_unknown: bool = False

    def matches(self, key: str, value: str | None) -> bool:
        """True if this key with this value, both in lower case, makes the difference."""
        name = self.name.lower()
        if key != name and not key.endswith(f".{name}"):
            return False
        return self.if_unknown if value is None and self.values else not self.values or value in self.values


@dataclass(frozen=True)
class ReaderUse:
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


@dataclass(frozen=True)
class Look:
    """Patterns in a script's text; any of them recognises the use."""

    attributes: frozenset[str] = frozenset()
    """Names after a dot."""
    calls: frozenset[str] = frozenset()
    """Functions that are called by their bare name."""
    context_calls: frozenset[str] = frozenset()
    """Methods of a SparkContext."""
    modules: tuple[str, ...] = ()
    """Modules that something is imported from, or the begin of their names."""
    importable: tuple[str, ...] = ()
    """The same of modules that can be imported on Sail: what is imported counts where it is used."""
    classes: frozenset[str] = frozenset()
    """Names that are imported from pyspark.sql."""
    stars: bool = False
    """`df["*"]`."""
    text: re.Pattern[str] | None = None
    """A pattern in any string."""
    settings: tuple[Setting, ...] = ()
    reads: tuple[ReaderUse, ...] = ()
    writes: tuple[ReaderUse, ...] = ()
    number_of_files: bool = False
    """`df.write` of a frame whose number of partitions was set."""


@dataclass(frozen=True)
class Guard:
    """Calls while the script runs; any of them catches the use."""

    properties: frozenset[str] = frozenset()
    """Of DataFrame."""
    methods: frozenset[str] = frozenset()
    """Of DataFrame."""
    functions: frozenset[str] = frozenset()
    """Of pyspark.sql.functions."""
    context: bool = False
    """What the stand-in for SparkContext does not have."""
    sql: re.Pattern[str] | None = None
    """A pattern in a statement of spark.sql."""
    configuration: tuple[Setting, ...] = ()
    reads: tuple[ReaderUse, ...] = ()
    writes: tuple[ReaderUse, ...] = ()
    number_of_files: bool = False
    """`df.write` of a frame whose number of partitions was set."""
    missing_paths: bool = False
    """`spark.read` of a local path that does not exist: the guard raises what Spark raises."""

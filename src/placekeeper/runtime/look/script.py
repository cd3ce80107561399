"""A script as the looks get it."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from placekeeper.runtime.engines.modules import is_found
from placekeeper.runtime.look.events import Doings
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.walk import walked


@dataclass(frozen=True)
class Script:
    """The source of a script and its tree; `glue_version` is that of its job, None where nobody has said.

    `spark_command` is what installs Spark, None where it is installed or nobody asks for it. `has_module`
    says whether a run finds a module that is no part of awsglue, `knows_modules` whether it knows all that
    the job brings.
    """

    source: str
    tree: ast.Module
    glue_version: str | None = None
    spark_command: str | None = None
    has_module: Callable[[str], bool] = is_found
    knows_modules: bool = True

    @cached_property
    def doings(self) -> Doings:
        """What the script does."""
        return walked(self.tree)

    def uses(self, *packages: str) -> bool:
        """Whether it imports one of these packages."""
        return any(brought.module.partition(".")[0] in packages for brought in self.doings.imports)


def finding(place: ast.expr | ast.stmt, rule: str, sentence: str, level: Level) -> Finding:
    """A finding at a place of the tree. Of a chain over several lines, the line of the last name counts."""
    if isinstance(place, ast.Attribute):
        line = place.end_lineno or place.lineno
        column = (place.end_col_offset or 0) - len(place.attr) + 1
        return Finding(line, column, rule, sentence, level)
    return Finding(place.lineno, place.col_offset + 1, rule, sentence, level)


def level_of(*, is_certain: bool) -> Level:
    """The level of what does not work: an error only where every run comes to it."""
    return Level.ERROR if is_certain else Level.WARNING

"""A ruleset as a value: rules, their conditions and what these compare with."""

from datetime import timedelta
from decimal import Decimal
from enum import Enum

from msgspec import Struct


class Keyword(Enum):
    """A word that stands for a kind of value."""

    NULL = "NULL"
    EMPTY = "EMPTY"
    WHITESPACES_ONLY = "WHITESPACES_ONLY"


class Now(Struct, frozen=True):
    """The time of the evaluation, moved by `offset`."""

    offset: timedelta


Operand = Decimal | str | Keyword | Now


class Condition(Struct, frozen=True):
    """An operator and its operands: one for comparisons, two for `between`, any number for `in`.

    Operators are `=`, `!=`, `<`, `<=`, `>`, `>=`, `between`, `in`, `matches` and the last three after `not `.
    """

    operator: str
    operands: tuple[Operand, ...]


class Check(Struct, frozen=True):
    """One rule: its type, its arguments (columns, or a statement of SQL), and what must hold.

    `where` is an SQL condition that chooses rows, `threshold` the condition on the share of rows that pass.
    `text` is the rule as written, its white space reduced.
    """

    name: str
    arguments: tuple[str, ...]
    condition: Condition | None
    where: str | None
    threshold: Condition | None
    text: str


class Combination(Struct, frozen=True):
    """Rules connected by `and` or by `or`."""

    operator: str
    parts: tuple["Check | Combination", ...]
    text: str


Rule = Check | Combination


class Ruleset(Struct, frozen=True):
    """Rules, the names of analyzers, and whether labels were given; the last two have no effect here."""

    rules: tuple[Rule, ...]
    analyzers: tuple[str, ...] = ()
    has_labels: bool = False


def checks_of(rule: Rule) -> tuple[Check, ...]:
    """The single rules in a rule."""
    if isinstance(rule, Check):
        return (rule,)
    return tuple(check for part in rule.parts for check in checks_of(part))

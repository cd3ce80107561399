"""The parser of DQDL: a text becomes a ruleset."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Final, TypeVar

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.runtime.quality.column_types import check_type
from placekeeper.runtime.quality.rule_types import RULE_TYPES, type_name
from placekeeper.runtime.quality.ruleset import (
    Check,
    Combination,
    Condition,
    Keyword,
    Now,
    Operand,
    Rule,
    Ruleset,
)
from placekeeper.runtime.quality.words import Words

Item = TypeVar("Item")

Fault = tuple[int, str]
"""A rule that is not there: its line in the text, from 1, and why it cannot be."""

_COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_RESERVED: Final = frozenset({"and", "or", "not", "between", "in", "matches", "where", "with", "labels"})
_UNITS: Final = ("seconds", "minutes", "hours", "days", "weeks")
_DYNAMIC: Final = frozenset({"last", "avg", "median", "max", "min", "sum", "std", "abs", "index"})
_NESTING: Final = 50


def parse_ruleset(text: str) -> Ruleset:
    """The ruleset of a text in DQDL.

    Raises UnsupportedFeature, which names all rules that are not there, and UsageError for a text that is not
    DQDL.
    """
    ruleset, faults = _parsed(text)
    if faults:
        raise UnsupportedFeature(". ".join(dict.fromkeys(why for _, why in faults)))
    return ruleset


def unsupported_rules(text: str) -> tuple[Fault, ...]:
    """The rules of a text that are not there. Raises UsageError for one without, which is not DQDL."""
    return _parsed(text)[1]


def _parsed(text: str) -> tuple[Ruleset, tuple[Fault, ...]]:
    """The ruleset, and the rules that are not there; what is no DQDL counts only without such."""
    parser = _Parser(text)
    try:
        ruleset = parser.ruleset()
    except UsageError:
        if not parser.faults:
            raise
        ruleset = Ruleset(())
    return ruleset, tuple(parser.faults)


class _Parser(Words):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._constants: dict[str, str] = {}
        self._has_labels = self._has_durations = False
        self.faults: list[Fault] = []

    def ruleset(self) -> Ruleset:
        rules: list[Rule] = []
        analyzers: list[str] = []
        is_given = False
        while self._next.kind != "end":
            name = self._take()
            if name.kind != "word":
                self._place -= 1
                self._fail("Rules = [ … ]")
            self._expect("=")
            if name.text == "Rules":
                is_given = True
                rules += self._list(self._rule)
            elif name.text == "Analyzers":
                is_given = True
                analyzers += self._list(self._analyzer)
            elif name.text == "DefaultLabels":
                self._labels()
            else:
                self._constants[name.text] = self._string("a string")
        if not is_given:
            self._fail("Rules = [ … ]")
        return Ruleset(tuple(rules), tuple(analyzers), self._has_labels)

    def _list(self, item: Callable[[], Item]) -> list[Item]:
        """The items between square brackets; a comma after the last one is allowed."""
        self._expect("[")
        items: list[Item] = []
        while not self._accept("]"):
            items.append(item())
            if not self._accept(","):
                self._expect("]")
                break
        return items

    def _analyzer(self) -> str:
        name = self._take()
        while self._next.lower not in (",", "]") and self._next.kind != "end":
            self._take()
        return name.text

    def _rule(self) -> Rule:
        rule = self._combined()
        if self._next.lower == "labels":
            self._take()
            self._expect("=")
            self._labels()
        return rule

    def _labels(self) -> None:
        self._has_labels = True
        self._list(self._label)

    def _label(self) -> None:
        self._string("a label")
        self._expect("=")
        self._string("a label's value")

    def _combined(self) -> Rule:
        begin = self._next.begin
        self._depth += 1
        if self._depth > _NESTING:
            self._fail(f"at most {_NESTING} brackets in each other")
        parts, operator = [self._single()], self._accept("and", "or")
        used = operator
        while operator:
            parts.append(self._single())
            operator = self._accept("and", "or")
            if operator and operator != used:
                self._place -= 1
                self._fail("brackets around rules that 'and' and 'or' connect together")
        self._depth -= 1
        if used is None:
            return parts[0]
        return Combination(used, tuple(parts), self._written(begin))

    def _single(self) -> Rule:
        if not self._accept("("):
            return self._check()
        rule = self._combined()
        self._expect(")")
        return rule

    def _check(self) -> Check:
        """One rule. One that is not there is a fault, and what follows it is parsed all the same."""
        begin = self._place
        try:
            return self._known_check()
        except UnsupportedFeature as fault:
            self._place = begin
            self.faults.append((self._line(), str(fault)))
        self._skip_check()
        return Check("", (), None, None, None, "")

    def _skip_check(self) -> None:
        """Go to what ends a rule: outside of brackets a comma, a closing bracket or a connection."""
        depth, is_between = 0, False
        while self._next.kind != "end":
            word = self._next.lower
            if (not depth and word in (",", "]", ")", "or", "labels")) or (word == "and" and not is_between):
                return
            depth += (word in ("(", "[")) - (word in (")", "]"))
            is_between = word == "between" or (is_between and word != "and")
            self._take()

    def _known_check(self) -> Check:
        token = self._next
        if token.kind != "word":
            self._fail("a rule")
        name = type_name(token.text)
        self._take()
        kind = RULE_TYPES[name]
        arguments: list[str] = []
        while (self._next.kind == "string" or self._is_plain_word()) and len(arguments) < kind.most:
            arguments.append(self._argument())
        if len(arguments) < kind.fewest:
            self._fail(f"the {kind.argument} of {name}")
        has_condition = kind.has_condition
        if has_condition is None:
            has_condition = self._next.lower in (*_COMPARISONS, "not", "between", "in", "matches")
        self._has_durations = kind.has_durations
        condition = self._condition() if has_condition else None
        self._has_durations = False
        if name == "ColumnDataType":
            check_type(condition)
        where = self._string("an SQL condition") if self._accept("where") else None
        threshold = None
        if self._next.lower == "with" and kind.has_threshold:
            self._take()
            self._expect("threshold")
            threshold = self._condition()
            if where is None and self._accept("where"):
                where = self._string("an SQL condition")
        return Check(name, tuple(arguments), condition, where, threshold, self._written(token.begin))

    def _is_plain_word(self) -> bool:
        return self._next.kind == "word" and self._next.lower not in _RESERVED

    def _argument(self) -> str:
        token = self._take()
        if token.kind == "string":
            return token.value
        if not token.text.startswith("$"):
            return token.text
        if token.text[1:] not in self._constants:
            self._place -= 1
            self._fail("a constant that is defined before")
        return self._constants[token.text[1:]]

    def _string(self, wanted: str) -> str:
        if self._next.kind != "string" and not self._next.text.startswith("$"):
            self._fail(wanted)
        return self._argument()

    def _condition(self) -> Condition:
        if self._next.lower in _COMPARISONS:
            return Condition(self._take().lower, (self._operand(),))
        negation = "not " if self._accept("not") else ""
        operator = self._expect("between", "in", "matches")
        if operator == "between":
            low = self._operand()
            self._expect("and")
            return Condition(f"{negation}between", (low, self._operand()))
        if operator == "in":
            return Condition(f"{negation}in", tuple(self._list(self._operand)))
        return Condition(f"{negation}matches", (self._string("a regular expression"),))

    def _operand(self) -> Operand:
        if self._accept("("):
            operand = self._operand()
            self._expect(")")
            return operand
        sign = -1 if self._accept("-") else 1
        token = self._next
        if token.kind == "number":
            number = sign * Decimal(self._take().text)
            return number * self._seconds() if self._has_durations else number
        if token.kind == "string":
            return self._take().value
        if token.text.upper() in Keyword.__members__:
            return Keyword[self._take().text.upper()]
        if self._accept("now"):
            return self._now()
        if token.lower in _DYNAMIC:
            raise UnsupportedFeature(
                f"dynamic data quality rules ({token.text}(…)) are not there yet in Placekeeper: no history "
                "of metrics is kept. Write the bound as a number"
            )
        return self._fail("a number, a string or now()")

    def _seconds(self) -> int:
        """The seconds of the unit that comes next."""
        unit = self._expect(*_UNITS, *(unit.removesuffix("s") for unit in _UNITS))
        return int(timedelta(**{unit if unit.endswith("s") else f"{unit}s": 1}).total_seconds())

    def _now(self) -> Now:
        self._expect("(")
        self._expect(")")
        sign = self._accept("+", "-")
        if sign is None:
            return Now(timedelta())
        number = self._take()
        unit = self._take().lower
        unit = unit if unit.endswith("s") else f"{unit}s"
        if number.kind != "number" or unit not in _UNITS:
            self._place -= 1
            self._fail(f"a number and one of {', '.join(_UNITS)}")
        offset = timedelta(**{unit: float(number.text)})
        return Now(offset if sign == "+" else -offset)

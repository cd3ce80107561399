"""Validation of an input against the model: all violations in one ValidationException.

Captured from AWS: the sentence, the count, lowerCamel paths, `columns.5.member.comment` for a structure in a
list, and `Map value must satisfy constraint: [...]` with `Value at` for sensitive values
(terraform-provider-aws#41023). Inferred from that family: scalars in a list, and keys and values of a map,
are reported at the collection, with all the constraints of one element in brackets; a structure in a map is
at `name.<key>.member`.

Source: docs/reference/errors.md#validation.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from placekeeper.model.errors import ValidationException
from placekeeper.server.protocol.model import ListShape, MapShape, Shape, StructureShape
from placekeeper.server.protocol.patterns import compile_pattern

MAX_REPORTED = 50
"""How many violations a message lists; all are counted."""

MAX_VALUE_CHARS = 1024
"""How much of an offending value a message repeats."""

PROPERTIES_OF_CONNECTIONS = frozenset({"ConnectionProperties", "PropertyMap"})
"""Shapes whose values may be passwords, though the model does not say so."""

Check = Callable[[Any, str, "Violations"], None]
"""Adds what is wrong with a value at a path."""

Rule = tuple[Callable[[Any], bool], str]
"""Whether a value satisfies a constraint, and the constraint in AWS's words."""

NOT_NULL = "Member must not be null"


class Violations:
    """What is wrong with one input."""

    def __init__(self) -> None:
        self.count = 0
        self._texts: list[str] = []

    def add(self, value: Any, path: str, constraint: str, *, sensitive: bool = False) -> None:
        """Add one: this value, at this path, fails this constraint."""
        self.count += 1
        if self.count > MAX_REPORTED:
            return
        shown = "" if sensitive else f" {_quoted(value)}"
        self._texts.append(f"Value{shown} at '{path}' failed to satisfy constraint: {constraint}")

    def message(self) -> str:
        """AWS's sentence for all of them."""
        more = [f"and {self.count - MAX_REPORTED} more"] if self.count > MAX_REPORTED else []
        noun = "error" if self.count == 1 else "errors"
        return f"{self.count} validation {noun} detected: " + "; ".join([*self._texts, *more])


def validate(params: dict[str, Any], check: Check | None) -> None:
    """Raise ValidationException when the parameters break a constraint of the model."""
    if check is None:
        return
    violations = Violations()
    check(params, "", violations)
    if violations.count:
        raise ValidationException(violations.message())


class Checks:
    """The checks of shapes, each made once; None where a shape has nothing to check."""

    def __init__(self) -> None:
        self._made: dict[str, Check | None] = {}

    def of(self, shape: Shape) -> Check | None:
        """The check of a shape. A shape that contains itself is found again by its name."""
        name = shape.name
        if name in self._made:
            return self._made[name]

        def again(value: Any, path: str, violations: Violations) -> None:
            check = self._made[name]
            if check is not None:
                check(value, path, violations)

        self._made[name] = again
        self._made[name] = made = self._make(shape)
        return made

    def _make(self, shape: Shape) -> Check | None:
        if shape.metadata.get("document"):
            return None
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        rules = _rules(shape)
        return _scalar(rules, bool(shape.metadata.get("sensitive"))) if rules else None

    def _structure(self, shape: StructureShape) -> Check | None:
        required = tuple((name, lower_camel(name)) for name in shape.required_members)
        checks = {
            name: (lower_camel(name), check)
            for name, member in shape.members.items()
            if (check := self.of(member)) is not None
        }
        if not required and not checks:
            return None

        def check_structure(value: Any, path: str, violations: Violations) -> None:
            prefix = f"{path}." if path else ""
            for name, spelled in required:
                if name not in value:
                    violations.add(None, prefix + spelled, NOT_NULL)
            for name, item in value.items():
                if name in checks:
                    spelled, check = checks[name]
                    check(item, prefix + spelled, violations)

        return check_structure

    def _list(self, shape: ListShape) -> Check:
        size_rules = _rules(shape)
        element = shape.member
        element_rules = _rules(element) if _is_scalar(element) else []
        element_check = None if _is_scalar(element) else self.of(element)
        summary = _summary("Member must satisfy constraint", element_rules)
        sensitive = _holds_secrets(shape)

        def check_list(value: Any, path: str, violations: Violations) -> None:
            _apply(size_rules, value, path, violations, sensitive)
            for position, item in enumerate(value, 1):
                if item is None:
                    violations.add(None, f"{path}.{position}.member", NOT_NULL)
                elif element_check is not None:
                    element_check(item, f"{path}.{position}.member", violations)
            if element_rules and not all(_satisfies(item, element_rules) for item in value):
                violations.add(value, path, summary, sensitive=sensitive)

        return check_list

    def _map(self, shape: MapShape) -> Check:
        size_rules = _rules(shape)
        key_rules = _rules(shape.key)
        value_rules = _rules(shape.value) if _is_scalar(shape.value) else []
        value_check = None if _is_scalar(shape.value) else self.of(shape.value)
        keys_summary = _summary("Map keys must satisfy constraint", key_rules)
        values_summary = _summary("Map value must satisfy constraint", value_rules)
        sensitive = _holds_secrets(shape)
        hidden_keys = _holds_secrets(shape.key)

        def check_map(value: Any, path: str, violations: Violations) -> None:
            _apply(size_rules, value, path, violations, sensitive)
            for key, item in value.items():
                place = f"{path}.{'*' if hidden_keys else key[:MAX_VALUE_CHARS]}.member"
                if item is None:
                    violations.add(None, place, NOT_NULL)
                elif value_check is not None:
                    value_check(item, place, violations)
            if key_rules and not all(_satisfies(key, key_rules) for key in value):
                violations.add(value, path, keys_summary, sensitive=sensitive)
            if value_rules and not all(_satisfies(item, value_rules) for item in value.values()):
                violations.add(value, path, values_summary, sensitive=sensitive)

        return check_map


def lower_camel(name: str) -> str:
    """A member's name as AWS's paths spell it: `JobName` → `jobName`."""
    return name[:1].lower() + name[1:]


def _is_scalar(shape: Shape) -> bool:
    return shape.type_name not in ("structure", "list", "map")


def _holds_secrets(shape: Shape, within: frozenset[str] = frozenset()) -> bool:
    """Whether a value of a shape may hold secrets; then no part of it is repeated."""
    if shape.name in PROPERTIES_OF_CONNECTIONS:
        return True
    if shape.metadata.get("sensitive") or shape.name in within:
        return bool(shape.metadata.get("sensitive"))
    within |= {shape.name}
    parts: list[Shape] = []
    if isinstance(shape, StructureShape):
        parts = list(shape.members.values())
    elif isinstance(shape, ListShape):
        parts = [shape.member]
    elif isinstance(shape, MapShape):
        parts = [shape.key, shape.value]
    return any(_holds_secrets(part, within) for part in parts)


def _scalar(rules: Sequence[Rule], sensitive: bool) -> Check:
    def check_scalar(value: Any, path: str, violations: Violations) -> None:
        _apply(rules, value, path, violations, sensitive)

    return check_scalar


def _apply(rules: Sequence[Rule], value: Any, path: str, violations: Violations, sensitive: bool) -> None:
    for satisfies, text in rules:
        if not satisfies(value):
            violations.add(value, path, text, sensitive=sensitive)


def _satisfies(value: Any, rules: Sequence[Rule]) -> bool:
    return value is None or all(satisfies(value) for satisfies, _ in rules)


def _summary(lead: str, rules: Sequence[Rule]) -> str:
    return f"{lead}: [{', '.join(text for _, text in rules)}]"


def _rules(shape: Shape) -> list[Rule]:
    """The constraints of one shape in AWS's order: upper bound, lower bound, pattern, enum."""
    facts = shape.metadata
    numeric = shape.type_name in ("integer", "long", "float", "double")
    rules: list[Rule] = []
    if "max" in facts:
        rules.append(_at_most(facts["max"], numeric))
    if "min" in facts:
        rules.append(_at_least(facts["min"], numeric))
    if "pattern" in facts:
        rules.append(_matches(compile_pattern(facts["pattern"]), facts["pattern"]))
    if "enum" in facts:
        allowed = frozenset(facts["enum"])
        rules.append(
            (allowed.__contains__, f"Member must satisfy enum value set: [{', '.join(facts['enum'])}]")
        )
    return rules


def _at_most(bound: float, numeric: bool) -> Rule:
    if numeric:
        return (lambda value: value <= bound, f"Member must have value less than or equal to {bound}")
    return (lambda value: len(value) <= bound, f"Member must have length less than or equal to {bound}")


def _at_least(bound: float, numeric: bool) -> Rule:
    if numeric:
        return (lambda value: value >= bound, f"Member must have value greater than or equal to {bound}")
    return (lambda value: len(value) >= bound, f"Member must have length greater than or equal to {bound}")


def _matches(pattern: re.Pattern[str], java: str) -> Rule:
    return (
        lambda value: pattern.fullmatch(value) is not None,
        f"Member must satisfy regular expression pattern: {java}",
    )


def _quoted(value: Any) -> str:
    if value is None:
        return "null"
    text = _java(value)
    return f"'{text if len(text) <= MAX_VALUE_CHARS else text[:MAX_VALUE_CHARS] + '…'}'"


def _java(value: Any) -> str:
    """A value as Java prints it: `[a, b]`, `{k=v}`, `true`, `null`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_java, value)) + "]"
    if value is None or isinstance(value, bool):
        return str(value).replace("None", "null").lower()
    return str(value)

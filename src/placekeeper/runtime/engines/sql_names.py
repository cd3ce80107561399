"""The names that Spark gives to columns without an alias, out of their SQL text."""

import itertools
from typing import Final

from placekeeper.runtime.engines.sql_tokens import (
    Token,
    closing,
    parts_outside,
    places_outside,
    text_of,
    without_blanks,
)

_STRENGTH: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2}
_TYPES: Final = {
    "byte": "tinyint",
    "short": "smallint",
    "integer": "int",
    "long": "bigint",
    "real": "float",
    **dict.fromkeys(("decimal", "dec", "numeric"), "decimal(10,0)"),
}


def cast_name(value: str, data_type: str) -> str:
    """The name of a cast, of the name of its value: `CAST((x * 2) AS INT)`."""
    small = "".join(data_type.lower().split())
    return f"CAST({value} AS {_TYPES.get(small, small).upper()})"


def expression_name(tokens: list[Token]) -> str:
    """The name of a value: Spark's for arithmetic, calls and casts, the text as it is for all else."""
    value = without_blanks(tokens)
    return _name(value) or "".join(" " if token.kind == "blank" else token.text for token in tokens).strip()


def is_arithmetic(tokens: list[Token]) -> bool:
    """Whether a value is made of columns and numbers alone, with signs between them."""
    value = without_blanks(tokens)
    calls = any(a.kind == "name" and b.text in ("(", "[") for a, b in itertools.pairwise(value))
    marks = {*_STRENGTH, "(", ")", "."}
    parts = all(token.kind == "name" or token.text[0].isdigit() or token.text in marks for token in value)
    return parts and not calls and _name(value) is not None


def _name(value: list[Token]) -> str | None:
    """The name of a value without blanks; None where its form is not known."""
    for strength in (1, 2):
        place = _last_sign(value, strength)
        if place > 0:
            left, right = _name(value[:place]), _name(value[place + 1 :])
            return f"({left} {value[place].text} {right})" if left and right else None
    return _operand_name(value)


def _last_sign(value: list[Token], strength: int) -> int:
    """The place of the last sign of a strength between two operands, outside brackets; -1 without one."""
    depth, found = 0, -1
    for place, token in enumerate(value):
        depth += (token.text == "(") - (token.text == ")")
        is_sign = not depth and place > 0 and value[place - 1].text not in _STRENGTH
        if is_sign and _STRENGTH.get(token.text) == strength:
            found = place
    return found


def _operand_name(value: list[Token]) -> str | None:
    if len(value) == 1 and value[0].kind == "quoted":
        return value[0].text[1:-1]
    if all(
        token.kind == "name" if place % 2 == 0 else token.text == "." for place, token in enumerate(value)
    ):
        return ".".join(token.text.strip("`") for token in value[::2]) if len(value) % 2 else None
    if value[0].text[0].isdigit():
        return text_of(value) if all(t.text == "." or t.text[0].isdigit() for t in value) else None
    if value[0].text == "(" and closing(value, 0) == len(value) - 1:
        return _name(value[1:-1]) if len(value) > 2 else None
    if value[0].kind == "name" and closing(value, 1) == len(value) - 1:
        return _call_name(value[0], value[2:-1])
    return None


def _call_name(function: Token, inside: list[Token]) -> str | None:
    if function.word == "cast":
        places = places_outside(inside, "as")
        name = _name(inside[: places[-1]]) if places and places[-1] else None
        return cast_name(name, text_of(inside[places[-1] + 1 :])) if name else None
    names = [_name(part) for part in parts_outside(inside, ",") if part]
    return f"{function.text}({', '.join(map(str, names))})" if None not in names else None

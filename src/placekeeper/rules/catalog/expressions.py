"""The words of predicates over partition keys: parsed by sqlglot as Hive's SQL, with `''` for a quote.

Shared by what tests a partition (predicates.py) and what narrows the search for partitions (narrowing.py).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line, and few predicates are parsed
    from sqlglot import exp
    from sqlglot.dialects.hive import Hive
    from sqlglot.errors import ParseError

Keys = Mapping[str, str]
"""The type of each partition key, by its name in lower case."""

MIRRORED: Final[Mapping[str, str]] = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
"""The comparison that says the same with its sides exchanged; the others stay."""

_TYPES_OF_TEXTS: Final = ("DATE", "TIMESTAMP", "TEXT", "STRING")
_BITS: Final = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
_DIGITS: Final = re.compile(r"[0-9]{1,19}")


_AROUND: Final = 30
"""How many characters before and after a mistake are shown."""


class Literal(msgspec.Struct, frozen=True):
    """A value in a predicate: its text, and whether it is written as a number, or as true or false."""

    text: str
    is_number: bool
    is_boolean: bool = False


def parsed(text: str) -> exp.Expr:
    """The tree of a predicate. Raises ValueError for a text that cannot be parsed."""
    import sqlglot  # noqa: PLC0415 - see above

    try:
        tree: exp.Expr = sqlglot.condition(text, dialect=_dialect())
    except sqlglot.errors.ParseError as error:
        raise ValueError(_place_of(error)) from None
    except sqlglot.errors.SqlglotError:
        raise ValueError("a text in it has no quote at its end") from None
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    return tree


def _place_of(error: ParseError) -> str:
    """What is wrong where, with the text around it."""
    if not error.errors:
        return "it is no condition"
    first = error.errors[0]
    said, word = str(first.get("description")), str(first.get("highlight"))
    before, after = str(first.get("start_context")), str(first.get("end_context"))
    around = before[-_AROUND:] + word + after[:_AROUND]
    line = f"line {first['line']}, " if first.get("line", 1) > 1 else ""
    place = f"{line}character {first.get('col', len(word)) - len(word) + 1}, in {around!r}"
    if said.startswith("Required"):
        return f"something is missing after {word!r} at {place}"
    if said.startswith("Expecting "):
        return f"there is no {said.removeprefix('Expecting ')} after {word!r} at {place}"
    return f"{word!r} does not fit at {place}"


@functools.cache
def _dialect() -> type[Hive]:
    """Hive's SQL, where a doubled quote in a text is one quote: so clients of Glue write it.

    Functions keep their names and arguments: sqlglot would change the patterns of dates.
    """
    from sqlglot.dialects.hive import Hive  # noqa: PLC0415 - see above

    class PartitionPredicates(Hive):
        class Tokenizer(Hive.Tokenizer):
            STRING_ESCAPES = ["\\", "'", '"']  # noqa: RUF012 - sqlglot's own way

        class Parser(Hive.Parser):  # type: ignore[valid-type, misc]  # sqlglot makes classes of it
            FUNCTIONS: dict[str, object] = {}  # noqa: RUF012 - sqlglot's own way

    return PartitionPredicates


def conjuncts(tree: exp.Expr) -> Sequence[exp.Expr]:
    """The parts that must all be true, so that the whole is."""
    tree = tree.unnest()
    return list(tree.flatten(unnest=False)) if tree.key == "and" else [tree]


def key_of(node: exp.Expr, keys: Keys) -> tuple[str, str]:
    """Name and type of the partition key that a column names. Raises ValueError for anything else."""
    node = node.unnest()
    if node.key != "column":
        raise ValueError(f"'{node.sql(dialect='hive')}' is not a partition key")
    name = node.name.lower()
    if name not in keys:
        raise ValueError(f"'{node.name}' is not a partition key; the keys are: {', '.join(keys) or 'none'}")
    return name, keys[name]


def literal_of(node: exp.Expr) -> Literal:
    """A literal: 'x', 1, -1, 10L, true, DATE '2026-01-31'. Raises ValueError for anything else."""
    node = node.unnest()
    if node.key == "literal":
        return Literal(str(node.this), is_number=not node.is_string)
    if node.key == "boolean":
        return Literal(str(node.this).lower(), is_number=False, is_boolean=True)
    if node.key == "neg" and node.this.key in ("literal", "cast", "trycast"):
        inner = literal_of(node.this)
        if inner.is_number:
            return Literal(f"-{inner.text}", is_number=True)
    if node.key in ("cast", "trycast") and node.this.key == "literal":
        text, type = str(node.this.this), str(node.args["to"].sql())
        if node.this.is_string and type in _TYPES_OF_TEXTS:
            return Literal(text, is_number=False)
        if not node.this.is_string and (type == "DOUBLE" or _is_whole(text, type)):
            return Literal(text, is_number=True)
    raise ValueError(f"'{node.sql(dialect='hive')}' is not a literal")


def _is_whole(text: str, type: str) -> bool:
    """Whether a cast to a type of whole numbers leaves a number as it is written."""
    bits = _BITS.get(type)
    return bits is not None and _DIGITS.fullmatch(text) is not None and int(text) < 2 ** (bits - 1)


def moment_of(node: exp.Expr) -> str:
    """`date` or `timestamp` for a literal of that type, "" for anything else."""
    if node.key not in ("cast", "trycast") or not node.this.is_string:
        return ""
    type = str(node.args["to"].sql(dialect="hive")).lower()
    return type if type in ("date", "timestamp") else ""

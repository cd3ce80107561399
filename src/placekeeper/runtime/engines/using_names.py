"""The names that Spark gives to outputs of a query without a name, where a key of USING stands in them.

Spark says the column without its table: `count(t.id)` is `count(id)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.sql_tokens import quoted

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line
    from sqlglot import exp

_DIALECT: Final = "spark"
OWN: Final = "placekeeper_using_"
"""What the name of a side's own key begins with, within a query."""

_CALLS: Final = frozenset({"count", "sum", "min", "max", "avg", "coalesce", "upper", "lower"})
_SIGNS: Final[Mapping[str, str]] = {
    "add": "+", "sub": "-", "mul": "*", "eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=",
}  # fmt: skip


def alias_of(output: exp.Expression, sql: str) -> str:
    """` AS name` for an output of the query `sql`. Raises UnsupportedFeature where Spark's is not known."""
    from sqlglot import exp  # noqa: PLC0415 - see above

    is_cast_of_column = isinstance(output, exp.Cast) and isinstance(output.this, exp.Column)
    name = _name(output.this if is_cast_of_column else output, sql)
    if name is None:
        raise UnsupportedFeature(
            f"{output.sql(dialect=_DIALECT)} has no name in a query with JOIN … USING, and Spark's "
            "name for it is not available on Sail. Write AS and a name behind it, or run the job with "
            "--engine spark, in an environment that has it"
        )
    return f" AS {quoted(name)}"


def _name(part: exp.Expr, sql: str) -> str | None:
    from sqlglot import exp  # noqa: PLC0415 - see above

    match part:
        case exp.Column() if part.name != "*":
            return part.name
        case exp.Literal() if part.is_int or part.is_string:
            return part.name
        case exp.Paren():
            return _name(part.this, sql)
        case exp.Distinct() if len(part.expressions) == 1:
            inner = _name(part.expressions[0], sql)
            return None if inner is None else f"DISTINCT {inner}"
        case exp.Binary() if part.key in _SIGNS:
            left, right = _name(part.left, sql), _name(part.right, sql)
            return None if left is None or right is None else f"({left} {_SIGNS[part.key]} {right})"
        case exp.Func() if part.key in _CALLS and _is_said_so(part, sql):
            names = [_name(one, sql) for one in (part.this, *part.expressions)]
            return None if None in names else f"{part.key}({', '.join(filter(None, names))})"
        case _:
            return None


def _is_said_so(call: exp.Func, sql: str) -> bool:
    """Whether the query calls the function by its own name, not as `nvl` for `coalesce`."""
    said = sql[call.meta["start"] : call.meta["end"] + 1].lower() if "start" in call.meta else ""
    more = {name for name, value in call.args.items() if value} - {"this", "expressions", "big_int"}
    return said == call.key and not more

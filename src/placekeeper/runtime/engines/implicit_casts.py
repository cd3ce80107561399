"""Texts that stand for numbers and times on Sail, without ANSI mode: they are cast as Spark casts them.

Spark casts a text that is compared with a number or a time to the type of that constant, and gives null where
that cannot be. For an IN it compares the texts of the constants. Sail casts, too, and fails. What type a
column has is not known here. So Sail is asked: it answers `typeof` when it plans, and keeps one comparison.

Spark casts a text that is an operand of a product, or of a function of numbers, to double. Sail refuses it or
takes it as it is. Its negation alone casts it, with null for what is no number. So such operands are negated
twice, which keeps the type and the value of a number.
"""

from collections.abc import Callable
from typing import Any, Final

from pyspark.sql.connect.expressions import (
    CaseWhen,
    ColumnAlias,
    ColumnReference,
    Expression,
    LiteralExpression,
    UnresolvedFunction,
)
from pyspark.sql.types import DecimalType, DoubleType, IntegralType, NumericType, StringType

from placekeeper.runtime.engines.lenient_rules import Builder, of_text
from placekeeper.runtime.engines.plain_calls import PlainCall

_SIGNS: Final = frozenset({"==", "<=>", "<", "<=", ">", ">="})
_TYPES: Final = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp"})
_OF_NUMBERS: Final = frozenset(
    [
        *("*", "/", "%", "avg", "mean", "median", "percentile", "stddev", "stddev_samp", "stddev_pop", "std"),
        *("variance", "var_samp", "var_pop", "skewness", "kurtosis", "corr", "covar_samp", "covar_pop"),
        *(
            "floor",
            "ceil",
            "ceiling",
            "abs",
            "sqrt",
            "cbrt",
            "exp",
            "log",
            "ln",
            "log2",
            "log10",
            "power",
            "pow",
        ),
    ]
)
"""Operators and functions whose columns are numbers or texts; + and - take dates as well."""

_LEAST, _MOST = 1e-3, 1e7
"""Between them Java and Python write a double in the same way."""


def with_text_compared(
    function: UnresolvedFunction, to: Builder[Expression], plan: Callable[..., Any], name: str | None
) -> Expression | None:
    """A comparison of a column with constants for a column of any type; None for any other function.

    `plan` writes out comparisons as they are. `name` is that of the column it makes, None inside a struct.
    """
    value = _column_in(function._args)
    if value is None:
        return None
    instead = _among(function, value) if function._name == "in" else _compared(function, to)
    if instead is None:
        return None
    kind = UnresolvedFunction("typeof", [value])
    is_text = PlainCall("==", [kind, LiteralExpression._from_value("string")], plan)
    asked = CaseWhen(
        [(is_text, PlainCall(function._name, instead, plan))], PlainCall(function._name, function._args, plan)
    )
    return ColumnAlias(asked, [name], None) if name else asked


def with_numbers(
    function: UnresolvedFunction, plan: Callable[..., Any], name: str | None
) -> Expression | None:
    """A function of numbers for columns that may be texts; None for any other function.

    `plan` writes out the function as it is. `name` is that of the column it makes, None where it has none.
    """
    is_one = function._name in _OF_NUMBERS and any(isinstance(one, ColumnReference) for one in function._args)
    if not is_one or function._is_distinct:
        return None
    numbers = [_number(one) if isinstance(one, ColumnReference) else one for one in function._args]
    made = PlainCall(function._name, numbers, plan)
    return ColumnAlias(made, [name], None) if name else made


def _number(value: Expression) -> Expression:
    return UnresolvedFunction("negative", [UnresolvedFunction("negative", [value])])


def _column_in(args: Any) -> ColumnReference | None:
    """The only column, where all else are constants."""
    columns = [one for one in args if isinstance(one, ColumnReference)]
    others = sum(isinstance(one, LiteralExpression) for one in args)
    return columns[0] if len(columns) == 1 and others == len(args) - 1 and others else None


def _compared(function: UnresolvedFunction, to: Builder[Expression]) -> list[Expression] | None:
    if function._name not in _SIGNS or len(function._args) != 2:
        return None
    [constant] = (one for one in function._args if isinstance(one, LiteralExpression))
    data_type = constant._dataType.simpleString()
    if constant._value is None:
        return None
    if data_type.startswith("decimal"):
        data_type, constant = "double", LiteralExpression._from_value(float(constant._value))
    if data_type not in _TYPES:
        return None
    return [
        constant if isinstance(one, LiteralExpression) else of_text(one, data_type, to)
        for one in function._args
    ]


def _among(function: UnresolvedFunction, value: ColumnReference) -> list[Expression] | None:
    """The operands of an IN of texts, where the constants are numbers, or numbers and texts."""
    constants = [one for one in function._args[1:] if isinstance(one, LiteralExpression)]
    texts = [text for one in constants if (text := _text(one)) is not None]
    if function._args[0] is not value or len(texts) < len(constants) or not any(map(_is_number, constants)):
        return None
    return [value, *map(LiteralExpression._from_value, texts)]


def _is_number(constant: LiteralExpression) -> bool:
    return isinstance(constant._dataType, NumericType)


def _text(constant: LiteralExpression) -> str | None:
    """The text of a number or a text, as Spark casts it; None where that is not known here."""
    value, data_type = constant._value, constant._dataType
    if isinstance(data_type, IntegralType | StringType) and value is not None:
        return str(value)
    if isinstance(data_type, DecimalType) and value is not None:
        return f"{value:f}"
    is_plain = isinstance(data_type, DoubleType) and (value == 0 or _LEAST <= abs(value) < _MOST)
    return repr(value) if is_plain else None

"""Casts on Sail: null where Spark without ANSI mode gives null (`lenient_rules`), errors where it raises."""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from pyspark.sql import SparkSession
from pyspark.sql.connect.conf import RuntimeConf
from pyspark.sql.connect.expressions import (
    CastExpression,
    ColumnAlias,
    ColumnReference,
    Expression,
    LambdaFunction,
    LiteralExpression,
    SQLExpression,
    UnresolvedExtractValue,
    UnresolvedFunction,
    UnresolvedNamedLambdaVariable,
    WindowExpression,
)
from pyspark.sql.types import DataType

from placekeeper.runtime.engines import sql_comparisons
from placekeeper.runtime.engines.base import ANSI
from placekeeper.runtime.engines.implicit_casts import with_numbers, with_text_compared
from placekeeper.runtime.engines.lenient_rules import is_composed, lenient
from placekeeper.runtime.engines.lenient_sql import VARIABLE, with_lenient_casts
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.sql_names import cast_name
from placekeeper.runtime.engines.strict_sql import (
    ARITHMETIC,
    DATE_FORMAT,
    OVERFLOW,
    has_arithmetic,
    with_strict_dates,
)

_PLAIN: Final = (ColumnReference, LiteralExpression, UnresolvedNamedLambdaVariable)
"""Values that may be computed again and again."""


_SIGNS: Final = frozenset("+-*/%")
_COMPARISONS: Final = {"==": "=", "and": "AND", "or": "OR"}


class LenientCasts:
    """Rewrites casts of a session, and `date_format` in ANSI mode, before they reach Sail."""

    def __init__(self, session: SparkSession, note: Callable[[str], None]) -> None:
        self._session = session
        self._note = note
        self._is_strict: bool | None = None
        self._in_window: ContextVar[bool] = ContextVar("in_window", default=False)
        self._in_struct: ContextVar[bool] = ContextVar("in_struct", default=False)

    def install(self, patches: Patches, session_class: type) -> None:
        """Replace what builds casts and what takes SQL, for the life of the engine."""
        for name in ("set", "unset", "_set_all"):
            self._forget_after(patches, RuntimeConf, name)
        patches.attribute(CastExpression, "to_plan", self._cast_plan(CastExpression.to_plan))
        patches.attribute(SQLExpression, "to_plan", self._text_plan(SQLExpression.to_plan))
        plan = self._function_plan(UnresolvedFunction.to_plan)
        patches.attribute(UnresolvedFunction, "to_plan", plan)
        patches.attribute(WindowExpression, "to_plan", self._window_plan(WindowExpression.to_plan))
        patches.attribute(session_class, "sql", self._sql(session_class.sql))  # type: ignore[attr-defined]

    @property
    def is_strict(self) -> bool:
        """Whether the session is in ANSI mode now."""
        if self._is_strict is None:
            self._is_strict = self._session.conf.get(ANSI) == "true"
        return self._is_strict

    def _forget_after(self, patches: Patches, owner: type, name: str) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def changing(*args: Any, **kwargs: Any) -> Any:
            try:
                return original(*args, **kwargs)
            finally:
                self._is_strict = None

        patches.attribute(owner, name, changing)

    def _cast_plan(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def to_plan(cast: Any, client: Any) -> Any:
            if cast._eval_mode is not None or self.is_strict:
                return original(cast, client)
            name = _type_name(cast._data_type)
            if is_composed(name):
                made = lenient(cast._expr, name, _IN_PLACE if self._in_window.get() else _TREES)
            else:
                made = CastExpression(cast._expr, cast._data_type, "try")
                if isinstance(cast._expr, ColumnReference):
                    return original(made, client)
            return (made if self._in_struct.get() else _named(made, cast)).to_plan(client)

        return to_plan

    def _with(self, place: ContextVar[bool], original: Callable[..., Any], *args: Any) -> Any:
        token = place.set(True)
        try:
            return original(*args)
        finally:
            place.reset(token)

    def _window_plan(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Sail plans no window whose keys have a function with a variable."""

        def to_plan(window: Any, client: Any) -> Any:
            return self._with(self._in_window, original, window, client)

        return to_plan

    def _rewritten(self, sql: str, *, is_condition: bool = False, in_window: bool = False) -> str:
        if not self.is_strict:
            compared = sql_comparisons.with_text_compared(sql, is_condition=is_condition)
            return with_lenient_casts(compared, in_window=in_window)
        if has_arithmetic(sql):
            self._note(OVERFLOW)
        return with_strict_dates(sql)

    def _function_plan(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def to_plan(function: Any, client: Any) -> Any:
            if function._name in ARITHMETIC and self.is_strict:
                self._note(OVERFLOW)
            if function._name == "to_date" and len(function._args) == 1 and not self.is_strict:
                return ColumnAlias(CastExpression(function._args[0], "date"), [str(function)], None).to_plan(
                    client
                )
            if not self.is_strict and (made := self._with_casts(function, original)) is not None:
                return made.to_plan(client)
            if function._name == "struct":  # a name inside would be that of a field
                return self._with(self._in_struct, original, function, client)
            if function._name != DATE_FORMAT or not self.is_strict or len(function._args) != 2:
                return original(function, client)
            value, pattern = function._args
            timed = CastExpression(value, "timestamp", None)
            return original(UnresolvedFunction(DATE_FORMAT, [timed, pattern]), client)

        return to_plan

    def _with_casts(self, function: Any, original: Callable[..., Any]) -> Expression | None:
        """What stands in the place of a function where Spark casts texts; None where it stays."""
        name = None if self._in_struct.get() or self._in_window.get() else _cast_name(function)
        compared = with_text_compared(function, _TREES, original, name)
        return with_numbers(function, original, name) if compared is None else compared

    def _text_plan(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def to_plan(expression: Any, client: Any) -> Any:
            sql = self._rewritten(expression._expr, is_condition=True, in_window=self._in_window.get())
            return original(SQLExpression(sql), client)

        return to_plan

    def _sql(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def sql(session: Any, sqlQuery: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N803
            return original(session, self._rewritten(sqlQuery), *args, **kwargs)

        return sql


def _type_name(data_type: DataType | str) -> str:
    return data_type.simpleString() if isinstance(data_type, DataType) else data_type


class _Trees:
    """Writes expressions as trees."""

    def call(self, name: str, *values: Expression) -> Expression:
        return UnresolvedFunction(name, list(values))

    def literal(self, value: str | int | float) -> Expression:
        return LiteralExpression._from_value(value)

    def tried(self, value: Expression, data_type: str) -> Expression:
        return CastExpression(value, data_type, "try")

    def once(self, value: Expression, make: Callable[[Expression], Expression]) -> Expression:
        if isinstance(value, _PLAIN) or _is_arithmetic(value):
            return make(value)
        variable = UnresolvedNamedLambdaVariable([VARIABLE])
        made = LambdaFunction(make(variable), [variable])
        list_of_one = UnresolvedFunction("transform", [UnresolvedFunction("array", [value]), made])
        return UnresolvedExtractValue(list_of_one, LiteralExpression._from_value(0))


class _InPlace(_Trees):
    """Writes expressions as trees that have no functions with a variable."""

    def once(self, value: Expression, make: Callable[[Expression], Expression]) -> Expression:
        return make(value)


_TREES: Final = _Trees()
_IN_PLACE: Final = _InPlace()


def _is_arithmetic(value: Any) -> bool:
    """Whether a value is made of columns and constants alone, with signs between them."""
    is_sum = isinstance(value, UnresolvedFunction) and value._name in _SIGNS
    return is_sum and all(isinstance(part, _PLAIN) or _is_arithmetic(part) for part in value._args)


def _named(made: Expression, cast: Any) -> Expression:
    """A cast under the name that Spark gives to its column."""
    source = cast._expr
    while type(source) is CastExpression and source._eval_mode is None:
        source = source._expr
    if isinstance(source, UnresolvedNamedLambdaVariable):
        return made
    if not isinstance(source, ColumnReference):
        return ColumnAlias(made, [_cast_name(cast)], None)
    name = source.name()
    return ColumnAlias(made, [name.strip("`") if "`" in name else name.rpartition(".")[2]], None)


def _cast_name(value: Any) -> str:
    """The name that Spark gives to a value: `CAST((x * 2) AS INT)`."""
    if type(value) is CastExpression and value._eval_mode is None:
        return cast_name(_cast_name(value._expr), _type_name(value._data_type))
    if type(value) is not UnresolvedFunction or value._is_distinct:
        return str(value)
    names = [_cast_name(part) for part in value._args]
    if value._name == "in":
        return f"({names[0]} IN ({', '.join(names[1:])}))"
    sign = _COMPARISONS.get(value._name, value._name)
    if len(names) == 2 and not sign[0].islower():
        return f"({names[0]} {sign} {names[1]})"
    return f"{value._name}({', '.join(names)})"

"""Casts on Sail: null where Spark without ANSI mode gives null (`lenient_rules`), errors where it raises."""

import functools
from collections.abc import Callable
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
)
from pyspark.sql.types import DataType

from placekeeper.runtime.engines.base import ANSI
from placekeeper.runtime.engines.lenient_rules import is_composed, lenient
from placekeeper.runtime.engines.lenient_sql import VARIABLE, with_lenient_casts
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.strict_sql import (
    ARITHMETIC,
    DATE_FORMAT,
    OVERFLOW,
    has_arithmetic,
    with_strict_dates,
)

_PLAIN: Final = (ColumnReference, LiteralExpression, UnresolvedNamedLambdaVariable)
"""Values that may be computed again and again."""


class LenientCasts:
    """Rewrites casts of a session, and `date_format` in ANSI mode, before they reach Sail."""

    def __init__(self, session: SparkSession, note: Callable[[str], None]) -> None:
        self._session = session
        self._note = note
        self._is_strict: bool | None = None

    def install(self, patches: Patches, session_class: type) -> None:
        """Replace what builds casts and what takes SQL, for the life of the engine."""
        for name in ("set", "unset", "_set_all"):
            self._forget_after(patches, RuntimeConf, name)
        patches.attribute(CastExpression, "to_plan", self._cast_plan(CastExpression.to_plan))
        patches.attribute(SQLExpression, "to_plan", self._text_plan(SQLExpression.to_plan))
        plan = self._function_plan(UnresolvedFunction.to_plan)
        patches.attribute(UnresolvedFunction, "to_plan", plan)
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
            if not is_composed(name):
                return original(CastExpression(cast._expr, cast._data_type, "try"), client)
            return _named(lenient(cast._expr, name, _TREES), cast._expr).to_plan(client)

        return to_plan

    def _rewritten(self, sql: str) -> str:
        if not self.is_strict:
            return with_lenient_casts(sql)
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
            if function._name != DATE_FORMAT or not self.is_strict or len(function._args) != 2:
                return original(function, client)
            value, pattern = function._args
            timed = CastExpression(value, "timestamp", None)
            return original(UnresolvedFunction(DATE_FORMAT, [timed, pattern]), client)

        return to_plan

    def _text_plan(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def to_plan(expression: Any, client: Any) -> Any:
            return original(SQLExpression(self._rewritten(expression._expr)), client)

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
        if isinstance(value, _PLAIN):
            return make(value)
        variable = UnresolvedNamedLambdaVariable([VARIABLE])
        made = LambdaFunction(make(variable), [variable])
        list_of_one = UnresolvedFunction("transform", [UnresolvedFunction("array", [value]), made])
        return UnresolvedExtractValue(list_of_one, LiteralExpression._from_value(0))


_TREES: Final = _Trees()


def _named(made: Expression, source: Any) -> Expression:
    """An expression under the name of the column it is made of."""
    if not isinstance(source, ColumnReference):
        return made
    name = source.name()
    return ColumnAlias(made, [name.strip("`") if "`" in name else name.rpartition(".")[2]], None)

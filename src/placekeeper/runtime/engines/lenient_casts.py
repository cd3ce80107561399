"""Casts on Sail while ANSI mode is off: null where Spark gives null (`lenient_sql` says how Sail differs)."""

import functools
from collections.abc import Callable
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.connect.conf import RuntimeConf
from pyspark.sql.connect.expressions import (
    CastExpression,
    ColumnAlias,
    ColumnReference,
    Expression,
    LiteralExpression,
    SQLExpression,
    UnresolvedFunction,
)
from pyspark.sql.types import DataType

from placekeeper.runtime.engines.base import ANSI
from placekeeper.runtime.engines.lenient_sql import WHOLE_NUMBER, is_right, is_whole, with_lenient_casts
from placekeeper.runtime.engines.patches import Patches


class LenientCasts:
    """Rewrites casts of a session before they reach Sail, while its ANSI mode is off."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._is_strict: bool | None = None

    def install(self, patches: Patches, session_class: type) -> None:
        """Replace what builds casts and what takes SQL, for the life of the engine."""
        for name in ("set", "unset", "_set_all"):
            self._forget_after(patches, RuntimeConf, name)
        patches.attribute(CastExpression, "to_plan", self._cast_plan(CastExpression.to_plan))
        patches.attribute(SQLExpression, "to_plan", self._text_plan(SQLExpression.to_plan))
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
            if cast._eval_mode is not None or self.is_strict or is_right(_type_name(cast._data_type)):
                return original(cast, client)
            tried = CastExpression(cast._expr, cast._data_type, "try")
            if not is_whole(_type_name(cast._data_type)):
                return original(tried, client)
            return _whole_number(cast, tried).to_plan(client)

        return to_plan

    def _text_plan(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def to_plan(expression: Any, client: Any) -> Any:
            if self.is_strict:
                return original(expression, client)
            return original(SQLExpression(with_lenient_casts(expression._expr)), client)

        return to_plan

    def _sql(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def sql(session: Any, sqlQuery: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N803
            query = sqlQuery if self.is_strict else with_lenient_casts(sqlQuery)
            return original(session, query, *args, **kwargs)

        return sql


def _type_name(data_type: DataType | str) -> str:
    return data_type.simpleString() if isinstance(data_type, DataType) else data_type


def _whole_number(cast: Any, tried: Expression) -> Expression:
    """A cast to whole numbers that drops the fraction of a text, under the name of the column it casts."""
    text = UnresolvedFunction(
        "regexp_extract",
        [
            CastExpression(cast._expr, "string", "try"),
            LiteralExpression._from_value(WHOLE_NUMBER),
            LiteralExpression._from_value(1),
        ],
    )
    number = UnresolvedFunction("coalesce", [tried, CastExpression(text, cast._data_type, "try")])
    if not isinstance(cast._expr, ColumnReference):
        return number
    name = (
        cast._expr.name().rpartition(".")[2] if "`" not in cast._expr.name() else cast._expr.name().strip("`")
    )
    return ColumnAlias(number, [name], None)

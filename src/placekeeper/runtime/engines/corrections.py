"""What Sail does in another way than Spark, set right before it reaches Sail, for the life of the engine.

Each was tried on Sail 0.7.2. `withColumnRenamed` minds the case of a name, `replace` answers all names in
lower case, functions of texts refuse values of other types, and a reader does not see its option `path`.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.expressions import (
    CaseWhen,
    CastExpression,
    ColumnAlias,
    Expression,
    LiteralExpression,
    SQLExpression,
    UnresolvedFunction,
)
from pyspark.sql.connect.readwriter import DataFrameReader

from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.plain_calls import PlainCall
from placekeeper.runtime.engines.sql_tokens import Token, last_before, skip_blank, tokens_of
from placekeeper.runtime.engines.using_joins import with_keys_of_sides

_OF_TEXTS: Final = frozenset({"trim", "ltrim", "rtrim", "btrim", "like", "ilike"})
_TIMES: Final = ("date", "timestamp", "timestamp_ntz")
_LIKES: Final = frozenset({"like", "ilike"})
_NO_STATEMENTS: Final = frozenset({"show", "describe"})
"""First words of statements whose LIKE compares no column."""

_BEFORE_NO_COLUMN: Final = frozenset({".", ":", "table", "exists"})


def install(patches: Patches, session_class: type) -> None:
    """Replace what differs."""
    patches.attribute(DataFrame, "withColumnsRenamed", _renaming(DataFrame.withColumnsRenamed))
    patches.attribute(DataFrame, "replace", _keeping_names(DataFrame.replace))
    patches.attribute(UnresolvedFunction, "to_plan", _function_plan(UnresolvedFunction.to_plan))
    patches.attribute(SQLExpression, "to_plan", _text_plan(SQLExpression.to_plan))
    patches.attribute(session_class, "sql", _sql(session_class.sql))  # type: ignore[attr-defined]
    patches.attribute(DataFrameReader, "load", _loading(DataFrameReader.load))


def with_texts(sql: str) -> str:
    """The same SQL, in which the column before a LIKE is a text, and so are true and false after it."""
    tokens = tokens_of(sql)
    first = skip_blank(tokens, 0)
    if first == len(tokens) or tokens[first].word in _NO_STATEMENTS:
        return sql
    texts = [token.text for token in tokens]
    for place, token in enumerate(tokens[:-1]):
        is_like = token.word in _LIKES and tokens[place + 1].kind == "blank"
        begin, end = _column_before(tokens, place) if is_like else (-1, -1)
        if begin < 0:
            continue
        texts[begin] = f"cast({texts[begin]}"
        texts[end] += " AS string)"
        after = skip_blank(tokens, place + 1)
        if after < len(tokens) and tokens[after].word in ("true", "false"):
            texts[after] = f"'{tokens[after].word}'"
    return "".join(texts)


def _column_before(tokens: list[Token], like: int) -> tuple[int, int]:
    """The places of the first and the last token of the column before a LIKE; -1 where there is none."""
    end = last_before(tokens, like)
    if end >= 0 and tokens[end].word == "not":
        end = last_before(tokens, end)
    begin = end
    while begin > 1 and tokens[begin - 1].text == "." and tokens[begin - 2].kind == "name":
        begin -= 2
    is_column = end >= 0 and tokens[end].kind == "name" and (begin < end or tokens[end].word != "end")
    before = last_before(tokens, begin) if is_column else -1
    if not is_column or (before >= 0 and tokens[before].word in _BEFORE_NO_COLUMN):
        return -1, -1
    return begin, end


def path_of(reader: Any, path: Any) -> Any:
    """What a reader loads: its option `path` where no other is given."""
    if path is not None:
        return path
    return next((value for name, value in reader._options.items() if name.lower() == "path"), None)


def _loading(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def loaded(reader: Any, path: Any = None, *args: Any, **given: Any) -> Any:
        return original(reader, path_of(reader, path), *args, **given)

    return loaded


def _renaming(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def renamed(frame: Any, colsMap: Any) -> Any:  # noqa: N803
        if not isinstance(colsMap, Mapping):
            return original(frame, colsMap)
        return original(frame, _by_exact_names(frame, colsMap))

    return renamed


def _by_exact_names(frame: Any, new_names: Mapping[str, str]) -> dict[str, str]:
    """The new names by the columns' own names, which Spark finds in whatever case they are given."""
    exact: dict[str, str] = {}
    columns = frame.columns
    for old, new in new_names.items():
        there = [name for name in columns if name.lower() == old.lower()] if old not in columns else [old]
        if there and there != [old] and _minds_case(frame):
            there = []
        exact |= dict.fromkeys(there or [old], new)
    return exact


def _minds_case(frame: Any) -> bool:
    return str(frame.sparkSession.conf.get("spark.sql.caseSensitive", "false")).lower() == "true"


def _keeping_names(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def replaced(frame: Any, *args: Any, **kwargs: Any) -> Any:
        return original(frame, *args, **kwargs).toDF(*frame.columns)

    return replaced


def _function_plan(original: Callable[..., Any]) -> Callable[..., Any]:
    def to_plan(function: Any, client: Any) -> Any:
        if function._name in _OF_TEXTS:
            return original(UnresolvedFunction(function._name, list(_texts(function._args))), client)
        if function._name == "to_timestamp" and len(function._args) == 2:
            return _timestamp(function, original).to_plan(client)
        return original(function, client)

    return to_plan


def _texts(values: Iterable[Expression]) -> Iterable[Expression]:
    for value in values:
        is_text = isinstance(value, LiteralExpression | CastExpression)
        yield value if is_text else CastExpression(value, "string")


def _timestamp(function: Any, original: Callable[..., Any]) -> Expression:
    """to_timestamp with a pattern, which counts for what is no date or time already."""
    value, pattern = function._args
    kind = UnresolvedFunction("typeof", [value])
    is_time = UnresolvedFunction("in", [kind, *(LiteralExpression._from_value(name) for name in _TIMES)])
    parsed = PlainCall("to_timestamp", [CastExpression(value, "string"), pattern], original)
    return ColumnAlias(
        CaseWhen([(is_time, CastExpression(value, "timestamp", "try"))], parsed), [str(function)], None
    )


def _text_plan(original: Callable[..., Any]) -> Callable[..., Any]:
    def to_plan(expression: Any, client: Any) -> Any:
        return original(SQLExpression(with_texts(expression._expr)), client)

    return to_plan


def _sql(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def sql(session: Any, sqlQuery: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N803
        return original(session, with_texts(with_keys_of_sides(sqlQuery)), *args, **kwargs)

    return sql

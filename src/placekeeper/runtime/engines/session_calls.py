"""Calls that Sail's session lacks and that need nothing of it: they are answered here, as Spark answers them.

Sail caches nothing, so that what concerns caches has nothing to do.
"""

import functools
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql.connect.catalog import Catalog
from pyspark.sql.connect.conf import RuntimeConf
from pyspark.sql.connect.session import SparkSession as ConnectSession
from pyspark.sql.types import StringType, StructField, StructType

from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.stand_in_sql_context import StandInSqlContext

_SET: Final = re.compile(
    r"\s*SET\s+(?!TIME\s|VAR\s|VARIABLE\s|ROLE\s|CATALOG\s|-)([\w.\-]+)\s*(?:=\s*(.*?))?\s*;?\s*", re.I | re.S
)
_RESET: Final = re.compile(r"\s*RESET\s+([\w.\-]+)\s*;?\s*", re.IGNORECASE)
_USE: Final = re.compile(
    r"\s*USE\s+(?!(?:DATABASE|SCHEMA|NAMESPACE|CATALOG)\s)([`\w.]+)\s*;?\s*", re.IGNORECASE
)
_CACHE_AS: Final = re.compile(
    r"\s*CACHE\s+(?:LAZY\s+)?TABLE\s+([`\w.]+)\s+(?:AS\s+)?(SELECT\b.*|WITH\b.*)", re.I | re.S
)
_NO_STEP: Final = re.compile(
    r"\s*(?:(?:UN)?CACHE\s+(?:LAZY\s+)?TABLE|CLEAR\s+CACHE|REFRESH)\b.*", re.IGNORECASE | re.DOTALL
)
_PAIRS: Final = StructType([StructField("key", StringType()), StructField("value", StringType())])
_OF_APPLICATION: Final = ("spark.app.name", "spark.app.id", "spark.master")


class SessionCalls:
    """Replaces methods of the session's classes for the life of the engine; `context` is the stand-in."""

    def __init__(self, session: SparkSession, context: type[Any]) -> None:
        self._session = session
        self._context = context

    def install(self, patches: Patches, pyspark_sql: ModuleType, pyspark_context: ModuleType) -> None:
        """Put the answers in place. `pyspark_context` is the module pyspark.sql.context."""
        for name in ("_jsc", "_jvm"):
            patches.attribute(ConnectSession, name, property(self._of_context(name)))
        patches.attribute(ConnectSession, "sql", self._sql(ConnectSession.sql))
        for name in ("cacheTable", "uncacheTable", "clearCache", "refreshTable", "refreshByPath"):
            patches.attribute(Catalog, name, _nothing)
        patches.attribute(Catalog, "isCached", _never)
        patches.attribute(Catalog, "dropTempView", _false_if_missing(Catalog.dropTempView))
        patches.attribute(RuntimeConf, "get", self._get(RuntimeConf.get))
        builder: Any = SparkSession.Builder
        patches.attribute(builder, "_validate_startup_urls", _without_master)
        patches.attribute(SparkSession, "__new__", staticmethod(self._new_session))
        for module in (pyspark_sql, pyspark_context):
            patches.attribute(module, "SQLContext", StandInSqlContext)

    def _of_context(self, name: str) -> Callable[[Any], Any]:
        return lambda _session: getattr(self._context.getOrCreate(), name)

    def _new_session(self, of: type, *args: object, **named: object) -> Any:
        """`SparkSession(sc)` gives the session that there is."""
        is_of_script = of is SparkSession and (args or named)
        return self._session if is_of_script else object.__new__(of)

    def _get(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def get(conf: Any, key: str, *default: Any, **named: Any) -> Any:
            if key in _OF_APPLICATION:
                context = self._context.getOrCreate()
                known = {"spark.app.id": context.applicationId, "spark.app.name": context.appName}
                return known.get(key, context.master)
            return original(conf, key, *default, **named)

        return get

    def _sql(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def sql(session: Any, sqlQuery: str, *args: Any, **named: Any) -> Any:  # noqa: N803
            if (used := _USE.fullmatch(sqlQuery)) is not None:
                return original(session, f"USE DATABASE {used[1]}", *args, **named)
            answer = _answer(session, sqlQuery)
            return original(session, sqlQuery, *args, **named) if answer is None else answer

        return sql


def _answer(session: Any, statement: str) -> Any:
    """The DataFrame that Spark gives for a statement about settings or caches; None for any other one."""
    if (found := _SET.fullmatch(statement)) is not None:
        key, value = found[1], found[2]
        if value is not None:
            session.conf.set(key, value)
        known = value if value is not None else session.conf.get(key, "<undefined>")
        return session.createDataFrame([(key, known)], _PAIRS)
    if (found := _RESET.fullmatch(statement)) is not None:
        session.conf.unset(found[1])
    elif (found := _CACHE_AS.fullmatch(statement)) is not None:
        session.sql(found[2]).createOrReplaceTempView(found[1].strip("`"))
    elif not _NO_STEP.fullmatch(statement):
        return None
    return session.createDataFrame([], StructType([]))


def _never(_catalog: object, tableName: str) -> bool:  # noqa: ARG001, N803
    """Sail caches nothing."""
    return False


def _nothing(_catalog: object, *_args: object, **_named: object) -> None:
    """Sail caches nothing."""


def _false_if_missing(original: Callable[..., bool]) -> Callable[..., bool]:
    @functools.wraps(original)
    def drop(catalog: Any, viewName: str) -> bool:  # noqa: N803
        try:
            return original(catalog, viewName)
        except AnalysisException:
            return False

    return drop


def _without_master(builder: Any) -> None:
    """The engine was chosen before the script began: a master in a script has no effect."""
    builder._options.pop("spark.master", None)

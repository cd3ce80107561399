"""Refuse rather than differ: what Sail lacks or does differently (`differences`) raises first.

The guards replace methods of Spark Connect's classes for the life of the engine. A script that does nothing
of the table never notices.
"""

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NoReturn

from pyspark.errors import AnalysisException

from placekeeper.runtime.engines.differences import DIFFERENCES
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.recognition import Difference, ReaderUse, TextArgument
from placekeeper.runtime.engines.refusal import refusal

_OVERWRITE_MODE: Final = "partitionOverwriteMode"
_FILE: Final = re.compile(r"^file:/+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_GLOB: Final = re.compile(r"[*?\[{]")


class Guards:
    """The guards of one Sail session; `script` is the file name that the script's frames have."""

    def __init__(self, script: str | None) -> None:
        self._script = script

    def install(self, patches: Patches, connect: "ConnectModules") -> None:
        """Replace the guarded methods."""
        self._before(patches, connect.conf.RuntimeConf, "set", self.check_set)
        self._before(patches, connect.conf.RuntimeConf, "_set_all", self.check_set_all)
        self._before(patches, connect.session.SparkSession, "sql", self.check_sql)
        self._before(patches, connect.dataframe.DataFrame, "selectExpr", self.check_expressions)
        for module in connect.functions:
            self._before(patches, module, "expr", self.check_expression)
        self._before(patches, connect.readwriter.DataFrameReader, "load", self.check_load)
        for name in ("save", "saveAsTable", "insertInto"):
            self._before(patches, connect.readwriter.DataFrameWriter, name, self.check_write)
        for row in DIFFERENCES:
            self._replace(patches, connect, row)

    def _replace(self, patches: Patches, connect: "ConnectModules", row: Difference) -> None:
        """Replace what a row names: each refuses as soon as it is called, or a property when it is read."""
        frame = connect.dataframe.DataFrame
        for name in row.guard.properties:
            patches.attribute(frame, name, property(self._refusing(f".{name}", row)))
        for name in row.guard.session_properties:
            patches.attribute(
                connect.session.SparkSession, name, property(self._refusing(f"spark.{name}", row))
            )
        for name in row.guard.methods:
            patches.attribute(frame, name, self._refusing(f"{name}()", row))
        for argument in row.guard.arguments:
            for owner in (*connect.functions, connect.column):
                for name in argument.functions:
                    if hasattr(owner, name):
                        self._before(patches, owner, name, self._checking(name, argument, row))
        for module in connect.functions:
            for name in row.guard.functions:
                if hasattr(module, name):
                    patches.attribute(module, name, self._refusing(f"{name}()", row))

    def check_set(self, _conf: object, key: str, value: object) -> None:
        """`spark.conf.set`."""
        for row in DIFFERENCES:
            for setting in row.guard.configuration:
                if setting.matches(key.lower(), str(value).lower()):
                    self._refuse(row.what.format(setting.name), row)

    def check_set_all(self, conf: object, configs: Mapping[str, object], silent: bool = False) -> None:
        """`SparkSession.builder.config(…).getOrCreate()`."""
        del silent
        for key, value in configs.items():
            self.check_set(conf, key, value)

    def check_sql(self, session: Any, sqlQuery: str, *_args: object, **_more: object) -> None:  # noqa: N803
        """`spark.sql`."""
        self._check_sql(sqlQuery)
        for row in DIFFERENCES:
            if row.guard.sql_with is not None:
                pattern, setting = row.guard.sql_with
                if pattern.search(sqlQuery) and setting.matches(setting.name.lower(), _mode(session)):
                    self._refuse(row.what, row)

    def check_expression(self, text: object, *_more: object) -> None:
        """`expr`."""
        if isinstance(text, str):
            self._check_sql(text)

    def check_expressions(self, _frame: object, *texts: object) -> None:
        """`selectExpr`."""
        for one in texts:
            for text in one if isinstance(one, list | tuple) else (one,):
                self.check_expression(text)

    def check_load(self, reader: Any, *args: object, **given: object) -> None:
        """`spark.read.….load` and its short forms."""
        format_name = str(given.get("format") or (args[1] if len(args) > 1 else None) or reader._format or "")
        schema = given.get("schema") or (args[2] if len(args) > 2 else None) or reader._schema
        self._check_access(
            lambda row: row.guard.reads,
            format_name.lower(),
            has_schema=bool(schema),
            options={**reader._options, **given},
        )
        if any(row.guard.missing_paths for row in DIFFERENCES):
            _refuse_missing(given.get("path") or (args[0] if args else None))

    def check_write(self, writer: Any, *_args: object, **given: object) -> None:
        """`df.write.….save` and its short forms, `saveAsTable`, `insertInto`."""
        self._check_access(
            lambda row: row.guard.writes,
            str(given.get("format") or writer._write.source or "").lower(),
            has_schema=True,
            options={_OVERWRITE_MODE: _mode(writer._spark), **writer._write.options, **given},
        )

    def _check_access(
        self,
        accesses: Callable[[Difference], tuple[ReaderUse, ...]],
        format_name: str,
        *,
        has_schema: bool,
        options: Mapping[str, object],
    ) -> None:
        settings = {name.lower(): str(value).lower() for name, value in options.items()}
        for row in DIFFERENCES:
            for access in accesses(row):
                if access.matches(format_name, has_schema, settings):
                    self._refuse(row.what.format(access.setting.name if access.setting else format_name), row)

    def _before(self, patches: Patches, owner: object, name: str, check: Callable[..., None]) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check(*args, **kwargs)
            return original(*args, **kwargs)

        patches.attribute(owner, name, guarded)

    def _checking(self, name: str, argument: TextArgument, row: Difference) -> Callable[..., None]:
        def check(*given: object, **named: object) -> None:
            if argument.matches(name, [one for one in (*given, *named.values()) if isinstance(one, str)]):
                self._refuse(row.what.format(name), row)

        return check

    def _refusing(self, what: str, row: Difference) -> Callable[..., NoReturn]:
        def refused(*_args: object, **_more: object) -> NoReturn:
            self._refuse(what, row)

        return refused

    def _check_sql(self, text: str) -> None:
        for row in DIFFERENCES:
            if row.guard.sql is not None and (match := row.guard.sql.search(text)):
                self._refuse(row.what.format(match[0].rstrip("( ")), row)

    def _refuse(self, what: str, row: Difference) -> NoReturn:
        raise refusal(what, row, self._script)


class ConnectModules:
    """The modules of Spark Connect that are guarded, imported by the engine that needs them."""

    def __init__(
        self,
        *,
        conf: ModuleType,
        session: ModuleType,
        dataframe: ModuleType,
        readwriter: ModuleType,
        column: type,
        functions: tuple[ModuleType, ...],
    ) -> None:
        self.conf = conf
        self.session = session
        self.dataframe = dataframe
        self.readwriter = readwriter
        self.column = column
        self.functions = functions


def _mode(session: Any) -> str:
    """The session's partitionOverwriteMode; empty without one."""
    return str(session.conf.get(f"spark.sql.sources.{_OVERWRITE_MODE}", None) or "").lower()


def _refuse_missing(paths: object) -> None:
    """Raise what Spark raises for a local path that is not there, where Sail would read no rows."""
    for path in [paths] if isinstance(paths, str) else paths if isinstance(paths, list | tuple) else ():
        local = _FILE.sub("/", str(path))
        if not _SCHEME.match(local) and not _GLOB.search(local) and not Path(local).exists():
            raise AnalysisException(message=f"[PATH_NOT_FOUND] Path does not exist: {path}.")

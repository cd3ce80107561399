"""Refuse rather than differ: what Sail does differently, or lacks with a worse message, raises first.

The table is engines.md §4, tried on Sail 0.7.2. The guards replace methods of Spark Connect's classes for the
life of the engine; a script that does nothing of the table never notices.
"""

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NoReturn

from pyspark.errors import AnalysisException

from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.refusal import refusal

_OVERWRITE_MODE: Final = "partitionoverwritemode"
_SQL_REFUSED: Final = (
    (
        re.compile(r"partitionOverwriteMode\s*=\s*['\"]?dynamic", re.IGNORECASE),
        "partitionOverwriteMode=dynamic",
        "Sail ignores it and deletes the other partitions",
    ),
    (re.compile(r"\binput_file_name\s*\(", re.IGNORECASE), "input_file_name()", "Sail does not have it"),
    (
        re.compile(r"\b(percentile_approx|approx_percentile)\s*\(", re.IGNORECASE),
        "approximate percentiles",
        "Sail approximates differently",
    ),
)
_FUNCTIONS_REFUSED: Final = {
    "input_file_name": "Sail does not have it",
    "percentile_approx": "Sail approximates differently",
    "approx_percentile": "Sail approximates differently",
}
_NOT_READ: Final = frozenset({"orc", "xml", "com.databricks.spark.xml"})
_NOT_WRITTEN: Final = frozenset({"orc", "xml", "com.databricks.spark.xml", "avro"})
_FILE: Final = re.compile(r"^file:/+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_GLOB: Final = re.compile(r"[*?\[{]")
_TRUE: Final = frozenset({"true", "1"})


class Guards:
    """The guards of one Sail session; `script` is the file name that the script's frames have."""

    def __init__(self, script: str | None) -> None:
        self._script = script

    def install(self, patches: Patches, connect: "ConnectModules") -> None:
        """Replace the guarded methods."""
        self._before(patches, connect.conf.RuntimeConf, "set", self.check_set)
        self._before(patches, connect.conf.RuntimeConf, "_set_all", self.check_set_all)
        self._before(patches, connect.session.SparkSession, "sql", self.check_sql)
        self._before(patches, connect.dataframe.DataFrame, "approxQuantile", self.check_quantile)
        self._before(patches, connect.readwriter.DataFrameReader, "load", self.check_load)
        patches.attribute(connect.dataframe.DataFrame, "rdd", property(self.refuse_rdd))
        for name in ("save", "saveAsTable", "insertInto"):
            self._before(patches, connect.readwriter.DataFrameWriter, name, self.check_write)
        for module in connect.functions:
            for name, reason in _FUNCTIONS_REFUSED.items():
                if hasattr(module, name):
                    patches.attribute(module, name, self._refusing(f"{name}()", reason))

    def check_set(self, _conf: object, key: str, value: object) -> None:
        """`spark.conf.set`."""
        if _OVERWRITE_MODE in key.lower() and str(value).lower() == "dynamic":
            self._refuse_sql(0)

    def check_set_all(self, conf: object, configs: Mapping[str, object], silent: bool = False) -> None:
        """`SparkSession.builder.config(…).getOrCreate()`."""
        del silent
        for key, value in configs.items():
            self.check_set(conf, key, value)

    def check_sql(self, _session: object, sqlQuery: str, *_args: object, **_more: object) -> None:  # noqa: N803
        """`spark.sql`."""
        for index, (pattern, _, _) in enumerate(_SQL_REFUSED):
            if pattern.search(sqlQuery):
                self._refuse_sql(index)

    def check_quantile(self, *_args: object, **_more: object) -> None:
        """`DataFrame.approxQuantile`."""
        self._refuse("approxQuantile()", "Sail approximates differently")

    def refuse_rdd(self, _frame: object) -> NoReturn:
        """`DataFrame.rdd`."""
        self._refuse(".rdd", "Spark Connect has DataFrames only")

    def check_load(self, reader: Any, *args: object, **given: object) -> None:
        """`spark.read.….load` and its short forms."""
        format_name = str(given.get("format") or (args[1] if len(args) > 1 else None) or reader._format or "")
        schema = given.get("schema") or (args[2] if len(args) > 2 else None) or reader._schema
        options = {name.lower(): str(value).lower() for name, value in {**reader._options, **given}.items()}
        name = format_name.lower()
        if name in _NOT_READ:
            self._refuse(f"reading {name} by spark.read", "Sail does not read it")
        if name == "json" and not schema:
            self._refuse(
                "spark.read.json without a schema",
                "Sail orders the columns as the file does, Spark by their names",
            )
        if name == "json" and options.get("multiline") in _TRUE:
            self._refuse("spark.read.json with multiLine", "Sail reads such files differently")
        if name == "csv" and options.get("inferschema") in _TRUE and not schema:
            self._refuse(
                "inferSchema",
                "Sail infers other types than Spark (bigint for int, timestamp_ntz for timestamp)",
            )
        if options.get("mode") in ("permissive", "dropmalformed") or "columnnameofcorruptrecord" in options:
            self._refuse(
                "reading with a mode for malformed records", "Sail fails on malformed records instead"
            )
        _refuse_missing(given.get("path") or (args[0] if args else None))

    def check_write(self, writer: Any, *_args: object, **given: object) -> None:
        """`df.write.….save` and its short forms, `saveAsTable`, `insertInto`."""
        options = {name.lower(): value for name, value in {**writer._write.options, **given}.items()}
        if str(options.get(_OVERWRITE_MODE)).lower() == "dynamic":
            self._refuse_sql(0)
        name = str(given.get("format") or writer._write.source or "").lower()
        if name in _NOT_WRITTEN:
            self._refuse(f"writing {name} by df.write", "Sail does not write it")
        if _fixes_number_of_files(writer._df):
            self._refuse(
                "df.write after coalesce() or repartition()",
                "Sail writes as many files as it likes (write_dynamic_frame keeps the number)",
            )

    def _before(self, patches: Patches, owner: type, name: str, check: Callable[..., None]) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check(*args, **kwargs)
            return original(*args, **kwargs)

        patches.attribute(owner, name, guarded)

    def _refusing(self, what: str, reason: str) -> Callable[..., NoReturn]:
        def refused(*_args: object, **_more: object) -> NoReturn:
            self._refuse(what, reason)

        return refused

    def _refuse(self, what: str, reason: str) -> NoReturn:
        raise refusal(what, reason, self._script)

    def _refuse_sql(self, index: int) -> NoReturn:
        _, what, reason = _SQL_REFUSED[index]
        self._refuse(what, reason)


class ConnectModules:
    """The modules of Spark Connect that are guarded, imported by the engine that needs them."""

    def __init__(
        self,
        *,
        conf: ModuleType,
        session: ModuleType,
        dataframe: ModuleType,
        readwriter: ModuleType,
        functions: tuple[ModuleType, ...],
    ) -> None:
        self.conf = conf
        self.session = session
        self.dataframe = dataframe
        self.readwriter = readwriter
        self.functions = functions


def _refuse_missing(paths: object) -> None:
    """Raise what Spark raises for a local path that is not there, where Sail would read no rows."""
    for path in [paths] if isinstance(paths, str) else paths if isinstance(paths, list | tuple) else ():
        local = _FILE.sub("/", str(path))
        if not _SCHEME.match(local) and not _GLOB.search(local) and not Path(local).exists():
            raise AnalysisException(message=f"[PATH_NOT_FOUND] Path does not exist: {path}.")


def _fixes_number_of_files(plan: Any) -> bool:
    """Whether a plan's rows come from a coalesce or repartition with nothing but row-wise steps after it."""
    while plan is not None:
        kind = type(plan).__name__
        if kind in ("Repartition", "RepartitionByExpression"):
            return True
        if kind in ("Aggregate", "Join", "Sort", "Deduplicate", "SetOperation", "LateralJoin", "AsOfJoin"):
            return False
        plan = getattr(plan, "_child", None)
    return False

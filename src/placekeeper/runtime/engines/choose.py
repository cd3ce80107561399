"""Which engine runs a script."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from placekeeper.model.errors import MissingExtra, UsageError
from placekeeper.runtime.engines.base import Additions, Engine
from placekeeper.runtime.engines.differences import DIFFERENCES
from placekeeper.runtime.engines.sail import SailEngine
from placekeeper.runtime.engines.script_scan import Finding, findings
from placekeeper.runtime.engines.spark import SparkEngine


@dataclass(frozen=True)
class Installed:
    """Which engines this environment has."""

    sail: bool
    spark: bool


def installed() -> Installed:
    """Look without importing: pysail is Sail, a pyspark with jars and a context is Spark."""
    pyspark = importlib.util.find_spec("pyspark")
    folder = Path(pyspark.origin).parent if pyspark is not None and pyspark.origin else None
    has_context = folder is not None and (folder / "core" / "context.py").is_file()
    has_py4j = importlib.util.find_spec("py4j") is not None
    return Installed(
        sail=folder is not None and importlib.util.find_spec("pysail") is not None,
        spark=has_context and has_py4j,
    )


def resolve_engine(
    requested: str,
    script_source: str,
    filename: str,
    *,
    master: str | None = None,
    note: Callable[[str], None] | None = None,
    available: Installed | None = None,
    additions: Additions | None = None,
) -> Engine:
    """The engine for a script: `requested` is auto, sail or spark.

    Auto is Sail, unless `master` names a cluster, the script does something that Sail lacks or does
    differently, or Sail is not installed: then Spark. `note` is told of settings without effect. `additions`
    are what the job's parameters ask for; a setting that Sail would ignore counts as the script's. The engine
    is not started. Raises MissingExtra, which names the script's line and the reason, and UsageError.
    """
    has = available or installed()
    additions = additions or Additions()
    found = (*findings(script_source), *_found_in(additions.settings))
    name = _chosen(requested, found, filename, master, has)
    if name == "sail":
        return SailEngine(filename, note, additions)
    return SparkEngine(master, additions=additions)


def _found_in(settings: Mapping[str, str]) -> tuple[Finding, ...]:
    """Settings of --conf that need Spark, as if the script set them on line 0."""
    return tuple(
        Finding(0, f"--conf {key}={value}", row)
        for key, value in settings.items()
        for row in DIFFERENCES
        if any(setting.matches(key.lower(), value.lower()) for setting in row.guard.configuration)
    )


def _chosen(
    requested: str, found: tuple[Finding, ...], filename: str, master: str | None, has: Installed
) -> str:
    if requested == "sail" and master:
        raise UsageError("--master is for Apache Spark: leave it out, or use --engine spark")
    if requested not in ("auto", "sail", "spark"):
        raise UsageError(f"--engine is auto, sail or spark, not '{requested}'")
    if requested != "auto":
        if not getattr(has, requested):
            raise MissingExtra(f"--engine {requested}", requested)
        return requested
    if master or found or not has.sail:
        if has.spark:
            return "spark"
        raise _missing_spark(found, filename, master)
    return "sail"


def _missing_spark(found: tuple[Finding, ...], filename: str, master: str | None) -> MissingExtra:
    if found:
        first = found[0]
        where = f"{filename}, line {first.line}: " if first.line else ""
        return MissingExtra(f"{where}{first.what} ({first.reason})", "spark")
    return MissingExtra(f"--master {master}", "spark") if master else MissingExtra("running a job", "sail")

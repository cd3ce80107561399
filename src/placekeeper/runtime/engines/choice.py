"""The choice of the engine that runs a script."""

from collections.abc import Callable, Mapping
from pathlib import Path

from placekeeper.model.errors import MissingExtra, UsageError
from placekeeper.runtime.engines.base import Additions, Engine, EngineRequest
from placekeeper.runtime.engines.differences import DIFFERENCES
from placekeeper.runtime.engines.registry import ENGINES, SAIL, SPARK, Installed, installed, load
from placekeeper.runtime.engines.script_scan import Recognised, findings

AUTO = "auto"


def resolve_engine(
    requested: str,
    script_source: str,
    filename: str,
    *,
    master: str | None = None,
    note: Callable[[str], None] | None = None,
    additions: Additions | None = None,
    folder: Path | None = None,
) -> Engine:
    """The engine for a script, not started: see `engine_name`.

    `note` is told of settings without effect. `additions` are what the job's parameters ask for.
    `folder` is the run's, for rows that are kept on disk.
    """
    request = EngineRequest(filename, master, note or _forget, additions or Additions(), folder)
    name = engine_name(requested, script_source, filename, master=master, settings=request.additions.settings)
    return load(name).create(request)


def engine_name(
    requested: str,
    script_source: str,
    filename: str,
    *,
    master: str | None = None,
    settings: Mapping[str, str] | None = None,
    available: Installed | None = None,
) -> str:
    """The engine for a script, `sail` or `spark`; `requested` is one of them or auto.

    Auto is Sail, unless `master` names a cluster, the script does something that Sail lacks or does
    differently, or Sail is not installed: then Spark. A setting of --conf that Sail would ignore counts as
    the script's. Raises MissingExtra, which names the script's line and the reason, and UsageError.
    """
    found = (*_scanned(script_source), *_found_in(settings or {}))
    return _chosen(requested, found, filename, master, available or installed())


def _scanned(source: str) -> tuple[Recognised, ...]:
    """What the script does that needs Spark. A fault of the scan finds nothing: guards catch it later."""
    try:
        return findings(source)
    except Exception:  # noqa: BLE001 - the look at the script says it (rule not-looked)
        return ()


def _found_in(settings: Mapping[str, str]) -> tuple[Recognised, ...]:
    """Settings of --conf that need Spark, as if the script set them on line 0."""
    return tuple(
        Recognised(0, f"--conf {key}={value}", row)
        for key, value in settings.items()
        for row in DIFFERENCES
        if any(setting.matches(key.lower(), value.lower()) for setting in row.guard.configuration)
    )


def _chosen(
    requested: str, found: tuple[Recognised, ...], filename: str, master: str | None, has: Installed
) -> str:
    if requested == SAIL and master:
        raise UsageError("--master is for Apache Spark: leave it out, or use --engine spark")
    if requested not in (AUTO, *ENGINES):
        raise UsageError(f"--engine is auto, sail or spark, not '{requested}'")
    if requested != AUTO:
        if not getattr(has, requested):
            raise MissingExtra(f"--engine {requested}", ENGINES[requested].extra)
        return requested
    if master or found or not has.sail:
        if has.spark:
            return SPARK
        raise _missing_spark(found, filename, master)
    return SAIL


def _missing_spark(found: tuple[Recognised, ...], filename: str, master: str | None) -> MissingExtra:
    if found:
        first = found[0]
        where = f"{filename}, line {first.line}: " if first.line else ""
        return MissingExtra(f"{where}{first.what} ({first.reason})", "spark")
    return MissingExtra(f"--master {master}", "spark") if master else MissingExtra("running a job", "sail")


def _forget(_note: str) -> None:
    """Drop a note of a caller that takes none."""

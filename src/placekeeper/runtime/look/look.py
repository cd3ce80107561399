"""All looks at a script, in one table, and what a run makes of them."""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import counted
from placekeeper.runtime.engines.modules import is_found
from placekeeper.runtime.engines.parsing import parsed
from placekeeper.runtime.engines.script_scan import findings as engine_findings
from placekeeper.runtime.look.bookmarks import bookmarks
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.members import members
from placekeeper.runtime.look.options import options
from placekeeper.runtime.look.overwrites import overwrites
from placekeeper.runtime.look.quality import data_quality
from placekeeper.runtime.look.read_back import read_back
from placekeeper.runtime.look.script import Script
from placekeeper.runtime.look.sql_catalog import sql_catalog
from placekeeper.runtime.look.streams import streams
from placekeeper.runtime.look.unimported import unimported
from placekeeper.runtime.look.versions import versions

Look = Callable[[Script], Iterable[Finding]]
"""Finds things in a script, without running it."""

NOT_LOOKED: Final = "not-looked"
"""The rule of a look that failed."""

_SAID_BEFORE: Final = frozenset({"output-not-visible", "stream-source", NOT_LOOKED})
_IGNORED: Final = re.compile(r"#\s*placekeeper:\s*ignore(?:\[([\w\s,-]+)\])?")


def needs_spark(script: Script) -> Iterator[Finding]:
    """What makes --engine auto choose Spark. Where Spark is not installed, no run comes so far."""
    if not script.uses("awsglue", "pyspark"):
        return
    level, where = Level.NOTE, ""
    if script.spark_command is not None:
        level, where = Level.ERROR, f". Spark is not installed here. Install it: {script.spark_command}"
    for found in engine_findings(script.source):
        instead = f". {found.difference.instead}" if found.difference.instead else ""
        sentence = f"{found.what} runs on Spark: {found.reason}{instead}{where}"
        yield Finding(found.line, 1, "needs-spark", sentence, level)


LOOKS: Final[Sequence[Look]] = (
    unimported,
    members,
    options,
    streams,
    bookmarks,
    overwrites,
    read_back,
    sql_catalog,
    data_quality,
    needs_spark,
    versions,
)
"""The looks that there are. To add one is to add it here, and its rules to finding.RULES."""


def look(
    source: str,
    *,
    glue_version: str | None = None,
    spark_command: str | None = None,
    has_module: Callable[[str], bool] = is_found,
    knows_modules: bool = True,
    ignored: Collection[str] = (),
    looks: Sequence[Look] = LOOKS,
) -> list[Finding]:
    """All findings in a source, by line; those of `ignored` rules and of lines that say so are left out.

    With a `spark_command`, which installs Spark, what needs Spark is an error that names this command.
    `has_module` says whether a run finds a module. Without `knows_modules` a job may bring others.
    `# placekeeper: ignore[RULE, RULE]` on a line ignores these rules there, without brackets all.
    """
    tree = parsed(source)
    if tree is None:
        return [_not_python(source)]
    script = Script(source, tree, glue_version, spark_command, has_module, knows_modules)
    quiet = _quiet_lines(source)
    found = {one for each in looks for one in _attempted(each, script)}
    return sorted(_heaviest(one for one in found if one.rule not in ignored and not _is_quiet(one, quiet)))


def refuse_before_run(
    source: str,
    shown: str,
    *,
    hides_output: bool,
    on_sail: bool = False,
    has_jars: bool = False,
    has_module: Callable[[str], bool] = is_found,
    looks: Sequence[Look] = LOOKS,
) -> list[str]:
    """Refuse a script of which something certainly does not work: all lines and reasons at once.

    Returns sentences that its run should say; `hides_output` says whether output waits for job.commit,
    `on_sail` whether the run is on Sail whatever the script does, `has_jars` whether it has jars, which may
    have sources of streams. `has_module` says whether the run finds a module. A source that is not Python
    fails with its own error later. Raises UnsupportedFeature.
    """
    ignored: tuple[str, ...] = () if hides_output else ("output-not-visible",)
    if has_jars and not on_sail:  # Sail has no JVM that would load them
        ignored += ("stream-source",)
    found = (
        [] if parsed(source) is None else look(source, has_module=has_module, ignored=ignored, looks=looks)
    )
    errors = [one for one in found if one.level is Level.ERROR]
    if len(errors) == 1:
        raise UnsupportedFeature(f"{shown}, line {errors[0].line}: {errors[0].sentence}")
    if errors:
        lines = [f"line {one.line}: {one.sentence} ({one.rule})" for one in errors]
        raise UnsupportedFeature(
            f"{shown} was not started: {counted(len(errors), 'place')} in it will not work here\n  "
            + "\n  ".join(lines)
        )
    places: dict[str, list[str]] = {}
    for one in found:
        if one.rule in _SAID_BEFORE or (on_sail and one.rule == "needs-spark"):
            places.setdefault(one.sentence, []).extend([] if one.rule == NOT_LOOKED else [str(one.line)])
    return [_with_lines(lines) + sentence for sentence, lines in places.items()]


def _with_lines(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return f"{'line' if len(lines) == 1 else 'lines'} {', '.join(lines)}: "


def _attempted(each: Look, script: Script) -> list[Finding]:
    """What a look finds; a fault of its own is a warning, and the other looks go on."""
    try:
        return list(each(script))
    except Exception as error:  # noqa: BLE001 - a fault of ours stops no run
        said = f"{getattr(each, '__name__', 'a look')}: {type(error).__name__}: {error}".rstrip(": ")
        sentence = f"Placekeeper could not look at the script in every way ({said}). Please report this fault"
        return [Finding(1, 1, NOT_LOOKED, sentence, Level.WARNING)]


def _not_python(source: str) -> Finding:
    try:
        ast.parse(source)
    except SyntaxError as error:
        return Finding(error.lineno or 1, error.offset or 1, "syntax", error.msg, Level.ERROR)
    except (ValueError, RecursionError, MemoryError) as error:
        return Finding(1, 1, "syntax", str(error) or "nested too deeply", Level.ERROR)
    raise AssertionError("a source that parses has a tree")


def _quiet_lines(source: str) -> dict[int, frozenset[str]]:
    """The lines that ignore rules; an empty set means all."""
    if "placekeeper:" not in source:
        return {}
    found = ((number, _IGNORED.search(line)) for number, line in enumerate(source.splitlines(), 1))
    return {
        number: frozenset(re.split(r"[\s,]+", match[1].strip()) if match[1] else ())
        for number, match in found
        if match is not None
    }


def _is_quiet(finding: Finding, quiet: dict[int, frozenset[str]]) -> bool:
    names = quiet.get(finding.line)
    return names is not None and (not names or finding.rule in names)


def _heaviest(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each place, rule and sentence: a place may be walked several times."""
    order = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}
    kept: dict[tuple[int, int, str, str], Finding] = {}
    for one in sorted(findings, key=lambda finding: order[finding.level]):
        kept.setdefault((one.line, one.column, one.rule, one.sentence), one)
    return list(kept.values())

"""`placekeeper check SCRIPT …`: what will not work and where, before any run."""

import importlib.util
import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from placekeeper.cli.exit_codes import FAILED, OK
from placekeeper.cli.output import JsonOption, print_json, say
from placekeeper.model.errors import UsageError
from placekeeper.model.wording import counted
from placekeeper.rules.jobs.glue_versions import checked_glue_version
from placekeeper.wiring.looking import RULES, Finding, Level, is_found, look, spark_command

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class FoundIn(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and the file that it is in."""

    file: str
    line: int
    column: int
    rule: str
    level: Level
    sentence: str


@app.command("check")
def check(
    scripts: Annotated[
        list[Path], typer.Argument(help="Scripts, and folders with scripts.", metavar="SCRIPT…")
    ],
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="RULE", help="Leave out a rule; repeatable.")
    ] = None,
    glue_version: Annotated[
        str | None, typer.Option("--glue-version", metavar="N", help="The AWS Glue that the script is for.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings, too.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Say what of SCRIPT will not work, before any run.

    Exit code 0: nothing that fails. 1: something will not work, or a script needs Spark, which is not
    installed. A comment `# placekeeper: ignore[RULE]` leaves out a rule on its line.
    """
    ignored = tuple(ignore or ())
    _known(ignored)
    if glue_version is not None:
        checked_glue_version(glue_version)
    found = [
        FoundIn(
            file=_shown(file),
            line=one.line,
            column=one.column,
            rule=one.rule,
            level=one.level,
            sentence=one.sentence,
        )
        for file in _files(scripts)
        for one in _look(file, glue_version, ignored)
    ]
    if as_json:
        print_json(found)
    else:
        _print(found)
    levels = {one.level for one in found}
    return FAILED if Level.ERROR in levels or (strict and Level.WARNING in levels) else OK


def _print(found: Sequence[FoundIn]) -> None:
    for one in found:
        print(f"{one.file}:{one.line}:{one.column}: {one.rule} [{one.level}] {one.sentence}")
    counts = [
        counted(number, level.value)
        for level in Level
        if (number := sum(one.level is level for one in found))
    ]
    say(f"placekeeper: {', '.join(counts) if counts else 'nothing found'}")


def _look(file: Path, glue_version: str | None, ignored: Sequence[str]) -> list[Finding]:
    try:
        source = importlib.util.decode_source(file.read_bytes())
    except (SyntaxError, UnicodeDecodeError) as error:
        return [Finding(1, 1, "syntax", f"the file is not text: {error}", Level.ERROR)]
    return look(
        source,
        glue_version=glue_version,
        spark_command=spark_command(),
        has_module=partial(is_found, also_in=[str(file.parent)]),
        knows_modules=False,  # those of --extra-py-files are known only to the job
        ignored=ignored,
    )


def _files(given: Sequence[Path]) -> Iterator[Path]:
    """The files themselves, and the Python files in folders but those whose names begin with a dot."""
    for path in given:
        if path.is_dir():
            inside = sorted(path.rglob("*.py"))
            yield from (
                file for file in inside if not any(part[0] == "." for part in file.relative_to(path).parts)
            )
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"there is no script at {path}")


def _known(rules: Sequence[str]) -> None:
    for rule in rules:
        if rule not in RULES:
            close = get_close_matches(rule, RULES, n=1)
            meant = f"Did you mean {close[0]}?" if close else f"The rules are {', '.join(RULES)}"
            raise UsageError(f"there is no rule '{rule}'. {meant}")


def _shown(file: Path) -> str:
    """A path as it was given, where that is no longer than from here."""
    try:
        return min(str(file), os.path.relpath(file), key=len)
    except ValueError:  # another drive
        return str(file)

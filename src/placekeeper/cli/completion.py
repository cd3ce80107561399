"""Shell completion of a command line: commands, options, names in the state."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from placekeeper.cli.command_table import COMMANDS, SCRIPT_OPTIONS, Value, names_below
from placekeeper.host.known_names import known_bookmarks, known_jobs, known_runs
from placekeeper.model.errors import UsageError
from placekeeper.rules.jobs.run_ids import short
from placekeeper.settings import Settings

Candidate = tuple[str, str | None]
"""A word, and what is said of it."""

_KNOWN: Mapping[Value, Callable[[Settings], Iterable[str]]] = {
    Value.JOB: known_jobs,
    Value.BOOKMARK: known_bookmarks,
    Value.RUN: lambda settings: map(short, known_runs(settings)),
}


def candidates(words: Sequence[str], incomplete: str) -> list[Candidate]:
    """The words that may follow `words` and begin as `incomplete` does."""
    return [(word, said) for word, said in _all(words) if word.startswith(incomplete)]


def _all(words: Sequence[str]) -> Iterator[Candidate]:
    path = _path(words)
    row = COMMANDS.get(path)
    if row is None:
        yield from names_below(path).items()
        return
    options = {**row.options, "--help": Value.FLAG}
    is_script = path == ("run",)
    if is_script:
        options |= SCRIPT_OPTIONS
    rest = [word for word in words[len(path) :] if word != "="]  # bash splits --option=value
    wanted = options.get(rest[-1], Value.FLAG) if rest else Value.FLAG
    if wanted is Value.FLAG:
        yield from ((option, None) for option in options)
        is_first = not _arguments(rest, options)
        wanted = row.argument if row.argument is not None and is_first else Value.TEXT
    if wanted in _KNOWN:
        yield from ((name, None) for name in _known(wanted, rest))


def _path(words: Sequence[str]) -> tuple[str, ...]:
    """The command or group that the first words name."""
    path: tuple[str, ...] = ()
    for word in words:
        if path in COMMANDS or word not in names_below(path):
            break
        path = (*path, word)
    return path


def _arguments(words: Sequence[str], options: Mapping[str, Value]) -> list[str]:
    """The words that are neither options nor their values."""
    found, is_value = [], False
    for word in words:
        if not is_value and not word.startswith("-"):
            found.append(word)
        is_value = options.get(word, Value.FLAG) is not Value.FLAG
    return found


def _known(wanted: Value, words: Sequence[str]) -> Iterable[str]:
    given = dict(pairwise(words)) | dict(word.split("=", 1) for word in words if "=" in word)
    try:
        settings = Settings.of(os.environ, state=given.get("--state"), database=given.get("--database"))
    except UsageError:  # the command will say so
        return ()
    return _KNOWN[wanted](settings)

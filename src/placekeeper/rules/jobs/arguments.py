"""A job's arguments: how three maps become one, how they become argv, and what `getResolvedOptions` returns.

The rules are those of docs/reference/arguments.md#getresolvedoptions; the texts of errors are AWS's.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from placekeeper.model.errors import PlacekeeperError, UsageError

BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable")
CONTINUATION_OPTIONS = {
    "continuation-enabled": "job-bookmark-enable",
    "continuation-readonly": "job-bookmark-pause",
    "continuation-ignore": "job-bookmark-disable",
}
"""The legacy spelling and what each of its values means."""

RESERVED_OPTIONS = {
    "job-bookmark-option": "job-bookmark-option",
    "continuation-option": "continuation-option",
    "job-bookmark-from": "--job-bookmark-from",
    "job-bookmark-to": "--job-bookmark-to",
}
"""Names that a script may not ask for, and their spelling in the error."""

_CONF = "--conf"
_DISABLE = "job-bookmark-disable"
_PAUSE = "job-bookmark-pause"
_ALWAYS_PARSED = ("JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "encryption-type", "enable-data-lineage")
_TEMPORARY_DIRECTORIES = ("TempDir", "RedshiftTempDir")


class GlueArgumentError(PlacekeeperError):
    """A job's arguments are not what its script asks for."""


class GlueArgumentParser(argparse.ArgumentParser):
    """An argument parser that raises instead of ending the process."""

    def error(self, msg: str) -> NoReturn:
        """Raise GlueArgumentError with argparse's own text."""
        raise GlueArgumentError(msg)


def effective_arguments(
    default: Mapping[str, str] | None,
    run: Mapping[str, str] | None,
    non_overridable: Mapping[str, str] | None,
) -> dict[str, str]:
    """The arguments a run gets: NonOverridableArguments over the run's Arguments over DefaultArguments.

    Names begin with `--`. A name without it is the same argument, because a script cannot tell them apart; if
    one map has both, the name with `--` wins.
    """
    return {**_named(default), **_named(run), **_named(non_overridable)}


def _named(arguments: Mapping[str, str] | None) -> dict[str, str]:
    given = arguments or {}
    bare = {f"--{key}": value for key, value in given.items() if not key.startswith("--")}
    return bare | {key: value for key, value in given.items() if key.startswith("--")}


def to_argv(arguments: Mapping[str, str]) -> list[str]:
    """The argv tokens of arguments, `--KEY value`, as scripts that read sys.argv expect them.

    A value that begins with '-' would look like a key, so it is joined to its key: `--KEY=-value`.
    """
    tokens: list[str] = []
    for name, value in arguments.items():
        tokens += [f"{name}={value}"] if value.startswith("-") else [name, value]
    return tokens


def from_argv(tokens: Sequence[str]) -> dict[str, str]:
    """The arguments in argv tokens: `--KEY value`, `--KEY=value` or a bare `--KEY`. The last of a key wins.

    Only `--conf` collects all values, in Glue's spelling for several: `spark.a=b --conf spark.c=d`.
    Raises UsageError for a token that does not follow a key.
    """
    arguments: dict[str, str] = {}
    rest = list(reversed(tokens))
    while rest:
        token = rest.pop()
        name, equals, value = token.partition("=")
        if not name.startswith("--") or len(name) < 3:
            raise UsageError(f"'{token}' does not follow an argument name: write --NAME {token}")
        if not equals and rest and not rest[-1].startswith("--"):
            value = rest.pop()
        is_further = name == _CONF and arguments.get(_CONF)
        arguments[name] = f"{arguments[name]} {_CONF} {value}" if is_further else value
    return arguments


def resolve_options(
    args: Sequence[str], options: Iterable[str], *, allow_abbrev: bool = False
) -> dict[str, Any]:
    """The answer of `getResolvedOptions`: the requested options, and those that are always present.

    `args` is the whole sys.argv. Raises RuntimeError for a reserved name and for bookmark arguments that do
    not go together, GlueArgumentError for arguments that do not parse, argparse.ArgumentError for a name
    asked for twice or one that is always present. `-h` prints help and exits with 0.
    """
    wanted = list(options)
    for name in wanted:
        if name in RESERVED_OPTIONS:
            raise RuntimeError(f"Using reserved arguments {RESERVED_OPTIONS[name]}")
    parser = _parser(wanted, allow_abbrev)
    parsed, _unknown = parser.parse_known_args(list(args[1:]))
    found = vars(parsed)
    _settle_bookmark(found)
    _mirror_temporary_directories(found)
    return found


def _parser(wanted: Sequence[str], allow_abbrev: bool) -> GlueArgumentParser:
    parser = GlueArgumentParser(allow_abbrev=allow_abbrev)
    parser.add_argument("--job-bookmark-option", type=_OneOf(BOOKMARK_OPTIONS))
    parser.add_argument("--continuation-option", type=_OneOf(tuple(CONTINUATION_OPTIONS)))
    parser.add_argument("--job-bookmark-from")
    parser.add_argument("--job-bookmark-to")
    for name in (*_ALWAYS_PARSED, *_TEMPORARY_DIRECTORIES):
        parser.add_argument(f"--{name}", dest=name.replace("-", "_"))
    for name in wanted:
        if name not in _TEMPORARY_DIRECTORIES:
            parser.add_argument(f"--{name}", required=True)
    return parser


class _OneOf:
    """A converter that accepts listed values. Its error reads the same in every version of Python."""

    def __init__(self, choices: Sequence[str]) -> None:
        self._choices = choices

    def __call__(self, value: str) -> str:
        if value in self._choices:
            return value
        listed = ", ".join(map(repr, self._choices))
        raise argparse.ArgumentTypeError(f"invalid choice: {value!r} (choose from {listed})")


def _settle_bookmark(found: dict[str, Any]) -> None:
    """Fold the legacy option in, default to disable, and check the range.

    Source: docs/reference/arguments.md#getresolvedoptions.
    """
    legacy = found.pop("continuation_option")
    option = found["job_bookmark_option"] or CONTINUATION_OPTIONS.get(legacy, _DISABLE)
    found["job_bookmark_option"] = option
    begin, end = found["job_bookmark_from"], found["job_bookmark_to"]
    if option == _PAUSE and bool(begin) != bool(end):
        missing = "--job-bookmark-to" if begin else "--job-bookmark-from"
        raise RuntimeError(f"Missing option or value for {missing}")
    if option != _PAUSE and begin and end:
        raise RuntimeError("Invalid option(s)--job-bookmark-from --job-bookmark-to")


def _mirror_temporary_directories(found: dict[str, Any]) -> None:
    first, second = _TEMPORARY_DIRECTORIES
    found[first], found[second] = (
        found[first] if found[first] is not None else found[second],
        found[second] if found[second] is not None else found[first],
    )

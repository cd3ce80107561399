"""Paths with wildcards, as Hadoop has them: `*`, `?`, `[a-z]`, `[^a-z]`, `{a,b}` (also in each other).

`*` and `?` match characters of one name, never a slash. A backslash takes the next character literally. A
name that begins with `_` or `.` is matched only where the pattern begins so too; Hive's `_name=value` is no
such name.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.errors import UsageError
from placekeeper.rules.bracket_ranges import ranges_pattern

_WILD: Final = re.compile(r"[*?\[{]")
_TOKEN: Final = re.compile(
    r"\\(?P<escaped>.)|(?P<wild>[*?])|\[(?P<other>[!^]?)(?P<chars>\]?(?:\\.|[^\]\\])*)\]|(?P<plain>.)",
    re.DOTALL,
)
_CHARACTER: Final = re.compile(r"\\.|.", re.DOTALL)
_MOST: Final = 1000


def is_hidden(name: str) -> bool:
    """Whether Spark passes over a file or a folder of this name."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


class Step(Struct, frozen=True):
    """What one name of a path has to be. `literal` is the name where there is only one."""

    pattern: re.Pattern[str]
    literal: str | None
    takes_hidden: bool

    def matches(self, name: str) -> bool:
        """Whether a name, without its slash, is meant."""
        return (self.takes_hidden or not is_hidden(name)) and self.pattern.fullmatch(name) is not None


class PathPattern(Struct, frozen=True):
    """The names that are wanted below a `folder`, which is a URI with a slash at the end.

    With `wants_folders`, the last name is that of a folder.
    """

    folder: str
    steps: tuple[Step, ...]
    wants_folders: bool

    def rest(self, below: str) -> str | None:
        """The part of a path below `folder` that is behind the steps; None if it is not meant."""
        names = below.split("/")
        if len(names) < len(self.steps):
            return None
        if all(step.matches(name) for step, name in zip(self.steps, names, strict=False)):
            return "/".join(names[len(self.steps) :])
        return None


def is_pattern(path: str) -> bool:
    """Whether a path has a wildcard, or one with a backslash before it."""
    return _WILD.search(path) is not None


def escaped(path: str) -> str:
    """The pattern that means just this path."""
    return re.sub(r"([*?\[{\\])", r"\\\1", path) if is_pattern(path) else path


def fixed_part(path: str) -> str:
    """The path up to its first wildcard: a folder. A path without a wildcard is meant itself."""
    found = _WILD.search(path)
    return path if found is None else path[: found.start()].rpartition("/")[0] + "/"


def expanded(paths: Sequence[str], *, takes_hidden: bool = False) -> tuple[str | PathPattern, ...]:
    """Every path without a wildcard, and a pattern for each other one; groups become paths of their own.

    With `takes_hidden`, wildcards match hidden names too.
    Raises UsageError for a broken pattern, and one that means more than 1,000 paths by its groups.
    """
    found: dict[str | PathPattern, None] = {}
    for path in paths:
        if not is_pattern(path):
            found[path] = None
            continue
        for one in _without_groups(path, path):
            found[_pattern_of(one, path, takes_hidden=takes_hidden)] = None
            if len(found) > _MOST:
                raise UsageError(f"the path {path} means more than {_MOST:,} paths: name a folder above them")
    return tuple(found)


def _pattern_of(path: str, whole: str, *, takes_hidden: bool) -> str | PathPattern:
    scheme, _, rest = path.partition("://")
    names = rest.split("/")
    wants_folders = names[-1] == ""
    steps = [_step(name, whole) for name in (names[:-1] if wants_folders else names)]
    literals = 0
    while literals < len(steps) and steps[literals].literal is not None:
        literals += 1
    fixed = [f"{step.literal}/" for step in steps[:literals]]
    if literals == len(steps):
        only = f"{scheme}://{''.join(fixed)}"
        return only if wants_folders else only.removesuffix("/")
    named = steps[literals:]
    if takes_hidden:
        named = [replace(step, takes_hidden=True) for step in named]
    return PathPattern(f"{scheme}://{''.join(fixed)}", tuple(named), wants_folders)


def _without_groups(path: str, whole: str) -> Iterator[str]:
    """The paths that a path means by its first group, and so on."""
    opened = next(_outside_brackets(path, "{"), None)
    if opened is None:
        yield path
        return
    depth, begin, parts = 0, opened + 1, []
    for at in _outside_brackets(path, "{},"):
        if at < opened:
            continue
        depth += {"{": 1, "}": -1}.get(path[at], 0)
        if (path[at] == "," and depth == 1) or depth == 0:
            parts.append(path[begin:at])
            begin = at + 1
        if depth == 0:
            for part in parts:
                yield from _without_groups(path[:opened] + part + path[begin:], whole)
            return
    _refuse(whole, "its group { is not closed by a }")


def _outside_brackets(path: str, wanted: str) -> Iterator[int]:
    """The places of characters that are neither in brackets nor behind a backslash."""
    for token in _TOKEN.finditer(path):
        if token["plain"] is not None and token["plain"] in wanted:
            yield token.start()


def _step(text: str, whole: str) -> Step:
    parts, literal = [], []
    is_literal = True
    for token in _TOKEN.finditer(text):
        if token["wild"]:
            is_literal = False
            parts.append("[^/]*" if token["wild"] == "*" else "[^/]")
        elif token["chars"] is not None:
            is_literal = False
            parts.append(_brackets(token, whole))
        elif token["plain"] == "[":
            _refuse(whole, "its bracket [ is not closed by a ]")
        elif token["plain"] == "\\":
            _refuse(whole, "a backslash stands before a slash or the end")
        else:
            character = token["escaped"] or token["plain"]
            literal.append(character)
            parts.append(re.escape(character))
    first = text.removeprefix("\\")[:1]
    pattern = re.compile("".join(parts), re.DOTALL)
    return Step(pattern, "".join(literal) if is_literal else None, is_literal or first in ("_", "."))


def _brackets(token: re.Match[str], whole: str) -> str:
    spelled = _CHARACTER.findall(token["chars"])
    if not spelled:
        _refuse(whole, "its brackets [] are empty")
    inside = ranges_pattern(spelled, lambda why: _refuse(whole, why))
    return f"[^/{inside}]" if token["other"] else f"[{inside}]"


def _refuse(path: str, why: str) -> NoReturn:
    raise UsageError(
        f"the path {path!r} is broken: {why}. A path may have * ? [a-z] [^a-z] {{a,b}}. To mean one of these "
        "characters itself, write \\ before it."
    )

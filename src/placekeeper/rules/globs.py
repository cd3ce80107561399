"""Unix globs, as AWS documents them for `exclusions` and crawlers, as regular expressions.

`*` matches any characters of one name, `**` any characters at all, `?` one character of a name. `[a-z]`
matches one of these characters, `[!a-z]` one of the others. `{a,b}` matches one of these globs; groups do
not nest. Outside of brackets, a backslash takes the next character literally. Other characters match
themselves.
"""

import re
from collections.abc import Sequence
from typing import Final, NoReturn

from placekeeper.model.errors import UsageError
from placekeeper.rules.bracket_ranges import ranges_pattern

_TOKEN: Final = re.compile(
    r"\\(?P<escaped>.)|(?P<wild>\*\*|\*|\?)|\[(?P<other>!?+)(?P<chars>\][^\]]*|[^\]]+)\]|(?P<syntax>[\[\\{},])|.",
    re.DOTALL,
)
_WILD: Final = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


def globs_pattern(globs: Sequence[str]) -> re.Pattern[str]:
    """A pattern for `fullmatch` that matches what any glob matches. Raises UsageError that names the glob."""
    return re.compile("|".join(f"(?:{_pattern(glob)})" for glob in globs) or r"(?!)", re.DOTALL)


def _pattern(glob: str) -> str:
    """One glob as a regular expression. `s3a` and `s3n` mean `s3`; a local path is spelled as its URI."""
    if not glob:
        _refuse(glob, "it is empty")
    spelled = re.sub(r"^s3[an]://", "s3://", glob)
    spelled = f"file://{spelled}" if spelled.startswith("/") else spelled
    parts: list[str] = []
    is_in_group = False
    for token in _TOKEN.finditer(spelled):
        syntax = token["syntax"]
        if syntax == "{" and is_in_group:
            _refuse(glob, "it has a group {…} inside another")
        elif syntax == "{" or (syntax == "}" and is_in_group):
            is_in_group = not is_in_group
            parts.append("(?:" if is_in_group else ")")
        elif syntax == "," and is_in_group:
            parts.append("|")
        elif syntax == "[":
            _refuse(glob, "its bracket [ is not closed by a ]")
        elif syntax == "\\":
            _refuse(glob, "it ends with a backslash")
        else:
            parts.append(_token_pattern(glob, token))
    if is_in_group:
        _refuse(glob, "its group { is not closed by a }")
    return "".join(parts)


def _token_pattern(glob: str, token: re.Match[str]) -> str:
    if token["wild"]:
        return _WILD[token["wild"]]
    if token["chars"] is not None:
        inside = _ranges(glob, token["chars"])
        return f"[^/{inside}]" if token["other"] else f"(?!/)[{inside}]"
    return re.escape(token["escaped"] or token[0])


def _ranges(glob: str, chars: str) -> str:
    """The inside of brackets, as a regular expression."""
    if "/" in chars:
        _refuse(glob, "it has a / inside brackets, which match one character of a name")
    return ranges_pattern(list(chars), lambda why: _refuse(glob, why))


def _refuse(glob: str, why: str) -> NoReturn:
    raise UsageError(
        f"the glob {glob!r} in exclusions is broken: {why}. A glob may use * ? [a-z] [!a-z] {{a,b}} and **. "
        "To match one of these characters itself, write \\ before it."
    )

"""Passwords in texts that a run prints or keeps: found in the source of its script, and masked.

Source: docs/reference/databases.md#passwords-in-logs.
"""

import ast
import json
import re
from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import quote, quote_plus, unquote

MASK: Final = "***"
_SHORTEST: Final = 4
_NO_WORD: Final = 12
"""From so many characters on, a secret is masked within words too."""

_NAMES: Final = re.compile(r"(?:\w*[_.-])?(?:sf|pg)?(?:password|passwd|passphrase|pwd)", re.IGNORECASE)
_IN_URL: Final = re.compile(r"[?&;](?:password|pwd)=([^&;\s]+)|//[^\s/:@]+:([^\s/@]+)@", re.IGNORECASE)


def masked(text: str, secrets: Collection[str]) -> str:
    """A text without secrets. One that is short is masked only where a password stands: it may be a word."""
    for secret in sorted(secrets, key=len, reverse=True):
        spellings = {quote(secret, safe=""), quote(secret), quote_plus(secret), quote(secret, safe=" +")}
        for spelling in {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], *spellings}:
            if spelling in text:
                text = _pattern(spelling).sub(MASK, text)
    return text


def secrets_of_script(source: str) -> frozenset[str]:
    """The literals of a script that are passwords, as far as their names, or a URL around them, tell."""
    try:
        tree = ast.parse(source)
        return frozenset(secret for node in ast.walk(tree) for secret in _of(node) if secret.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # what it says when it runs
        return frozenset()


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield from _under(_text(key), value)
    elif isinstance(node, ast.keyword):
        yield from _under(node.arg, node.value)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _under(_name(target), node.value)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield from _under(_name(node.target), node.value)
    elif isinstance(node, ast.arguments):
        named = [*node.posonlyargs, *node.args]
        for one, default in zip(reversed(named), reversed(node.defaults), strict=False):
            yield from _under(one.arg, default)
    elif isinstance(node, ast.Call) and len(node.args) > 1:  # .option("password", "…")
        for first, second in zip(node.args, node.args[1:], strict=False):
            yield from _under(_text(first), second)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        for found in _IN_URL.findall(node.value):
            yield from (*found, *map(unquote, found))


def _under(name: str | None, value: ast.expr) -> Iterator[str]:
    said = _text(value)
    if name and said and _NAMES.fullmatch(name):
        yield said


def _name(target: ast.expr) -> str | None:
    if isinstance(target, ast.Subscript):
        return _text(target.slice)
    return target.id if isinstance(target, ast.Name) else getattr(target, "attr", None)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _pattern(secret: str) -> re.Pattern[str]:
    """Where a secret is masked: as a whole word, or, if it is short, only as a literal or as a password."""
    plain = re.escape(secret)
    if len(secret) < _SHORTEST:
        return re.compile(
            rf"(?<=['\"]){plain}(?=['\"])|(?<=password=){plain}(?![\w])|(?<=:){plain}(?=@)", re.IGNORECASE
        )
    if len(secret) >= _NO_WORD:
        return re.compile(plain)
    before = r"(?<!\w)" if secret[0].isalnum() else ""
    after = r"(?!\w)" if secret[-1].isalnum() else ""
    return re.compile(f"{before}{plain}{after}")

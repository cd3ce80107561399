"""The look at the rulesets in a script's text, before it runs."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.runtime.quality.dqdl import parse_ruleset

_RULESET: Final = re.compile(r"\bRules\s*=\s*\[")


def unsupported_rules(tree: ast.Module) -> tuple[tuple[int, str], ...]:
    """The first fault of each ruleset that is written in a script: its line, from 1, and why it cannot be.

    Only rules that are not there count. A text that the script completes later is not a whole ruleset yet.
    """
    return tuple(sorted(_faults(tree)))


def _faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            begin = _RULESET.search(node.value)
            if begin is None:
                continue
            try:
                parse_ruleset(node.value)
            except UnsupportedFeature as fault:
                yield node.lineno + _line(node.value, str(fault)), str(fault)
            except UsageError:
                continue  # the run says it, if this is a ruleset


def _line(text: str, fault: str) -> int:
    """How many lines below the begin of a text a word stands that a fault names."""
    named = [
        word
        for word in re.findall(r"\w+", text)
        if len(word) > 3 and word in fault.split(". ", maxsplit=1)[0]
    ]
    return min((text.count("\n", 0, text.index(word)) for word in named), default=0)

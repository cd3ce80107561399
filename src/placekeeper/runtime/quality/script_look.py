"""The look at the rulesets in a script's text, before it runs."""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from placekeeper.model.errors import UsageError
from placekeeper.runtime.quality import dqdl

_RULESET: Final = re.compile(r"\bRules\s*=\s*\[")


def unsupported_rules(tree: ast.Module) -> tuple[tuple[int, str], ...]:
    """The rules that are not there, in all rulesets of a script: line, from 1, and why each cannot be.

    Only such rules count. A text that the script completes later is not a whole ruleset yet.
    """
    return tuple(sorted(_faults(tree)))


def _faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            if _RULESET.search(node.value) is None:
                continue
            with suppress(UsageError):  # the run says it, if this is a ruleset
                for line, why in dqdl.unsupported_rules(node.value):
                    yield node.lineno + line - 1, why

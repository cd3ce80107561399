"""The syntax tree of a script, parsed once for everybody who looks at it."""

import ast
from functools import lru_cache


@lru_cache(maxsize=4)
def parsed(source: str) -> ast.Module | None:
    """The tree of a source; nobody may change it. None for a source that is not Python or nested too deeply.

    Such a script fails with its own error when it runs.
    """
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None

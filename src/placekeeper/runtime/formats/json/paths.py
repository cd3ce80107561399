"""The part of JSONPath that Glue's `jsonPath` option uses: names, indices and `[*]`."""

import re
from collections.abc import Iterator
from typing import Final

from placekeeper.model.errors import UnsupportedFeature

_STEP: Final = re.compile(
    r"""\.(?P<name>[^.\[\]*]+)|\[(?:(?P<all>\*)|(?P<index>[0-9]{1,18})|'(?P<q>[^']*)'|"(?P<qq>[^"]*)")\]"""
)

Step = str | int | None
"""A name, an index, or None for every element."""


def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a path such as `$.a.b[*]`. Raises UnsupportedFeature for more than names, [n], [*]."""
    steps: list[Step] = []
    at = 1
    while at < len(path) and path.startswith("$"):
        match = _STEP.match(path, at)
        if match is None:
            break
        at = match.end()
        if match["all"]:
            steps.append(None)
        elif match["index"]:
            steps.append(int(match["index"]))
        else:
            steps.append(next(name for name in (match["name"], match["q"], match["qq"]) if name is not None))
    if not path.startswith("$") or at < len(path):
        raise UnsupportedFeature(
            f"jsonPath {path!r} is not supported: use names, [n] and [*], as in $.records[*]."
        )
    return tuple(steps)


def values_at(document: object, steps: tuple[Step, ...]) -> Iterator[object]:
    """Every value at the path, none where a step finds nothing. A list at the end gives its elements."""
    if not steps:
        yield from document if isinstance(document, list) else (document,)
        return
    step, rest = steps[0], steps[1:]
    if step is None and isinstance(document, list):
        for element in document:
            yield from values_at(element, rest) if rest else (element,)
    elif isinstance(step, str) and isinstance(document, dict):
        yield from values_at(document[step], rest) if step in document else ()
    elif isinstance(step, int) and isinstance(document, list):
        yield from values_at(document[step], rest) if step < len(document) else ()

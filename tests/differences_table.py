"""The table of what Sail does differently, as docs/reference/engines.md shows it.

`python tests/differences_table.py` prints the rows. A test of the docs compares the page with them.
"""

import re

from placekeeper.runtime.engines.differences import DIFFERENCES, OTHER_RDD_METHODS
from placekeeper.runtime.engines.recognition import Difference

HEADER = ("| In a script | On Sail | Noticed | What to do |", "|---|---|---|---|")


def differences_table() -> str:
    """The table as lines of Markdown, a row a difference; the last line has no line end."""
    return "\n".join((*HEADER, *map(_row, DIFFERENCES)))


def _row(row: Difference) -> str:
    uses = "; ".join([*(f"`{use}`" for use in (row.example, *_others(row))), *_of_the_context(row)])
    noticed = " and ".join(
        when for when, is_so in (("before", row.is_looked_for), ("during", row.is_guarded)) if is_so
    )
    what_to_do = f"{_marked(row.instead)}, or `--engine spark`" if row.instead else "`--engine spark`"
    cells = (f'<a id="{row.name}"></a>{uses}', _marked(row.reason), f"{noticed} the run", what_to_do)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _marked(text: str) -> str:
    """A text with its names as code; they are what has an underscore."""
    return re.sub(r"[\w.]*_[\w.]*\w", lambda name: f"`{name[0]}`", text)


def _of_the_context(row: Difference) -> list[str]:
    """What stands for the many methods of SparkContext and of RDDs."""
    if not row.look.context_calls:
        return []
    return [
        "other methods of RDDs than [RDDs on Sail](#rdds-on-sail) names",
        "most methods of `sc`, such as `sc.broadcast`",
    ]


def _others(row: Difference) -> list[str]:
    """Names that a row has beside those in its example, without SparkContext's many methods."""
    look = row.look
    settings = [*look.settings, *(access.setting for access in (*look.reads, *look.writes) if access.setting)]
    formats = {name for access in (*look.reads, *look.writes) for name in access.formats}
    names = {
        *look.attributes,
        *look.classes,
        *look.modules,
        *look.importable,
        *formats,
        *(s.name for s in settings),
    }
    return sorted(name for name in names - OTHER_RDD_METHODS if name not in row.example)


if __name__ == "__main__":
    print(differences_table())

"""The table of what versions of Glue do differently, as docs/reference/glue-versions.md shows it.

`python tests/version_table.py` prints the rows. A test of the docs compares the page with them.
"""

import re

from placekeeper.rules.jobs.version_notes import VERSION_DIFFERENCES, VersionDifference


def version_table() -> str:
    """The rows as lines of Markdown, a row a difference; the last line has no line end."""
    return "\n".join(map(_row, VERSION_DIFFERENCES))


def _row(row: VersionDifference) -> str:
    name = row.name.replace("-", " ")
    cells = (f'<a id="differs-{row.name}"></a>{name}', row.since, _marked(row.below), _marked(row.then))
    return f"| {' | '.join(cells)} |"


def _marked(text: str) -> str:
    """A text with its names as code; they are what has an underscore."""
    return re.sub(r"[\w.]*_[\w.]*\w", lambda name: f"`{name[0]}`", text)


if __name__ == "__main__":
    print(version_table())

"""Output: JSON for programs, tables for people; results on stdout, everything else on stderr."""

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

StateOption = Annotated[
    str | None,
    typer.Option(
        "--state", metavar="FOLDER", help="The state (default: $PLACEKEEPER_STATE, ./.placekeeper)."
    ),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Its PostgreSQL (default: $PLACEKEEPER_DATABASE, else SQLite in the state).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]

GAP = "  "
"""Between the columns of tables."""

_NARROWEST = 20
"""Characters that the last column has at least, however narrow the terminal is."""


def print_json(value: Any) -> None:
    """One JSON document, indented."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as wide as it needs to be; its last column is cut to the terminal where there is one."""
    print("\n".join(table_lines(columns, rows, terminal_width())))


def terminal_width() -> int | None:
    """The columns of the terminal that stdout is; None where it is not one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table_lines(
    columns: Sequence[str], rows: Iterable[Sequence[object]], width: int | None = None
) -> list[str]:
    """The lines of a table. With the `width` of a terminal, the last column is cut to what is left of it.

    Of a path the end is kept, which tells paths apart; of a text the beginning.
    """
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    table = [list(columns), *cells]
    widths = [max(len(row[place]) for row in table) for place in range(len(columns))]
    others = sum(widths[:-1]) + len(GAP) * (len(columns) - 1)
    room = None if width is None else max(_NARROWEST, width - others)
    return [
        GAP.join(
            [cell.ljust(w) for cell, w in zip(row[:-1], widths, strict=False)] + [_last(row[-1], room)]
        ).rstrip()
        for row in table
    ]


def print_rows(columns: Mapping[str, int], rows: Iterable[Sequence[Sequence[str]]]) -> None:
    """A table whose rows are printed as they come, some at a time; without rows no heading.

    `columns` are names and widths in characters; a longer cell moves the rest of its line. The last column is
    as wide as it is, and is cut to a terminal.
    """
    width = terminal_width()
    others = sum(list(columns.values())[:-1]) + len(GAP) * (len(columns) - 1)
    room = None if width is None else max(_NARROWEST, width - others)
    line = GAP.join(f"{{:{width}}}" for width in columns.values()).format
    heading: Sequence[str] = list(columns)
    for some in rows:
        if some:
            table = [heading, *some] if heading else some
            print("\n".join([line(*row[:-1], _last(row[-1], room)).rstrip() for row in table]), flush=True)
            heading = ()


def cut(text: str, room: int | None) -> str:
    """The beginning of a text that is longer than `room`; None: there is room for all of it."""
    return text if room is None or len(text) <= room else f"{text[: room - 1]}…"


def _cut_path(path: str, room: int | None) -> str:
    return path if room is None or len(path) <= room else f"…{path[-(room - 1) :]}"


def _last(text: str, room: int | None) -> str:
    is_path = "/" in text and " " not in text
    return _cut_path(text, room) if is_path else cut(text, room)


def say(message: str) -> None:
    """A line for people, on stderr."""
    print(message, file=sys.stderr)


def instant(epoch_ms: int | None) -> str:
    """An instant as people read it, in UTC."""
    if epoch_ms is None:
        return ""
    return f"{str(datetime.fromtimestamp(epoch_ms // 1000, UTC))[:19]}Z"

"""Output: JSON for programs, tables for people; results on stdout, everything else on stderr."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

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


def print_json(value: Any) -> None:
    """One JSON document, indented."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as wide as it needs to be: cut to the terminal only where there is one."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console(soft_wrap=not sys.stdout.isatty(), highlight=False, markup=False)
    if sys.stdout.isatty():
        console.print(table)
        return
    console.width = 10_000
    with console.capture() as captured:
        console.print(table)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def say(message: str) -> None:
    """A line for people, on stderr."""
    print(message, file=sys.stderr)


def instant(epoch_ms: int | None) -> str:
    """An instant as people read it, in UTC."""
    if epoch_ms is None:
        return ""
    return f"{datetime.fromtimestamp(epoch_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"

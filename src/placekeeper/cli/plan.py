"""`placekeeper plan NAME`: what the next run would read, file by file and why."""

from typing import Annotated

import typer

from placekeeper.cli.opened import existing_state
from placekeeper.cli.output import (
    DatabaseOption,
    JsonOption,
    StateOption,
    instant,
    print_json,
    print_table,
)
from placekeeper.cli.run_ids import short
from placekeeper.control.planning import SourcePlan
from placekeeper.runtime.report import counts_line


def plan(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name given to Job.init.")],
    every: Annotated[bool, typer.Option("--all", help="Also list what will not be read.")] = False,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show what the next run of NAME would read, and why; nothing is changed by looking."""
    with existing_state(state, database) as opened:
        planned = opened.planner.plan(name)
    if as_json:
        print_json(planned)
        return 0
    for source in planned.sources:
        print(f"{source.context}: would {counts_line({k.value: n for k, n in source.counts.items()})}")
        _print_decisions(source, every=every)
    return 0


def _print_decisions(source: SourcePlan, *, every: bool) -> None:
    shown = [decision for decision in source.decisions if every or decision.reason.is_read]
    if shown:
        print_table(
            ("reason", "modified", "size", "processed by", "object"),
            [
                (
                    decision.reason,
                    instant(decision.object.last_modified_ms),
                    f"{decision.object.size:,}",
                    short(decision.processed_by),
                    decision.object.path,
                )
                for decision in shown
            ],
        )

"""`placekeeper plan NAME`: what the next run would read, file by file and why."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import typer

from placekeeper.cli.existing_state import existing_state
from placekeeper.cli.output import (
    DatabaseOption,
    JsonOption,
    StateOption,
    instant,
    print_json,
    print_table,
)
from placekeeper.cli.suggestions import suggesting_bookmark
from placekeeper.model.plan import Decision, Reason
from placekeeper.model.policy import Policy
from placekeeper.rules.jobs.run_ids import short
from placekeeper.rules.selection.ways import planned_way
from placekeeper.runtime.run.report import counts_line

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Shown(StrEnum):
    """By which policy a plan is made."""

    EXACT = "exact"
    WINDOW = "window"
    BOTH = "both"


_POLICIES: Mapping[Shown | None, Policy] = MappingProxyType(
    {Shown.EXACT: Policy.EXACT, Shown.WINDOW: Policy.WINDOW, Shown.BOTH: Policy.EXACT}
)


@app.command("plan")
def plan(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name given to Job.init.")],
    every: Annotated[bool, typer.Option("--all", help="List what will not be read, too.")] = False,
    policy: Annotated[
        Shown | None,
        typer.Option("--policy", help="Select by this policy, not the sources' own; both: side by side."),
    ] = None,
    reasons: Annotated[
        list[Reason] | None, typer.Option("--reason", help="List only objects with this reason; repeatable.")
    ] = None,
    state: StateOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show what the next run of NAME would read, and why.

    To look changes nothing.
    """
    with (
        existing_state(state, database, only_reads=True) as opened,
        suggesting_bookmark(name, opened.control),
    ):
        explain = every or bool(reasons) or policy is Shown.BOTH
        planned = opened.control.planner.plan(name, policy=_POLICIES.get(policy), explain=explain)
    if as_json:
        print_json(planned)
        return 0
    for source in planned.sources:
        print(f"{source.context}: would {counts_line({k.value: n for k, n in source.counts.items()})}")
        read = [one.object.path for one in source.decisions if one.reason.is_read]
        way = planned_way(getattr(source.source, "format", ""), source.source.reading.native, read)
        if way:
            print(f"  {way}")
        for path in source.absent:
            print(f"  {path}: there is no such path")
        for mark in source.quarantined:
            print(f"  quarantined since {instant(mark.at_ms)}: {mark.path}, {' '.join(mark.error.split())}")
        both = policy is Shown.BOTH
        _print_decisions([d for d in source.decisions if _is_shown(d, every, both, reasons)], both=both)
    return 0


def _is_shown(decision: Decision, every: bool, both: bool, reasons: Sequence[Reason] | None) -> bool:
    if reasons:
        return decision.reason in reasons
    by_window = decision.on_aws if both else None
    return every or decision.reason.is_read or (by_window is not None and by_window.is_read)


def _print_decisions(shown: Sequence[Decision], *, both: bool) -> None:
    if shown:
        print_table(
            ("reason", *(["by window"] if both else []), "modified", "size", "processed by", "object"),
            [
                (
                    decision.reason,
                    *([decision.on_aws or ""] if both else []),
                    instant(decision.object.last_modified_ms),
                    f"{decision.object.size:,}",
                    short(decision.processed_by),
                    decision.object.path,
                )
                for decision in shown
            ],
        )

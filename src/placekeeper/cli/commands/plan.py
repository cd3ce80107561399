"""`placekeeper plan NAME`: what the next run would read, file by file and why."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import typer

from placekeeper.cli.existing_state import existing_state
from placekeeper.cli.output import DatabaseOption, JsonOption, StateOption, say
from placekeeper.cli.plan_output import print_plan_json, print_plan_tables
from placekeeper.cli.suggestions import suggesting_bookmark
from placekeeper.control.seen_output import foretold
from placekeeper.model.plan import Decision, Reason
from placekeeper.model.policy import Policy

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

    Objects are shown while others are still listed, and counted at the end. To look changes nothing.
    If output of an earlier run waits, it says first what the next run does about that.
    """
    with (
        existing_state(state, database, only_reads=True) as opened,
        suggesting_bookmark(name, opened.control),
    ):
        for seen in opened.control.waiting_writes.before_next_run(name):
            say(f"placekeeper: {foretold(seen, name)}")
        explain = every or bool(reasons) or policy is Shown.BOTH
        planned = opened.control.planner.stream(name, policy=_POLICIES.get(policy), explain=explain)
        if as_json:
            print_plan_json(planned)
        else:
            is_shown = _filter(every=every, both=policy is Shown.BOTH, reasons=frozenset(reasons or ()))
            print_plan_tables(planned, is_shown, both=policy is Shown.BOTH)
    return 0


def _filter(*, every: bool, both: bool, reasons: Collection[Reason]) -> Callable[[Decision], bool]:
    def is_shown(decision: Decision) -> bool:
        if reasons:
            return decision.reason in reasons
        by_window = decision.on_aws if both else None
        return every or decision.reason.is_read or (by_window is not None and by_window.is_read)

    return is_shown

"""A plan as a value and as a file, and when it is stale."""

from collections.abc import Sequence

import msgspec

from placekeeper.model import kinds
from placekeeper.model.errors import PlanStale, UsageError
from placekeeper.model.marks import Mark
from placekeeper.model.plan import Decision, Reason
from placekeeper.model.source import Source
from placekeeper.ports.objects import Objects


class SourcePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the next run would do with one source: a count of every reason, and the decisions asked for.

    `absent` are paths of the source that are not there, `quarantined` the objects of it that could not be
    read, and why.
    """

    context: str
    source: Source
    counts: dict[Reason, int]
    decisions: Sequence[Decision]
    absent: Sequence[str] = ()
    quarantined: Sequence[Mark] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the next run of a bookmark would read; `version` is the newest at the time of planning.

    `state_version` is the commit whose state is in force then, None for the empty one.
    """

    name: str
    version: int
    state_version: int | None
    planned_ms: int
    sources: tuple[SourcePlan, ...]


def load_plan(objects: Objects, location: str) -> Plan:
    """The plan in a file, as `placekeeper plan NAME --json` prints it.

    Raises UsageError when there is none, ListingFailed and OSError when the store does not say.
    """
    meta = objects.stat(objects.normalise(location))
    if meta is None:
        raise UsageError(
            f"there is no plan at {location}; make it: placekeeper plan NAME --json > {location}"
        )
    with objects.open(meta) as file:
        text = file.read()
    try:
        return kinds.decode(text, Plan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{location} is no plan ({error}); make it: placekeeper plan NAME --json > {location}"
        ) from error


def check_state(plan: Plan, state_version: int | None) -> None:
    """Raises PlanStale when a plan was made from another state than that of the commit `state_version`."""
    if plan.state_version != state_version:
        was, is_now = (
            "the empty state" if version is None else f"version {version}"
            for version in (plan.state_version, state_version)
        )
        raise PlanStale(plan.name, f"it was made from {was} of the bookmark, and in force is {is_now}")

"""A plan as a value and as a file, and the check whether it is stale."""

from collections.abc import Sequence

import msgspec

from placekeeper.model import kinds
from placekeeper.model.databases import Key
from placekeeper.model.errors import PlanStale, UsageError
from placekeeper.model.marks import Mark
from placekeeper.model.plan import Decision, Reason
from placekeeper.model.source import Source
from placekeeper.ports.objects import Objects


class KeyPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The keys that would be read of a table of a database.

    New ones come after `after` and not after `upto`, None if there are none. Those after `again_after` and
    not after `again_upto` are looked at again. `unknown` says why nobody can tell, and is empty if one can.
    """

    after: Key | None = None
    upto: Key | None = None
    again_after: Key | None = None
    again_upto: Key | None = None
    notes: tuple[str, ...] = ()
    unknown: str = ""


class SourcePlan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan for one source: a count of every reason, and the decisions that were asked for.

    `absent` are paths of the source that do not exist, `quarantined` its unreadable objects and the errors.
    A table of a database has `keys` and no decisions, and its counts are of rows.
    """

    context: str
    source: Source
    counts: dict[Reason, int]
    decisions: Sequence[Decision]
    absent: Sequence[str] = ()
    quarantined: Sequence[Mark] = ()
    keys: KeyPlan | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a bookmark's next run; `version` is the newest one when the plan was made.

    `state_version` is the commit whose state was in force then, None for the empty state.
    """

    name: str
    version: int
    state_version: int | None
    planned_ms: int
    sources: tuple[SourcePlan, ...]


def load_plan(objects: Objects, location: str) -> Plan:
    """The plan in a file, as `placekeeper plan JOB --json` prints it.

    Raises UsageError if the file is missing or not a plan, ListingFailed and OSError if the store fails.
    """
    meta = objects.stat(objects.normalise(location))
    if meta is None:
        raise UsageError(
            f"there is no file {location}. To make a plan: placekeeper plan JOB --json > {location}"
        )
    with objects.open(meta) as file:
        text = file.read()
    try:
        return kinds.decode(text, Plan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{location} is not a plan ({error}). To make one: placekeeper plan JOB --json > {location}"
        ) from error


def check_state(plan: Plan, state_version: int | None) -> None:
    """Raises PlanStale if a plan was made from another state than that of the commit `state_version`."""
    if plan.state_version != state_version:
        was, is_now = (
            "the empty state" if version is None else f"version {version}"
            for version in (plan.state_version, state_version)
        )
        raise PlanStale(plan.name, f"it was made from {was} of the bookmark, which is now at {is_now}")

"""A plan on stdout while it is made: as tables and as JSON. No object that has been printed is kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from placekeeper.cli.output import instant, print_rows
from placekeeper.control.bookmarks.key_plan import KeyStream
from placekeeper.control.bookmarks.plan_file import KeyPlan, SourcePlan
from placekeeper.control.bookmarks.plan_stream import PlanStream, SourceStream
from placekeeper.model.plan import Decision, Reason
from placekeeper.rules.databases.key_values import key_text
from placekeeper.rules.jobs.run_ids import short
from placekeeper.rules.selection.ways import MOST_OBJECTS, has_two_ways, planned_way
from placekeeper.runtime.run.report import counts_line

_REASON = max(len(reason) for reason in Reason if reason.is_read)
_WIDTHS: Mapping[str, int] = MappingProxyType(
    {"reason": _REASON, "modified": 20, "size": 13, "processed by": 15, "object": 0}
)
"""The width of each column: 9,999,999,999 bytes, a short id; the last is as wide as it is."""


def print_plan_tables(plan: PlanStream, is_shown: Callable[[Decision], bool], *, both: bool) -> None:
    """A table for each source, then its counts and what else there is to know of it.

    With `both`, a column has the decision of AWS's window.
    """
    columns = _WIDTHS
    if both:
        columns = {"reason": _WIDTHS["reason"], "by window": len("by window"), **_WIDTHS}
    for source in plan.sources:
        read: list[str] = []
        shown = ([d for d in some if is_shown(d)] for some in _noting(source, read))
        print_rows(columns, ([_row(decision, both=both) for decision in some] for some in shown))
        _print_end(source.ended(), read)


def print_plan_json(plan: PlanStream) -> None:
    """The JSON of a `Plan`, a decision a line; `counts` comes after `decisions`."""
    print("{")
    for member in ("name", "version", "state_version", "planned_ms"):
        print(f"  {_json(member)}: {_json(getattr(plan, member))},")
    print('  "sources": [', end="")
    for place, source in enumerate(plan.sources):
        print(",\n    {" if place else "\n    {")
        _print_source(source)
        print("    }", end="")
    print("\n  ]\n}")


def _print_source(source: SourceStream | KeyStream) -> None:
    for member in ("context", "source"):
        print(f"      {_json(member)}: {_json(getattr(source, member), indent=6)},")
    print('      "decisions": [', end="")
    encode = msgspec.json.Encoder().encode
    before = "\n        "
    for some in source.decisions():
        if some:
            print(before, ",\n        ".join([encode(d).decode() for d in some]), sep="", end="", flush=True)
            before = ",\n        "
    print("\n      ],")
    ended = source.ended()
    members = ("counts", "absent", "quarantined", *(() if ended.keys is None else ("keys",)))
    print(
        *(f"      {_json(member)}: {_json(getattr(ended, member), indent=6)}" for member in members),
        sep=",\n",
    )


def _json(value: Any, *, indent: int = 0) -> str:
    text: str = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return text.replace("\n", "\n" + " " * indent)


def _row(decision: Decision, *, both: bool) -> Sequence[str]:
    return (
        decision.reason,
        *([decision.on_aws or ""] if both else []),
        instant(decision.object.last_modified_ms),
        f"{decision.object.size:,}",
        short(decision.processed_by),
        decision.object.path,
    )


def _key_lines(keys: KeyPlan) -> Iterator[str]:
    if keys.upto is not None:
        begin = "from the first key" if keys.after is None else f"after {key_text(keys.after)}"
        yield f"new keys: {begin} up to {key_text(keys.upto)}"
    if keys.again_upto is not None:
        begin = "from the first key" if keys.again_after is None else f"after {key_text(keys.again_after)}"
        yield f"looked at again for late rows: {begin} up to {key_text(keys.again_upto)}"
    yield from keys.notes


def _noting(source: SourceStream | KeyStream, read: list[str]) -> Iterator[Sequence[Decision]]:
    """The decisions; paths that would be read are noted, as far as the way of the source depends on them."""
    is_open = has_two_ways(source.source.format)
    for some in source.decisions():
        if is_open and len(read) <= MOST_OBJECTS:
            read += [decision.object.path for decision in some if decision.reason.is_read]
        yield some


def _print_end(source: SourcePlan, read: Sequence[str]) -> None:
    if source.keys is not None and source.keys.unknown:
        print(f"{source.context}: cannot be planned: {source.keys.unknown}")
        return
    noun = "" if source.keys is None else "row"
    counts = {k.value: n for k, n in source.counts.items()}
    print(f"{source.context}: would {counts_line(counts, noun=noun)}")
    if source.keys is not None:
        for line in _key_lines(source.keys):
            print(f"  {line}")
        return
    way = planned_way(source.source.format, source.source.reading.native, read)
    if way:
        print(f"  {way}")
    for path in source.absent:
        print(f"  {path}: there is no such path")
    for mark in source.quarantined:
        print(f"  quarantined since {instant(mark.at_ms)}: {mark.path}, {' '.join(mark.error.split())}")

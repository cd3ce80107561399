"""A look at forEachBatch: options that it needs, and frames that are no stream."""

from collections.abc import Iterator

from placekeeper.runtime.look.calls import is_on
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding, level_of
from placekeeper.runtime.look.values import Dict, Instance

_NEEDED = ("windowSize", "checkpointLocation")
_KNOWN = frozenset({*_NEEDED, "batchMaxRetries", "persistDataFrame", "storageLevel"})


def streams(script: Script) -> Iterator[Finding]:
    """Calls of forEachBatch that a run would refuse, and options that it would ignore."""
    for call in script.doings.calls:
        if call.name != "forEachBatch" or not is_on(call, "awsglue.context.GlueContext"):
            continue
        level = level_of(is_certain=call.is_certain)
        frame, options = call.argument("frame", 0), call.argument("options", 2)
        if isinstance(frame, Instance) and frame.name == "awsglue.dynamicframe.DynamicFrame":
            sentence = "forEachBatch takes a streaming DataFrame, not a DynamicFrame"
            yield finding(call.place, "wrong-arguments", sentence, level)
        if options is None and call.is_whole:
            options = Dict({})
        if not isinstance(options, Dict):
            continue
        for name in _NEEDED if options.is_complete else ():
            if name not in options.items:
                yield finding(call.place, "option", f"forEachBatch needs the option {name}", level)
        for name in sorted(options.items.keys() - _KNOWN):
            sentence = f"forEachBatch: the option {name} is unknown, and has no effect"
            yield finding(call.place, "unknown-option", sentence, Level.WARNING)

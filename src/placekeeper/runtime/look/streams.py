"""A look at streams: sources that are not there, what forEachBatch needs, and frames that are no stream."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final, TypeGuard

from placekeeper.runtime.look.calls import READER_METHODS, is_on
from placekeeper.runtime.look.events import Call
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding, level_of
from placekeeper.runtime.look.values import Dict, Instance, Known, Value, template

_NEEDED = ("windowSize", "checkpointLocation")
_KNOWN = frozenset({*_NEEDED, "batchMaxRetries", "persistDataFrame", "storageLevel"})


_FRAMES: Final = MappingProxyType(
    {
        "awsglue.dynamicframe.DynamicFrame": "a DynamicFrame",
        "pyspark.sql.DataFrame": "one that is read at once",
    }
)
_FORMATS: Final = frozenset({"csv", "json", "parquet", "orc", "text", "rate", "rate-micro-batch", "socket"})
"""Sources of streams that Spark has of its own."""


def streams(script: Script) -> Iterator[Finding]:
    """Streams and calls of forEachBatch that a run would refuse, and options that it would ignore."""
    registers = any(call.steps[:2] == ("register", "dataSource") for call in script.doings.calls)
    for call in script.doings.calls:
        yield from _source(call, brings_sources=registers)
        if call.name != "forEachBatch" or not is_on(call, "awsglue.context.GlueContext"):
            continue
        level = level_of(is_certain=call.is_certain)
        frame, options = call.argument("frame", 0), call.argument("options", 2)
        if _is_no_stream(frame):
            sentence = (
                f"forEachBatch takes a streaming DataFrame, not {_FRAMES[frame.name]}: read it with "
                "spark.readStream. Kafka and Kinesis are not there yet"
            )
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


def _is_no_stream(frame: Value | None) -> TypeGuard[Instance]:
    """Whether a frame is known to be read at once; an annotation alone does not say so."""
    if not isinstance(frame, Instance):
        return False
    return frame.name.endswith(".DynamicFrame") or (frame.name in _FRAMES and bool(frame.facts))


def _source(call: Call, *, brings_sources: bool) -> Iterator[Finding]:
    """A source of spark.readStream that a run cannot read; the script may register sources of its own."""
    if "readStream" not in call.steps[1:]:
        return
    said = call.argument("source", 0) if call.steps[0] == "format" else call.keywords.get("format")
    if isinstance(said, Known) and not brings_sources and str(said.value).lower() not in _FORMATS:
        sentence = (
            f"streams of {said.value} are not there yet: Spark by itself has streams of files. Bring this "
            "source with --extra-jars"
        )
        yield finding(call.place, "stream-source", sentence, Level.WARNING)
    path = call.argument("path", 0) if call.steps[0] in READER_METHODS else None
    if path is not None and (template(path) or "").startswith(("s3://", "s3a://", "s3n://")):
        sentence = (
            "Spark from PyPI has no file system for S3, so that it cannot read a stream of its objects: "
            "bring one with --extra-jars, or stream files of a local folder"
        )
        yield finding(call.place, "stream-source", sentence, Level.WARNING)

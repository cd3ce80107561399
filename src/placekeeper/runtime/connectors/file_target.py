"""Files that a script writes, on S3 or a local disk: discover, stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from pyspark.sql import DataFrame

from placekeeper.model.publication import Manifest
from placekeeper.runtime import sink
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.options import partition_keys, target_notes, target_of
from placekeeper.runtime.formats.notes import format_notes
from placekeeper.runtime.sink.names import SinkNames


class FileDestination(Struct, frozen=True):
    """The URI of a folder, and how files are written into it."""

    uri: str
    notes: Sequence[str]
    format: str
    format_options: Mapping[str, Any]
    partition_keys: Sequence[str]

    def told(self, _effects: Manifest, /) -> str:
        """Nothing: no catalog is told of these files."""
        return ""


def discover(run: Run, asked: Asked) -> FileDestination:
    """The folder that a script names. Raises UsageError as `target_of` and `partition_keys` do."""
    path, format = target_of(asked.options, asked.format, run.formats)
    options = dict(asked.format_options)
    for name in ("compression", "compressionType"):
        if name in asked.options:
            options.setdefault(name, asked.options[name])
    notes = [
        *target_notes(asked.options),
        *format_notes(run.formats.writable(format), asked.format_options, writing=True),
    ]
    return FileDestination(run.objects.normalise(path), notes, format, options, partition_keys(asked.options))


def stage(
    run: Run, destination: FileDestination, rows: DataFrame, *, number: int, immediate: bool
) -> Manifest:
    """Write rows into files of the run; with `immediate`, they are visible at once."""
    return sink.write(
        rows,
        run.staging.ready_for(destination.uri),
        target=destination.uri,
        output=run.formats.output(destination.format, destination.format_options),
        format=destination.format,
        partition_keys=list(destination.partition_keys),
        run_id=run.run_id,
        names=SinkNames(run.run_id, f"{number:02d}"),
        immediate=immediate,
        checkpoint=run.checkpoint,
        in_order=run.engine.in_order,
    )

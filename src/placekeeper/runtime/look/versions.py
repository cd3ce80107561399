"""A look at what a script does differently under another version of Glue."""

from collections.abc import Iterator

from placekeeper.rules.jobs.glue_versions import RUN_GLUE_VERSION
from placekeeper.rules.jobs.version_notes import version_notes
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script


def versions(script: Script) -> Iterator[Finding]:
    """Lines that mean different things in different versions."""
    if script.uses("awsglue", "pyspark"):
        for line, sentence in version_notes(script.tree, script.glue_version or RUN_GLUE_VERSION):
            yield Finding(line, 1, "glue-version", sentence, Level.NOTE)

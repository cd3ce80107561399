"""A look at what a script does differently under another version of Glue."""

from collections.abc import Iterator

from placekeeper.rules.jobs.version_notes import version_notes
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script


def versions(script: Script) -> Iterator[Finding]:
    """Lines that mean something else in other versions than the one that was asked for, if one was."""
    if script.glue_version is not None and script.uses("awsglue", "pyspark"):
        for line, sentence in version_notes(script.tree, script.glue_version):
            yield Finding(line, 1, "glue-version", sentence, Level.NOTE)

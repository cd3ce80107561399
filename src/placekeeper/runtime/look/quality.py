"""A look at the rulesets of data quality that a script has: rules that are not there."""

from collections.abc import Iterator

from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script
from placekeeper.runtime.quality.script_look import unsupported_rules


def data_quality(script: Script) -> Iterator[Finding]:
    """Rules in rulesets that are written in the script."""
    if script.uses("awsgluedq"):
        for line, sentence in unsupported_rules(script.tree):
            yield Finding(line, 1, "data-quality", sentence, Level.ERROR)

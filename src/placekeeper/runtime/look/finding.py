"""One finding of the look at a script, and the names by which findings can be ignored."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec


class Level(StrEnum):
    """The weight of a finding.

    ERROR: it will not work; a run with it is refused. WARNING: it may not work, or not do what it seems to.
    NOTE: worth knowing.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(msgspec.Struct, frozen=True, order=True):
    """One place in a script: `line` from 1, `column` from 1, the `rule` by name and a `sentence`."""

    line: int
    column: int
    rule: str
    sentence: str
    level: Level


RULES: Final = MappingProxyType(
    {
        "syntax": "The file is not Python.",
        "unimported": "A name of Glue scripts that the script uses and never imports.",
        "unknown-import": "awsglue has no such module or name.",
        "not-there-yet": "A part of awsglue that Placekeeper does not have yet.",
        "unknown-member": "The class has no such member.",
        "wrong-arguments": "A call does not fit its signature.",
        "connection-type": "A connection type that is not read or not written.",
        "stream-source": "A stream of a source or a path that Spark by itself does not read.",
        "format": "A format that is not read or not written, or a value that a format option may not have.",
        "option": "A connection option that is not there yet, or has a wrong value.",
        "unknown-option": "An option or argument that nobody knows, so it has no effect.",
        "no-effect": "An option of AWS that changes nothing here.",
        "untracked-source": "A read without transformation_ctx: no bookmark follows it.",
        "shared-context": "Two reads under one transformation_ctx.",
        "no-init": "Sources have a transformation_ctx, and the script never calls job.init.",
        "no-commit": "The script calls job.init and never job.commit.",
        "untracked-read": "A read past GlueContext, which no bookmark sees.",
        "output-not-visible": "Output is looked at before job.commit makes it visible.",
        "sql-catalog": "A statement of SQL that is not done for tables of the Data Catalog.",
        "needs-spark": "Sail lacks this or does it differently, so that --engine auto chooses Spark.",
        "glue-version": "Another version of AWS Glue does this differently.",
        "bookmarked-overwrite": "An overwrite with only the new rows of a bookmarked source.",
        "not-looked": "A look at the script failed, by a fault of Placekeeper. A run goes on.",
        "data-quality": "A data quality rule that is not there yet.",
    }
)
"""All rules by name, each with what it finds."""

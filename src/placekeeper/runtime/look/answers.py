"""The class of what a call answers, for awsglue's own classes and those of Spark that scripts go on with."""

from collections.abc import Mapping
from typing import Final

from placekeeper.runtime.look.surface import class_of

_SPARK: Final = "pyspark.sql.SparkSession"
_FRAME: Final = "pyspark.sql.DataFrame"
_FOREIGN: Final[Mapping[tuple[str, str], str]] = {
    (_SPARK, "sql"): _FRAME,
    (_SPARK, "table"): _FRAME,
    (_SPARK, "createDataFrame"): _FRAME,
    **{
        (_FRAME, name): _FRAME
        for name in (
            "select",
            "filter",
            "where",
            "withColumn",
            "drop",
            "distinct",
            "join",
            "repartition",
            "coalesce",
        )
    },
}
"""Methods of Spark's own classes whose results a script goes on with."""


def answer_of(owner: str, name: str) -> str | None:
    """The class of what a method answers, by whole names; None if unknown. `apply` of a transform counts."""
    found = class_of(owner)
    if found is None:
        return _FOREIGN.get((owner, name))
    if name == "apply" and "GlueTransform" in found.bases:
        name = "__call__"
    member = found.members.get(name)
    return None if member is None else member.returns

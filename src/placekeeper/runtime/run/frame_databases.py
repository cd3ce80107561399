"""`spark.read` and `df.write` of the format jdbc, as reads and writes of the run.

Source: docs/reference/databases.md#jdbc-of-spark.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.runtime.engines.frame_files import FrameWrite

_LOGIN: Final = ("url", "dbtable")


def read_options(options: Mapping[str, Any], predicates: Sequence[str]) -> dict[str, Any]:
    """The options of a read. With predicates, the rows are those of each of them, one after the other.

    Raises UsageError where something is missing.
    """
    said = {name: value for name, value in options.items() if value is not None}
    named = {name.lower(): value for name, value in said.items()}
    if not named.get("url"):
        raise UsageError(
            "spark.read of jdbc needs the option url, such as 'jdbc:postgresql://host:5432/shop'"
        )
    if not predicates:
        return said
    table = named.get("dbtable")
    if not table or isinstance(predicates, str) or not all(isinstance(one, str) for one in predicates):
        raise UsageError("spark.read.jdbc needs a table, and predicates are a list of SQL conditions")
    parts = [f"SELECT * FROM {table} WHERE ({one})" for one in predicates]  # noqa: S608 - all three are SQL
    return {
        **{name: value for name, value in said.items() if name.lower() != "dbtable"},
        "query": " UNION ALL ".join(parts),
    }


def write_options(write: FrameWrite) -> dict[str, Any]:
    """The options of a write. Raises UsageError where url or table is missing, and UnsupportedFeature for
    partitions, which tables of databases do not have."""
    named = {name.lower(): value for name, value in write.options.items()}
    missing = [name for name in _LOGIN if not named.get(name)]
    if missing:
        raise UsageError(f"df.write of the format jdbc needs the option {missing[0]}")
    if write.partition_by or write.has_buckets:
        raise UnsupportedFeature("df.write of the format jdbc has no partitionBy or bucketBy: leave it out")
    return dict(write.options)

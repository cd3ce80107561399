"""The table of transforms: their names in scripts, their nodes in Glue Studio, and what they do."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from pyspark.sql import DataFrame

from placekeeper.runtime.studio import columns, json_texts, shapes, times


class Transform(Struct, frozen=True):
    """One transform: the `node` of Glue Studio that makes it, and its function of Rows and parameters."""

    node: str
    function: Callable[..., DataFrame]


TRANSFORMS: Final[Mapping[str, Transform]] = MappingProxyType(
    {
        "gs_array_to_cols": Transform("Array To Columns", columns.gs_array_to_cols),
        "gs_concat": Transform("Concatenate Columns", columns.gs_concat),
        "gs_derived": Transform("Derived Column", columns.gs_derived),
        "gs_explode": Transform("Explode Array Or Map Into Rows", shapes.gs_explode),
        "gs_extract_json": Transform("Extract JSON Path", json_texts.gs_extract_json),
        "gs_flatten": Transform("Flatten", columns.gs_flatten),
        "gs_format_timestamp": Transform("Format Timestamp", times.gs_format_timestamp),
        "gs_now": Transform("Add Current Timestamp", times.gs_now),
        "gs_null_rows": Transform("Remove Null Rows", shapes.gs_null_rows),
        "gs_parse_json": Transform("Parse JSON Column", json_texts.gs_parse_json),
        "gs_pivot": Transform("Pivot Rows Into Columns", shapes.gs_pivot),
        "gs_regex_extract": Transform("Regex Extractor", columns.gs_regex_extract),
        "gs_repartition": Transform("Autobalance Processing", shapes.gs_repartition),
        "gs_sequence_id": Transform("Identifier", columns.gs_sequence_id),
        "gs_split": Transform("Split String", columns.gs_split),
        "gs_to_timestamp": Transform("To Timestamp", times.gs_to_timestamp),
        "gs_unpivot": Transform("Unpivot Columns Into Rows", shapes.gs_unpivot),
        "gs_uuid": Transform("UUID", columns.gs_uuid),
    }
)

PREFIX: Final = "gs_"
"""With this the names of all transforms begin."""


def no_transform(name: str) -> str:
    """A sentence that a module of Glue Studio is not there, and what to do."""
    return (
        f"the module {name} is not there: Placekeeper does not have this transform of Glue Studio. Do the "
        "same with frame.toDF() and Spark's functions, or give a module of yours with --extra-py-files. "
        f"The transforms are {', '.join(TRANSFORMS)}"
    )

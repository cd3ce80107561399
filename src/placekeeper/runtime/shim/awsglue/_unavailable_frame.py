"""Methods of AWS's DynamicFrame that are not there yet: each says so, and what to do instead."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from awsglue._absent import absent


class UnavailableFrame:
    """A part of DynamicFrame: no method of it returns."""

    @property
    def _rdd(self) -> NoReturn:
        absent("DynamicFrame._rdd", "use map, filter or toDF: engines without a JVM have no RDDs")

    def with_frame_schema(self, schema: Any) -> NoReturn:
        """Not there yet."""
        absent("with_frame_schema", "the schema is known from what was read: see printSchema")

    def mapPartitions(
        self,
        f: Callable[..., Any],
        preservesPartitioning: bool = True,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> NoReturn:
        """Not there yet."""
        absent("mapPartitions", "use map, or frame.toDF().mapInPandas")

    def mapPartitionsWithIndex(
        self,
        f: Callable[..., Any],
        preservesPartitioning: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> NoReturn:
        """Not there yet."""
        absent("mapPartitionsWithIndex", "use map, or frame.toDF().mapInPandas")

    def resolveChoice(
        self,
        specs: Sequence[tuple[str, str]] | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        catalog_id: str | None = None,
    ) -> NoReturn:
        """Not there yet."""
        absent("resolveChoice", "cast the field with apply_mapping, which takes every type of a choice")

"""Methods of AWS's DynamicFrame that are not there yet: each says so, and what to do instead."""

from collections.abc import Callable
from typing import Any, NoReturn

from awsglue._absent import absent


class UnavailableFrame:
    """A part of DynamicFrame: no method of it returns."""

    @property
    def _rdd(self) -> NoReturn:
        absent("DynamicFrame._rdd", "use map, filter or toDF: engines without a JVM have no RDDs")

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

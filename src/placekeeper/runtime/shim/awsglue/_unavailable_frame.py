"""Methods of AWS's DynamicFrame that are not there yet: each says so, and what to do instead."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from awsglue._absent import FRAME, absent

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class UnavailableFrame:
    """A part of DynamicFrame: no method of it returns."""

    @property
    def _rdd(self) -> NoReturn:
        absent("DynamicFrame._rdd", "use map, filter or toDF: engines without a JVM have no RDDs")

    def with_frame_schema(self, schema: Any) -> NoReturn:
        """Not there yet."""
        absent("with_frame_schema", "the schema is known from what was read: see printSchema")

    def unbox(
        self,
        path: str,
        format: str | None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        **options: Any,
    ) -> NoReturn:
        """Not there yet."""
        absent("unbox", "use pyspark.sql.functions.from_json on frame.toDF()")

    def spigot(
        self,
        path: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> NoReturn:
        """Not there yet."""
        absent("spigot", "write frame.toDF().limit(n) to a path of its own")

    def unnest(
        self, transformation_ctx: str = "", info: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> NoReturn:
        """Not there yet."""
        absent("unnest", "map nested fields with apply_mapping: ('a.b', 'string', '`a.b`', 'string')")

    def relationalize(
        self,
        root_table_name: str,
        staging_path: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> NoReturn:
        """Not there yet."""
        absent("relationalize", "use pyspark.sql.functions.explode on frame.toDF()")

    def unnest_ddb_json(
        self, transformation_ctx: str = "", info: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> NoReturn:
        """Not there yet."""
        absent("unnest_ddb_json", FRAME)

    def simplify_ddb_json(self) -> NoReturn:
        """Not there yet."""
        absent("simplify_ddb_json", FRAME)

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

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame: "DynamicFrame",
        primary_keys: Sequence[str],
        transformation_ctx: str = "",
        options: Mapping[str, Any] = {},
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> NoReturn:
        """Not there yet."""
        absent("mergeDynamicFrame", "use an anti join of the DataFrames and union")

"""Deleting what a table or a path holds, and moving it to a storage class, as a part of GlueContext."""

from collections.abc import Mapping
from typing import Any

from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import options_of


class PurgeContext:
    """A part of GlueContext."""

    def purge_table(
        self,
        database: str,
        table_name: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> None:
        """Delete a catalog table's files, and partitions without files, when the run's output is visible."""
        current.session().purge_table(database, table_name, options_of("options", options))

    def purge_s3_path(
        self, s3_path: str, options: Mapping[str, Any] = {}, transformation_ctx: str = ""
    ) -> None:
        """Delete the objects under a path when the run's output is visible."""
        current.session().purge_path(s3_path, options_of("options", options))

    def transition_table(
        self,
        database: str,
        table_name: str,
        transition_to: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> None:
        """Move the files of a catalog table to a storage class of S3 when the run's output is visible."""
        given = options_of("options", options)
        current.session().transition_table(database, table_name, transition_to, given)

    def transition_s3_path(
        self, s3_path: str, transition_to: str, options: Mapping[str, Any] = {}, transformation_ctx: str = ""
    ) -> None:
        """Move the objects under a path to a storage class of S3 when the run's output is visible."""
        current.session().transition_path(s3_path, transition_to, options_of("options", options))

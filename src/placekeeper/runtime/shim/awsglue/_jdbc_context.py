"""What GlueContext does by connections of the Data Catalog to databases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.data_sink import DataSink, PendingWrite
from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import options_of

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


class JdbcContext:
    """A part of GlueContext."""

    def write_dynamic_frame_from_jdbc_conf(
        self,
        frame: "DynamicFrame",
        catalog_connection: str,
        connection_options: Mapping[str, Any] = {},
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> "DynamicFrame | DynamicFrameCollection":
        """Write to the table `dbtable` by a connection of the catalog; the frame of errors, always empty."""
        return self.write_from_jdbc_conf(
            frame, catalog_connection, connection_options, redshift_tmp_dir, transformation_ctx, catalog_id
        )

    def write_from_jdbc_conf(
        self,
        frame_or_dfc: "DynamicFrame | DynamicFrameCollection",
        catalog_connection: str,
        connection_options: Mapping[str, Any] = {},
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> "DynamicFrame | DynamicFrameCollection":
        """The same. A collection is refused: each of its frames has a table of its own."""
        _note_catalog(catalog_id)
        options = options_of("connection_options", connection_options)
        options = {**options, "connectionName": catalog_connection}
        if redshift_tmp_dir:
            options["redshiftTmpDir"] = redshift_tmp_dir
        pending = PendingWrite("jdbc", options, transformation_ctx)
        return DataSink(pending, self).write(frame_or_dfc)  # type: ignore[arg-type]  # GlueContext is one

    def extract_jdbc_conf(self, connection_name: str, catalog_id: str | None = None) -> dict[str, Any]:
        """What a connection of the catalog says, by AWS's names, with its password."""
        _note_catalog(catalog_id)
        return current.session().jdbc_conf(connection_name)


def _note_catalog(catalog_id: str | None) -> None:
    if catalog_id:
        current.session().note(f"catalog_id '{catalog_id}' has no effect: there is one catalog")

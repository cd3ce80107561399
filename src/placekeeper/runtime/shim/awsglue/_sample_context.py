"""Samples of sources, as a part of GlueContext."""

from collections.abc import Mapping
from typing import Any

from awsglue._arguments import note_ignored
from awsglue.data_source import DataSource, PendingRead
from awsglue.dynamicframe import DynamicFrame
from placekeeper.runtime.run import current
from placekeeper.runtime.run.script_options import frame_name, options_of, table_name_of


class SampleContext:
    """A part of GlueContext."""

    def create_sample_dynamic_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        num: int | None = None,
        sample_options: Mapping[str, Any] = {},
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        erieTxId: str = "",
        asOfTime: str = "",
        **kwargs: Any,
    ) -> DynamicFrame:
        """At most `num` records of some files of a catalog table; no bookmark follows them."""
        session, name = current.session(), table_name_of(database, table_name, kwargs)
        note_ignored("create_sample_dynamic_frame_from_catalog", kwargs.keys() - {"name_space"})
        for given, value in (("erieTxId", erieTxId), ("asOfTime", asOfTime)):
            if value:
                session.note(f"{given} has no effect: AWS has retired governed tables")
        frame = session.sample(
            num,
            options_of("sample_options", sample_options),
            transformation_ctx,
            lambda size: session.read_table(
                name,
                push_down_predicate,
                options_of("additional_options", additional_options),
                "",
                sample=size,
            ),
        )
        return DynamicFrame(frame, self, name[1])  # type: ignore[arg-type]  # GlueContext is one of these

    def create_sample_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        num: int | None = None,
        sample_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **kwargs: Any,
    ) -> DynamicFrame:
        """At most `num` records of some files of a source; no bookmark follows them."""
        note_ignored("create_sample_dynamic_frame_from_options", kwargs)
        options = options_of("connection_options", connection_options)
        pending = PendingRead(connection_type, options, transformation_ctx, format)
        pending.format_options = options_of("format_options", format_options)
        pending.push_down_predicate = push_down_predicate
        source = DataSource(pending, self, frame_name(options))  # type: ignore[arg-type]
        return source.getSampleFrame(num, **options_of("sample_options", sample_options))

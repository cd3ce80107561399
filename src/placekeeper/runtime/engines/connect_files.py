"""`df.write` and `spark.read` of Spark Connect, passed on to the run."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from placekeeper.runtime.engines.corrections import path_of
from placekeeper.runtime.engines.frame_files import DEFAULT_MODE, FrameFiles, FrameWrite
from placekeeper.runtime.engines.patches import Patches


class ConnectFiles:
    """Passes writes and reads on to `files`. `make_frame` makes a DataFrame of a plan and its session."""

    def __init__(self, files: FrameFiles, make_frame: Callable[[Any, Any], Any]) -> None:
        self._files = files
        self._make_frame = make_frame

    def install(self, patches: Patches, readwriter: ModuleType) -> None:
        """Replace what every write and read of files comes to."""
        save, load = readwriter.DataFrameWriter.save, readwriter.DataFrameReader.load

        @functools.wraps(save)
        def saved(
            writer: Any,
            path: str | None = None,
            format: str | None = None,
            mode: str | None = None,
            partitionBy: Any = None,  # noqa: N803
            **options: Any,
        ) -> None:
            writer.mode(mode).options(**options)
            if partitionBy is not None:
                writer.partitionBy(partitionBy)
            if format is not None:
                writer.format(format)
            if not self._write(writer, path):
                save(writer, path)

        @functools.wraps(load)
        def loaded(reader: Any, path: Any = None, *args: Any, **given: Any) -> Any:
            path = path_of(reader, path)
            self._files.check_read([path] if isinstance(path, str) else list(path or ()))
            return load(reader, path, *args, **given)

        patches.attribute(readwriter.DataFrameWriter, "save", saved)
        patches.attribute(readwriter.DataFrameReader, "load", loaded)

    def _write(self, writer: Any, path: str | None) -> bool:
        operation = writer._write
        if operation.num_buckets is not None and operation.num_buckets > 0:
            return False
        columns = operation.partitioning_cols
        return self._files.write_frame(
            FrameWrite(
                dataframe=self._make_frame(writer._df, writer._spark),
                path=path,
                format=operation.source or "",
                options={name: value for name, value in operation.options.items() if value is not None},
                mode=operation.mode or DEFAULT_MODE,
                partition_by=(columns,) if isinstance(columns, str) else tuple(columns or ()),
            )
        )

"""A `df.write` of a script, as what a run does: where files go, in which format, in place of which others."""

import os
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import meant
from placekeeper.runtime.engines.frame_files import FrameWrite
from placekeeper.runtime.formats.format import OutputFormat
from placekeeper.runtime.formats.registry import FrameFormat, frame_format
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.sink.columns import check_columns, repeated

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEMES: Final = frozenset({"s3", "s3a", "s3n", "file"})
_DYNAMIC: Final = "partitionOverwriteMode"
_MOST_RECORDS: Final = "maxRecordsPerFile"
_OF_EVERY_FORMAT: Final = frozenset({"path", _DYNAMIC, _MOST_RECORDS})
_REPEATS: Final = frozenset({"csv"})
"""Formats that Spark writes with columns of one name."""

_OTHER_CODEC: Final = "parquet.compression"


class SaveMode(Enum):
    """Spark's modes of a write."""

    APPEND = "append"
    OVERWRITE = "overwrite"
    ERROR = "error"
    IGNORE = "ignore"


_MODES: Final = {
    **{mode.value: mode for mode in SaveMode},
    **dict.fromkeys(("errorifexists", "default"), SaveMode.ERROR),
}


class FrameTarget(Struct, frozen=True):
    """Where a write goes: `path` as the script says it, and the URI of the folder.

    `is_dynamic`: it replaces only the partitions that it writes. `most_records` are those of a file.
    """

    dataframe: DataFrame
    path: str
    uri: str
    format: str
    output: OutputFormat
    mode: SaveMode
    keys: tuple[str, ...]
    is_dynamic: bool
    most_records: int | None
    notes: tuple[str, ...]

    @property
    def minds_folder(self) -> bool:
        """Whether it matters that something is in the folder already."""
        return self.mode in (SaveMode.ERROR, SaveMode.IGNORE)

    @property
    def replaces_folder(self) -> bool:
        """Whether it replaces all that is in the folder, not only the partitions that it writes."""
        return self.mode is SaveMode.OVERWRITE and not self.is_dynamic


def is_file_path(path: str) -> bool:
    """Whether a path is on S3 or on a local disk, by its scheme."""
    scheme = _SCHEME.match(path)
    return scheme is None or scheme[1].lower() in _SCHEMES


def target_of(context: RunContext, write: FrameWrite) -> FrameTarget | None:
    """What a write asks for; None if it is the engine's own business, by its format or its path.

    Raises AnalysisException as Spark does, UnsupportedFeature for an option that is not written here.
    """
    settings = _Settings(context.engine.session, write.options)
    path = _path(write, settings)
    row = frame_format(write.format or settings.configured("spark.sql.sources.default") or "parquet")
    if row is None or path is None or not is_file_path(path):
        return None
    mode = _MODES.get(write.mode.lower())
    if mode is None:
        raise AnalysisException(
            f'[INVALID_SAVE_MODE] The specified save mode "{write.mode}" is invalid. Valid save modes '
            'include "append", "overwrite", "ignore", "error", "errorifexists", and "default".'
        )
    minds_case = settings.configured("spark.sql.caseSensitive").lower() == "true"
    _check_names("partitionBy", write.partition_by, minds_case=minds_case)
    if row.name not in _REPEATS:
        _check_names("the frame", write.dataframe.columns, minds_case=minds_case)
    frame, keys = _partitioned(write.dataframe, write.partition_by)
    uri = context.objects.normalise(path)
    output = row.output(settings.of_format(row))
    _check(frame, keys, output, row.name)
    dynamic = settings.said(_DYNAMIC) or settings.configured(f"spark.sql.sources.{_DYNAMIC}")
    return FrameTarget(
        frame,
        path,
        uri,
        row.name,
        output,
        mode,
        keys,
        is_dynamic=bool(keys) and dynamic.lower() == "dynamic",
        most_records=settings.number(_MOST_RECORDS),
        notes=tuple(_notes(write.options, row)),
    )


class _Settings:
    """The options of a write, and the session's configuration behind them."""

    def __init__(self, session: SparkSession, options: Mapping[str, str]) -> None:
        self._session = session
        self._options = {name.lower(): value for name, value in options.items()}

    def said(self, name: str) -> str:
        """An option; empty if the script does not give it."""
        return self._options.get(name.lower(), "")

    def configured(self, key: str) -> str:
        """A value of the session's configuration; empty if there is none."""
        try:
            return str(self._session.conf.get(key, None) or "")
        except PySparkException:
            return ""

    def number(self, name: str) -> int | None:
        """A number of records; None for 0."""
        said = self.said(name) or self.configured(f"spark.sql.files.{name}")
        try:
            return int(said or 0) or None
        except ValueError as error:
            raise UnsupportedFeature(f"The option {name} is a number, not {said!r}.") from error

    def of_format(self, row: FrameFormat) -> FormatOptions:
        """The options of the format, with what the session says where the script does not."""
        behind = {"timezone": self.configured("spark.sql.session.timeZone")}
        codec = self.said(_OTHER_CODEC) if row.name == "parquet" else ""
        if row.codec_setting:
            codec = codec or self.configured(row.codec_setting)
        if codec:
            behind["compression"] = codec
        return FormatOptions({**{name: value for name, value in behind.items() if value}, **self._options})


def _path(write: FrameWrite, settings: _Settings) -> str | None:
    option = settings.said("path")
    if option and write.path is not None:
        raise AnalysisException(
            "There is a 'path' option set and save() is called with a path parameter. Either remove the path "
            "option, or call save() without the parameter."
        )
    return os.fspath(write.path) if write.path is not None else option or None


def _check_names(where: str, names: Sequence[str], *, minds_case: bool) -> None:
    """Raise AnalysisException where a name is there twice, as Spark does."""
    twice = repeated(names, minds_case=minds_case)
    if twice:
        raise AnalysisException(
            f"[COLUMN_ALREADY_EXISTS] The column `{twice[0].lower()}` already exists: {where} has "
            f"{', '.join(twice)}. Choose another name or rename the existing column. Nothing was written."
        )


def _partitioned(dataframe: DataFrame, keys: tuple[str, ...]) -> tuple[DataFrame, tuple[str, ...]]:
    """The frame with its partition columns as partitionBy spells them: Spark takes them in any case."""
    names = list(dataframe.columns)
    for key in keys:
        place = next((n for n, name in enumerate(names) if name == key), None)
        if place is None:
            place = next((n for n, name in enumerate(names) if name.lower() == key.lower()), None)
        if place is None:
            schema = dataframe.schema.simpleString()
            raise AnalysisException(f"Partition column `{key}` not found in schema {schema}.")
        names[place] = key
    if keys and len(set(keys)) >= len(names):
        raise AnalysisException(
            "[ALL_PARTITION_COLUMNS_NOT_ALLOWED] Cannot use all columns for partition columns."
        )
    return (dataframe if names == dataframe.columns else dataframe.toDF(*names)), keys


def _check(frame: DataFrame, keys: tuple[str, ...], output: OutputFormat, format: str) -> None:
    """Raise AnalysisException for columns that the format cannot hold, as Spark does."""
    if not frame.columns:
        raise AnalysisException(
            f"[EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE] The {format} datasource does not support writing "
            "empty or nested empty schemas. Please make sure the data schema has at least one or more "
            "column(s)."
        )
    try:
        fields = frame.schema.fields
        check_columns([(field.name, field.dataType) for field in fields], keys, output, format)
    except UnsupportedFeature as error:
        raise AnalysisException(f"[UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE] {error}") from error


def _notes(options: Mapping[str, str], row: FrameFormat) -> list[str]:
    known = {*row.options, *_OF_EVERY_FORMAT, *([_OTHER_CODEC] if row.name == "parquet" else [])}
    lowered = {name.lower() for name in known}
    return [
        f"df.write option '{name}' has no effect on {row.name} here{meant(name, known)}"
        for name in options
        if name.lower() not in lowered
    ]

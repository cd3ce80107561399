"""`spark.read.json` on Sail where Sail's own reader differs: without a schema, with multiLine, of an RDD.

The types are those that Spark finds (`json_types`). Files that fit them are then read by Sail's reader.
Others are read here, in tasks of the engine.
"""

import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Final, cast

import pyarrow as pa
from msgspec import Struct
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.frame_files import LiteralPaths
from placekeeper.runtime.engines.json_survey import Survey
from placekeeper.runtime.engines.json_types import (
    can_be,
    is_blank,
    looked_at,
    may_be_read_by_spark,
    parsed,
    records_of,
    row_of,
)
from placekeeper.runtime.engines.partition_columns import read_keys, struct_of
from placekeeper.runtime.engines.rdd_frames import frame_of
from placekeeper.runtime.engines.rdd_steps import Flattened, FrameSource, Mapped, Source, Step, through

_WITHOUT_EFFECT: Final = frozenset({"path", "multiline", "recursivefilelookup", "inferschema", "header"})
_OTHERWISE: Final = (
    "Read with create_dynamic_frame, or run the job with --engine spark, in an environment that has it"
)
_CORRUPT: Final = "_corrupt_record"
_BOM: Final = "\ufeff"
_SHOWN: Final = 80


class JsonRead(Struct, frozen=True):
    """A `spark.read.json` of files; `load` loads paths by a reader."""

    reader: Any
    load: Callable[[Any, list[str]], DataFrame]
    literal: LiteralPaths

    @property
    def settings(self) -> Mapping[str, str]:
        """The reader's options, all in lower case."""
        return _lower(self.reader._options)

    @property
    def is_whole(self) -> bool:
        """Whether a file is one document (multiLine)."""
        return self.settings.get("multiline") == "true"

    @property
    def is_here(self) -> bool:
        """Whether the files are read here, because Sail's reader alone would differ."""
        return self.is_whole or not self.reader._schema


def json_of_files(read: JsonRead) -> DataFrame:
    """The records of files of JSON. Raises UnsupportedFeature."""
    session, paths = read.reader._client, list(read.literal.paths)
    _check_options(read.settings)
    texts = session.read.format("text").option("wholetext", str(read.is_whole).lower())
    found = read.load(texts, paths).select("value")
    schema, is_plain = _typed(session, read.reader._schema), not read.is_whole
    if schema is None:
        survey = _surveyed(found, _Surveying(read.is_whole))
        schema, is_plain = survey.schema(), is_plain and survey.is_plain
    if is_plain and schema.fields:
        reader = copy(read.reader).schema(schema)
        return read_keys(reader, read.load, read.literal) if read.literal.keys else read.load(reader, paths)
    if read.literal.keys:
        raise UnsupportedFeature(
            "spark.read.json of folders named key=value is not available on Sail with multiLine, or where a "
            f"field has several types. {_OTHERWISE}"
        )
    steps = (Mapped(_First(read.is_whole)), Flattened(_Reading(schema, is_of_file=True)))
    rows = frame_of(session, FrameSource(found), steps, schema)
    return rows.limit(0) if read.literal.is_empty else rows


def json_of_rows(
    session: Any, source: Source, steps: Sequence[Step], schema: Any, options: Mapping[str, Any]
) -> DataFrame:
    """The records of texts, each of which is a document. Raises UnsupportedFeature."""
    _check_options(_lower(options))
    typed = _typed(session, schema)
    if typed is None:
        survey = Survey()
        for text in through(steps, source.rows()):
            if problem := _seen(survey, _text(text)):
                raise UnsupportedFeature(problem)
        typed = survey.schema()
    return frame_of(session, source, (*steps, Flattened(_Reading(typed, is_of_file=False))), typed)


def _typed(session: Any, schema: Any) -> StructType | None:
    """A schema of the script's. Raises UnsupportedFeature for types that are not read here."""
    if not schema:
        return None
    found = struct_of(session, schema) if isinstance(schema, str) else schema
    wrong = [field for field in found if not can_be(field.dataType)]
    if wrong:
        one = wrong[0]
        raise UnsupportedFeature(
            f"spark.read.json with multiLine, or of an RDD, reads no {one.dataType.simpleString()} on Sail "
            f"(column {one.name}). Read it as a string and cast it, or run the job with --engine spark, in "
            "an environment that has it"
        )
    if any(field.name.lower() == _CORRUPT for field in found):
        raise UnsupportedFeature(
            f"spark.read.json with multiLine, or of an RDD, fills no column {_CORRUPT} on Sail. Leave it "
            "out of the schema, or run the job with --engine spark, in an environment that has it"
        )
    return cast(StructType, found.toNullable())


def _lower(options: Mapping[str, Any]) -> Mapping[str, str]:
    return {name.lower(): str(value).lower() for name, value in options.items() if value is not None}


def _check_options(settings: Mapping[str, str]) -> None:
    more = sorted(settings.keys() - _WITHOUT_EFFECT)
    if more:
        raise UnsupportedFeature(
            f"spark.read.json with {', '.join(more)} is not available on Sail without a schema, with "
            f"multiLine or of an RDD. {_OTHERWISE}"
        )


def _surveyed(texts: DataFrame, surveying: "_Surveying") -> Survey:
    """What the tasks of the engine find. Raises UnsupportedFeature for a malformed record."""
    whole = Survey()
    for row in texts.mapInArrow(surveying, "found binary, problem string").collect():
        if row.problem:
            raise UnsupportedFeature(row.problem)
        part: Survey = pickle.loads(row.found)  # noqa: S301 - our own
        whole.add(part)
    return whole


@dataclass(frozen=True)
class _Surveying:
    """Batches of texts → what stands in them."""

    is_whole: bool

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        survey, problem, first = Survey(), None, _First(self.is_whole)
        for batch in batches:
            for text in batch.column(0).to_pylist():
                problem = problem or _seen(survey, first((text,)))
        found = [pa.array([pickle.dumps(survey)], pa.binary()), pa.array([problem], pa.string())]
        yield pa.RecordBatch.from_arrays(found, ["found", "problem"])


def _seen(survey: Survey, text: str) -> str | None:
    """Look at a document; the sentence of what is wrong with it."""
    try:
        if not is_blank(text):
            survey.see(*looked_at(text))
    except UnsupportedFeature as error:
        return str(error)
    except (ValueError, RecursionError) as error:
        return _malformed(text, error)
    return None


@dataclass(frozen=True)
class _Reading:
    """A document → its rows; one of nulls where Spark has that too. Raises UnsupportedFeature."""

    schema: StructType
    is_of_file: bool

    def __call__(self, value: Any) -> Iterator[tuple[Any, ...]]:
        text = _text(value)
        if is_blank(text):
            return
        try:
            document = parsed(text, is_of_file=self.is_of_file)
        except json.JSONDecodeError as error:
            if may_be_read_by_spark(text, self.schema):
                raise UnsupportedFeature(_malformed(text, error)) from error
            document = None
        except (ValueError, RecursionError) as error:
            raise UnsupportedFeature(_malformed(text, error)) from error
        try:
            records = list(records_of(document))
        except ValueError:
            records = [{}]
        for record in records:
            yield row_of(record, self.schema)


def _malformed(text: str, error: Exception) -> str:
    shown = f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text
    return (
        f"spark.read.json: a record cannot be read as JSON ({error}): {shown}. Spark may read it in part, or "
        f"put it into the column {_CORRUPT}, which is not available on Sail. Mend the record. {_OTHERWISE}"
    )


@dataclass(frozen=True)
class _First:
    """A row of one text → the text; that of a file without the mark of its byte order."""

    is_whole: bool

    def __call__(self, row: Any) -> Any:
        return row[0].removeprefix(_BOM) if self.is_whole else row[0]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)

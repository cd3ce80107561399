"""Where a script meets RDDs on Sail: on DataFrames, on the stand-in for SparkContext, in createDataFrame."""

import functools
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.readwriter import DataFrameReader

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.differences import RDDS
from placekeeper.runtime.engines.json_texts import json_of_rows
from placekeeper.runtime.engines.patches import Patches
from placekeeper.runtime.engines.rdd_steps import Flattened, FrameSource, ListSource
from placekeeper.runtime.engines.rdds import StandInRdd
from placekeeper.runtime.engines.refusal import refusal

LONGEST_FILE: Final = 64_000_000
"""Characters of a file that `textFile` takes; what it needs is several times as many bytes."""


class RddCalls:
    """The calls of one session that make RDDs or take them. `script` is the file name of its frames."""

    def __init__(self, session: Any, parallelism: int, script: str | None) -> None:
        self._session = session
        self._parallelism = parallelism
        self._script = script

    def install(self, patches: Patches, session_class: Any, context: type) -> None:
        """Put them in place, for the life of the engine. `context` is the stand-in for SparkContext."""
        patches.attribute(DataFrame, "rdd", property(self._of_frame))
        patches.attribute(context, "parallelize", self._parallelize)
        patches.attribute(context, "emptyRDD", self._empty)
        patches.attribute(context, "textFile", self._text_file)
        patches.attribute(session_class, "createDataFrame", self._creating(session_class.createDataFrame))
        reader: Any = DataFrameReader
        patches.attribute(reader, "json", self._json(reader.json))

    def _of_frame(self, frame: Any) -> StandInRdd:
        return StandInRdd(self._session, FrameSource(frame), self._refuse)

    def _parallelize(self, c: Iterable[Any], numSlices: int | None = None) -> StandInRdd:  # noqa: N803
        count = self._parallelism if numSlices is None else numSlices
        return StandInRdd(self._session, ListSource.of(c, count), self._refuse)

    def _empty(self) -> StandInRdd:
        return StandInRdd(self._session, ListSource.of((), 0), self._refuse)

    def _text_file(
        self,
        name: str,
        minPartitions: int | None = None,  # noqa: ARG002, N803
        use_unicode: bool = True,
    ) -> StandInRdd:
        """The lines of files. A file is one row of the engine, so that its lines stay in their order."""
        if not use_unicode:
            self._refuse("SparkContext.textFile with use_unicode=False")
        files = self._session.read.text(name.split(","), wholetext=True)
        return StandInRdd(self._session, FrameSource(files), self._refuse, (Flattened(_lines),))

    def _creating(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def created(
            session: Any,
            data: Any,
            schema: Any = None,
            samplingRatio: float | None = None,  # noqa: N803
            *more: Any,
            **named: Any,
        ) -> Any:
            if isinstance(data, StandInRdd):
                return data.toDF(schema, samplingRatio)
            return original(session, data, schema, samplingRatio, *more, **named)

        return created

    def _json(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def read(reader: Any, path: Any, schema: Any = None, *more: Any, **named: Any) -> Any:
            if not isinstance(path, StandInRdd):
                return original(reader, path, schema, *more, **named)
            if more:
                self._refuse("spark.read.json of an RDD with options by their place")
            options = {**reader._options, **named}
            return json_of_rows(self._session, path._source, path._steps, schema or reader._schema, options)

        return read

    def _refuse(self, what: str) -> NoReturn:
        raise refusal(what, RDDS, self._script)


def _lines(file: Any) -> list[str]:
    """The lines of the text of a file, which end as Hadoop has it."""
    text: str = file[0]
    if len(text) > LONGEST_FILE:
        raise UnsupportedFeature(
            f"SparkContext.textFile on Sail takes each file whole, and one has {len(text)} characters: "
            f"more than {LONGEST_FILE}. Read it with spark.read.text, or run the job with --engine spark, in "
            "an environment that has it"
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    return lines[:-1] if not lines[-1] else lines

"""A format of thirty lines: one row in the registry is all that it takes to read and write it in a script."""

import gzip
import importlib
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import pyarrow as pa
import pytest
from pyspark import cloudpickle

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.formats.format import Format
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.formats.shared.compression import CompressedFile, codec_suffix, text_codec
from placekeeper.runtime.formats.shared.decompression import decompressed
from placekeeper.runtime.types.kinds import NESTED
from placekeeper.wiring.state import State
from scripts_in_process import Scripts, new_state, scripts


@dataclass(frozen=True)
class LinesReader:
    compression: str
    reads_all_for_schema: bool = False

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        return pa.schema([("line", pa.string())])

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        lines = decompressed(file, path, self.compression).read().decode().splitlines()
        yield pa.RecordBatch.from_arrays([pa.array(lines, pa.string())], schema=schema)


@dataclass(frozen=True)
class LinesOutput:
    codec: str
    refused: ClassVar[frozenset[str]] = NESTED

    @property
    def suffix(self) -> str:
        return ".lines" + codec_suffix(self.codec)

    def check_names(self, names: Any) -> None:
        if list(names) != ["line"]:
            raise UnsupportedFeature(f"lines have the one column line, not {', '.join(names)}")

    def writer(self, file: Any, schema: pa.Schema) -> "LinesWriter":
        return LinesWriter(CompressedFile(file, self.codec))


class LinesWriter:
    buffered_bytes = 0

    def __init__(self, file: CompressedFile) -> None:
        self._file = file

    def write(self, batch: pa.RecordBatch) -> None:
        self._file.write("".join(f"{line}\n" for line in batch.column(0).to_pylist()).encode())

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._file.close()


LINES = Format(
    name="lines",
    options=frozenset({"lineEnd"}),
    reader=lambda options: LinesReader(options.text("compressionType", "")),
    output=lambda options: LinesOutput(text_codec(options.text("compression", ""))),
)
WITH_LINES = FORMATS.including(LINES)
THERE = "csv, json, parquet, orc, avro, xml(, groklog)? and lines are"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = new_state(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def run(engine: Engine, state: State, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripts]:
    """Begins runs of one job: each is a context with the session, the GlueContext and the job of a script."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # as if it came by --extra-py-files
    with scripts(state, engine, monkeypatch, formats=WITH_LINES) as running:
        yield running
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def copy_lines(run: Any, source: Path, target: Path, **format_options: str) -> tuple[list[str], list[str]]:
    """A script that copies lines: those that this run has read, and its notes."""
    with run() as (session, glue, job):
        frame = glue.create_dynamic_frame.from_options(
            "s3",
            {"paths": [str(source)]},
            format="lines",
            format_options=format_options,
            transformation_ctx="read",
        )
        lines = [record.line for record in frame.toDF().collect()] if frame.schema().fields else []
        glue.write_dynamic_frame.from_options(
            frame, "s3", {"path": str(target), "compression": "gzip"}, format="lines"
        )
        job.commit()
    return sorted(lines), list(session.summary().notes)


def test_a_format_is_one_row(run: Any, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "a.lines").write_text("one\ntwo\n")
    (source / "b.lines.gz").write_bytes(gzip.compress(b"three\n"))
    assert copy_lines(run, source, target)[0] == ["one", "three", "two"]
    (source / "c.lines").write_text("four\n")
    lines, notes = copy_lines(run, source, target, lineEmd="x")
    assert lines == ["four"]  # by the bookmark
    assert any("unknown format option 'lineEmd' was ignored; did you mean lineEnd?" in n for n in notes)
    assert copy_lines(run, source, target)[0] == []
    files = [path for path in target.rglob("*") if path.is_file()]
    assert all(path.name.endswith(".lines.gz") for path in files)
    written = b"".join(gzip.decompress(path.read_bytes()) for path in files)
    assert sorted(written.split()) == [b"four", b"one", b"three", b"two"]


def test_what_the_row_refuses_names_the_column(run: Any, tmp_path: Path) -> None:
    with run() as (_, glue, _job):
        frame = glue.createDataFrame([(1, [2])], "line int, more array<int>")
        dynamic_frame = importlib.import_module("awsglue").DynamicFrame.fromDF(frame, glue, "f")
        with pytest.raises(UnsupportedFeature, match="lines cannot hold the column more"):
            glue.write_dynamic_frame.from_options(
                dynamic_frame, "s3", {"path": str(tmp_path / "out")}, format="lines"
            )


def test_an_unknown_format_is_refused_with_the_names_there_are(run: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with run() as (_, glue, _job):
        with pytest.raises(UnsupportedFeature, match=f"'line' is not read yet: {THERE}"):
            glue.create_dynamic_frame.from_options("s3", {"paths": [str(tmp_path / "in")]}, format="line")
        frame = importlib.import_module("awsglue").DynamicFrame.fromDF(
            glue.createDataFrame([(1,)], "a int"), glue, "f"
        )
        with pytest.raises(UnsupportedFeature, match=f"'line' is not written yet: {THERE}"):
            glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(tmp_path / "out")}, format="line")


@pytest.mark.parametrize("name", ["csv", "json", "parquet", "glueparquet"])
def test_readers_and_outputs_are_values_that_tasks_get(name: str) -> None:
    for value in (FORMATS.reader(name, {}), FORMATS.output(name, {})):
        assert pickle.loads(pickle.dumps(value)) == value


def test_a_name_belongs_to_one_format() -> None:
    with pytest.raises(ValueError, match="a format of the name glueparquet already"):
        FORMATS.including(Format(name="new", other_names=("glueparquet",)))

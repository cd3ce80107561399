"""Files of one task: bounded in number, counted, and dropped whole when the task fails."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placekeeper.model.publication import StagedFile
from placekeeper.runtime.formats.parquet.writer import ParquetOutput
from placekeeper.runtime.sink.files import OPEN_FILES, FileLimits, TaskFiles, TaskTarget
from placekeeper.runtime.sink.hive import Grouped, grouped
from placekeeper.runtime.sink.names import SinkNames

NO_LIMITS = FileLimits()
BATCH = pa.RecordBatch.from_pydict({"a": [1, 2]})


class Staged:
    def __init__(self, path: str) -> None:
        self.path = path
        self.data = b""
        self.state = "open"

    def write(self, data: bytes) -> int:
        assert self.state == "open"
        self.data += data
        return len(data)

    def finish(self, *, rows: int) -> StagedFile:
        self.state = "finished"
        return StagedFile(path=self.path, size=len(self.data), rows=rows)

    def abort(self) -> None:
        self.state = "aborted"


class Staging:
    def __init__(self) -> None:
        self.files: list[Staged] = []
        self.most_open = 0

    def create(self, path: str, *, run_id: str, immediate: bool = False) -> Staged:
        self.files.append(Staged(path))
        self.most_open = max(self.most_open, sum(file.state == "open" for file in self.files))
        return self.files[-1]


def target(staging: Staging, points: list[str], limits: FileLimits = NO_LIMITS) -> TaskTarget:
    return TaskTarget(
        staging=staging,
        folder="s3://b/out/",
        run_id="jr_0123456789abcdef",
        names=SinkNames("jr_0123456789abcdef", "01"),
        output=ParquetOutput(),
        immediate=False,
        checkpoint=points.append,
        limits=limits,
    )


def rows(folders: int) -> Grouped:
    """Two rows for each of some folders."""
    numbers = [number for number in range(folders) for _ in range(2)]
    return grouped(pa.RecordBatch.from_pydict({"k": numbers, "a": numbers}), ["k"])


def test_no_more_files_than_allowed_are_open():
    staging, points = Staging(), []
    with TaskFiles(target(staging, points), 7) as files:
        for _ in range(2):
            files.write(rows(2 * OPEN_FILES))
            assert [file.state for file in staging.files] == ["open"] * OPEN_FILES
        staged = files.staged()
    assert staging.most_open == OPEN_FILES
    assert [file.rows for file in staged] == [4] * 2 * OPEN_FILES
    assert {file.state for file in staging.files} == {"finished"}
    assert points.count("sink.file-opened") == points.count("sink.file-staged") == len(staged)
    assert staged[0].path.startswith("s3://b/out/k=0/run-0123456789ab-01-part-r-00007-")
    for file in staging.files:
        found = pq.read_table(io.BytesIO(file.data)).column("a").to_pylist()
        assert found == [int(file.path.partition("k=")[2].partition("/")[0])] * 4


def test_rows_that_wait_stay_in_front_of_later_ones():
    """A file that is full makes room, but not for a folder whose first rows wait."""
    staging = Staging()
    with TaskFiles(target(staging, [], FileLimits(rows=2))) as files:
        for number in range(3):
            keys = list(range(OPEN_FILES + 1))
            values = [number] * len(keys)
            files.write(grouped(pa.RecordBatch.from_pydict({"k": keys, "a": values}), ["k"]))
        files.staged()
    own = [file for file in staging.files if f"/k={OPEN_FILES}/" in file.path]
    assert [pq.read_table(io.BytesIO(file.data)).column("a").to_pylist() for file in own] == [[0, 1], [2]]


def test_a_failure_aborts_what_is_open():
    staging = Staging()
    files = TaskFiles(target(staging, []))
    with pytest.raises(ValueError, match="broken"):
        _write_and_fail(files)
    del files  # the Parquet writer within writes its footer now, and must find nobody
    assert [file.state for file in staging.files] == ["aborted"]


def _write_and_fail(files: TaskFiles) -> None:
    with files:
        files.write(grouped(BATCH, []))
        raise ValueError("broken")

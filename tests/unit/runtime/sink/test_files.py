"""Files of one task: bounded in number, counted, and dropped whole when the task fails."""

import pyarrow as pa
import pytest

from placekeeper.model.publication import StagedFile
from placekeeper.runtime.formats.parquet.writer import ParquetOutput
from placekeeper.runtime.sink.files import OPEN_FILES, TaskFiles, TaskTarget
from placekeeper.runtime.sink.names import SinkNames

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

    def create(self, path: str, *, run_id: str, immediate: bool = False) -> Staged:
        self.files.append(Staged(path))
        return self.files[-1]


def target(staging: Staging, points: list[str]) -> TaskTarget:
    return TaskTarget(
        staging=staging,
        folder="s3://b/out/",
        run_id="jr_0123456789abcdef",
        names=SinkNames("jr_0123456789abcdef", "01"),
        output=ParquetOutput(),
        immediate=False,
        checkpoint=points.append,
    )


def test_no_more_files_than_allowed_are_open():
    staging, points = Staging(), []
    with TaskFiles(target(staging, points)) as files:
        for round_ in range(2):
            for number in range(OPEN_FILES + 1):
                files.write(f"k={number}/", BATCH, task=7)
                assert sum(file.state == "open" for file in staging.files) <= OPEN_FILES, round_
        staged = files.staged()
    assert sum(file.rows for file in staged) == 2 * 2 * (OPEN_FILES + 1)
    assert {file.state for file in staging.files} == {"finished"}
    assert points.count("sink.file-opened") == points.count("sink.file-staged") == len(staged)
    assert staged[0].path.startswith("s3://b/out/k=0/run-0123456789ab-01-part-r-00007-")


def test_a_failure_aborts_what_is_open():
    staging = Staging()
    files = TaskFiles(target(staging, []))
    with pytest.raises(ValueError, match="broken"):
        _write_and_fail(files)
    del files  # the Parquet writer within writes its footer now, and must find nobody
    assert [file.state for file in staging.files] == ["aborted"]


def _write_and_fail(files: TaskFiles) -> None:
    with files:
        files.write("", BATCH, task=0)
        raise ValueError("broken")

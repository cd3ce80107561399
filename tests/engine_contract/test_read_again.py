"""What tasks read again, beside each other or long after the listing is the same, or the run fails."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stuck
from placekeeper.model.errors import ObjectChanged
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.registry import installed
from scripts_in_process import Scripts, scripts_in

HOUR_MS = 3_600_000
WAYS = ["auto", "never"]


def put(folder: Path, count: int = 4) -> list[int]:
    """Files of ten rows each; all of their numbers."""
    folder.mkdir()
    for place in range(count):
        numbers = range(place * 10, place * 10 + 10)
        pq.write_table(pa.table({"n": pa.array(numbers, pa.int64())}), folder / f"{place}.parquet")
    return list(range(count * 10))


def overwrite(folder: Path, rows: int = 1) -> None:
    numbers = [-1] * rows
    pq.write_table(pa.table({"n": pa.array(numbers, pa.int64())}), folder / "0.parquet")


def read(glue: Any, folder: Path, way: str) -> Any:
    return glue.create_dynamic_frame.from_options(
        "s3", {"paths": [str(folder)], "nativeReading": way}, "parquet", transformation_ctx="read"
    )


def written(folder: Path) -> list[int]:
    lines = [line for file in folder.glob("*.json") for line in file.read_text().splitlines()]
    return sorted(json.loads(line)["n"] for line in lines)


def failing_once(log: str) -> Any:
    """A function of tasks that tells what it has read, and fails the first time after reading all of it."""

    def seen(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        given = list(batches)
        rows = [number for batch in given for number in batch.column(0).to_pylist()]
        first = Path(log, f"{min(rows, default=None)}.first")
        has_failed = first.exists()
        Path(log, f"{min(rows, default=None)}.{'second' if has_failed else 'first'}").write_text(str(rows))
        if rows and not has_failed:
            raise RuntimeError("by the script")
        yield from given

    return seen


@pytest.mark.parametrize("way", WAYS)
def test_an_evaluation_that_is_tried_again_reads_the_same(run: Scripts, tmp_path: Path, way: str) -> None:
    numbers, log = put(tmp_path / "in"), tmp_path / "log"
    log.mkdir()
    with run() as (session, glue, job):
        rows = read(glue, tmp_path / "in", way).toDF().mapInArrow(failing_once(str(log)), "n long")
        failures = 0
        while failures < len(numbers):
            try:
                found = rows.collect()
                break
            except Exception as error:  # noqa: BLE001 - engines raise what they like
                assert "by the script" in str(error)  # noqa: PT017
                failures += 1
        assert sorted(row.n for row in found) == numbers
        job.commit()
    tries = {
        name: {file.stem: file.read_text() for file in log.glob(f"*.{name}")} for name in ("first", "second")
    }
    assert failures > 0
    assert tries["second"].items() <= tries["first"].items()
    assert session.summary().bookmark_versions[1] is not None


@pytest.mark.parametrize("way", WAYS)
def test_an_evaluation_after_a_change_is_not_committed(run: Scripts, tmp_path: Path, way: str) -> None:
    """The first try has read the object as it was, the second one reads it as it is, or fails."""
    put(tmp_path / "in")
    with run() as (session, glue, job):
        frame = read(glue, tmp_path / "in", way)
        assert frame.count() == 40
        overwrite(tmp_path / "in")

        def again() -> None:
            frame.toDF().collect()
            job.commit()

        with pytest.raises(Exception, match=r"in/0\.parquet changed after this run listed it"):
            again()
        session.fail()
    assert session.summary().bookmark_versions[1] is None


@pytest.mark.parametrize("way", WAYS)
def test_speculative_tasks_read_the_same(run: Scripts, tmp_path: Path, way: str) -> None:
    """Tasks of the same parts at the same time. Spark itself speculates on other machines alone."""
    numbers, both = put(tmp_path / "in"), Barrier(2, timeout=60)
    with run() as (session, glue, job):
        frame = read(glue, tmp_path / "in", way)

        def collected(_: int) -> list[int]:
            both.wait()
            return sorted(row.n for row in frame.toDF().collect())

        with ThreadPoolExecutor(2) as threads:
            assert list(threads.map(collected, range(2))) == [numbers, numbers]
        job.commit()
    assert session.summary().bookmark_versions[1] is not None


class Pausing:
    """A clock that the test moves on."""

    def __init__(self) -> None:
        self.paused_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.paused_ms

    def pause(self, hours: int) -> None:
        self.paused_ms += hours * HOUR_MS


@pytest.mark.parametrize("changes", [0, 1, 10])
@pytest.mark.parametrize("reads", ["early", "late", "both"])
def test_a_long_pause_between_read_and_commit(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: str, changes: int
) -> None:
    numbers, clock = put(tmp_path / "in"), Pausing()
    out = tmp_path / "out"
    with (
        scripts_in(tmp_path / "state", engine, monkeypatch, clock=clock) as run,
        run() as (session, glue, job),
    ):
        frame = read(glue, tmp_path / "in", "auto")
        if reads != "late":
            assert frame.count() == len(numbers)
        clock.pause(hours=30)
        if changes:
            overwrite(tmp_path / "in", rows=changes)

        def end() -> None:
            if reads != "early":  # another number of rows fails it here
                glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(out)}, "json")
            job.commit()

        if changes:
            with pytest.raises(ObjectChanged, match="changed after this run listed it"):
                end()
            session.fail()
        else:
            end()
        summary = session.summary()
    assert summary.sources[0].way.startswith("read by the engine's own reader")
    assert (summary.bookmark_versions[1] is None) == bool(changes)
    assert summary.seconds > 30 * 3600
    assert written(out) == (numbers if reads != "early" and not changes else [])


def plain(frame: Any) -> Any:
    return frame


def mapped(frame: Any) -> Any:
    return frame.apply_mapping([("n", "long", "n", "int")]).rename_field("n", "m").rename_field("m", "n")


@pytest.mark.parametrize("change", [plain, mapped])
def test_an_object_that_was_away_while_it_was_read_loses_no_rows(
    run: Scripts, engine: Engine, tmp_path: Path, change: Any
) -> None:
    """It is the same again before the commit looks; Sail passes over files that are gone."""
    put(tmp_path / "in")
    file, away = tmp_path / "in/0.parquet", tmp_path / "away"
    with run() as (session, glue, job):
        frame = change(read(glue, tmp_path / "in", "auto"))
        file.rename(away)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - engines raise what they like
            glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(tmp_path / "out")}, "json")
        away.rename(file)
        if engine.name == "sail":
            assert isinstance(caught.value, ObjectChanged)
            assert "it had 40 rows, and the engine has read 30" in str(caught.value)
        job.commit()
    assert session.summary().sinks == ()
    assert written(tmp_path / "out") == []


def test_a_filter_may_leave_out_rows(run: Scripts, tmp_path: Path) -> None:
    numbers = put(tmp_path / "in")
    with run() as (_, glue, job):
        frame = read(glue, tmp_path / "in", "auto").filter(lambda record: record["n"] % 2)
        glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(tmp_path / "out")}, "json")
        job.commit()
    assert written(tmp_path / "out") == [number for number in numbers if number % 2]


SCRIPT = """
import sys
from pathlib import Path

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark import TaskContext
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target", "log", "way"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
options = {"paths": [args["source"]], "nativeReading": args["way"]}
frame = glue.create_dynamic_frame.from_options("s3", options, "parquet", transformation_ctx="read")
log = args["log"]


def seen(batches):
    task, given = TaskContext.get(), list(batches)
    rows = [number for batch in given for number in batch.column(0).to_pylist()]
    Path(log, f"{task.partitionId()}.{task.attemptNumber()}").write_text(str(rows))
    if rows and task.attemptNumber() == 0:
        raise RuntimeError("by the script")
    yield from given


rows = DynamicFrame.fromDF(frame.toDF().mapInArrow(seen, "n long"), glue, "rows")
glue.write_dynamic_frame.from_options(rows, "s3", {"path": args["target"]}, "json")
job.commit()
"""


@pytest.mark.skipif(not installed().spark, reason="Sail tries no task twice by itself")
@pytest.mark.slow
@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("way", WAYS)
def test_a_retried_task_reads_the_same_and_writes_once(tmp_path: Path, way: str) -> None:
    """A Spark of its own: the one of the other tests tries no task twice."""
    numbers = put(tmp_path / "in")
    folders = {name: tmp_path / name for name in ("log", "out", "state")}
    folders["log"].mkdir()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    ended = stuck.ended(
        [
            *(Path(sys.executable).with_name("placekeeper"), "run", script, "--JOB_NAME", "again"),
            *("--engine", "spark", "--master", "local[2,4]", "--job-bookmark-option", "job-bookmark-enable"),
            *("--source", tmp_path / "in", "--target", folders["out"], "--log", folders["log"]),
            *("--state", folders["state"], "--way", way),
        ],
        seconds=240,
    )
    assert ended.returncode == 0, ended.stderr
    assert written(folders["out"]) == numbers
    tries = {file.name: file.read_text() for file in folders["log"].iterdir()}
    again = [name for name in tries if name.endswith(".1")]
    assert again
    assert all(tries[name] == tries[name.removesuffix("1") + "0"] for name in again)
    first = Counter(
        number for name, rows in tries.items() if name.endswith(".0") for number in json.loads(rows)
    )
    assert first == Counter(numbers)

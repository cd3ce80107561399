"""What a task makes is computed once and kept, in its partitions and in its order, until nobody needs it."""

import errno
import gc
from pathlib import Path

import pyarrow as pa
import pytest

from placekeeper.runtime.engines import arrow_file
from placekeeper.runtime.engines.registry import installed
from placekeeper.runtime.process.script import describe


def doubling(log):
    """A task that tells how many rows it gets. It is made here: workers of Spark have no module of tests."""

    def task(batches):
        for batch in batches:
            with Path(log).open("a") as file:
                file.write(f"{batch.num_rows}\n")
            doubled = [2 * number for number in batch.column(0).to_pylist()]
            yield pa.RecordBatch.from_arrays([pa.array(doubled, pa.int64())], ["n"])

    return task


def parts(rows):
    """The rows of each partition that has some."""

    def lists(batches):
        found = [number for batch in batches for number in batch.column(0).to_pylist()]
        yield pa.RecordBatch.from_arrays([pa.array([found], pa.list_(pa.int64()))], ["part"])

    return sorted(row.part for row in rows.mapInArrow(lists, "part array<long>").collect() if row.part)


def test_what_a_task_makes_is_computed_once_in_its_partitions(engine, tmp_path):
    log = tmp_path / "log"
    rows = engine.session.range(0, 20_000, 1, 3)
    kept = engine.keep_made(rows, doubling(str(log)), "n long")
    wanted = [[2 * number for number in part] for part in parts(rows)]
    assert parts(kept) == wanted
    assert kept.filter("n >= 20000").count() == 10_000
    assert sum(map(int, log.read_text().split())) == 20_000


def test_a_task_without_rows_makes_none(engine):
    kept = engine.keep_made(engine.session.range(0), lambda _: iter(()), "n long, m string")
    assert (kept.columns, kept.count()) == (["n", "m"], 0)


@pytest.mark.skipif(not installed().sail, reason="Spark's executors keep rows, and Spark frees them")
def test_files_go_when_nothing_refers_to_them(engine, tmp_path):
    def files():
        gc.collect()
        return {*engine._checkpoints._folder.rglob("*.arrow")}

    before = files()
    kept = engine.keep_made(engine.session.range(0, 10, 1, 2), doubling(str(tmp_path / "log")), "n long")
    derived = kept.filter("n > 2")
    assert len(files() - before) == 2
    del kept
    assert derived.count() == 8
    del derived
    assert files() <= before


@pytest.mark.parametrize("keep", ["keep", "keep_made"])
def test_a_view_needs_the_rows_though_no_frame_is_left(engine, tmp_path, keep):
    rows = engine.session.range(0, 10, 1, 2).withColumnRenamed("id", "n")
    kept = (
        engine.keep(rows)
        if keep == "keep"
        else engine.keep_made(rows, doubling(str(tmp_path / "log")), "n long")
    )
    wanted = sorted(row.n for row in kept.collect())
    kept.createOrReplaceTempView(f"only_{keep}")
    del kept
    gc.collect()
    assert sorted(row.n for row in engine.session.sql(f"SELECT n FROM only_{keep}").collect()) == wanted


def failing(error):
    """A task that makes a batch, and then raises."""

    def task(batches):
        yield from batches
        raise error

    return task


@pytest.mark.skipif(not installed().sail, reason="Spark's executors keep rows, and Spark frees them")
def test_nothing_is_left_of_a_task_that_fails(engine):
    def kept():
        return {*engine._checkpoints._folder.glob("made/*")}

    before = kept()
    with pytest.raises(Exception, match="by the script"):
        engine.keep_made(engine.session.range(0, 10, 1, 2), failing(ValueError("by the script")), "id long")
    assert kept() == before


@pytest.mark.skipif(not installed().sail, reason="Spark's executors keep rows, and Spark frees them")
def test_a_full_disk_is_said_with_what_to_do(engine, monkeypatch):
    class Full:
        """Files on a disk without room."""

        def __init__(self, *_):
            raise OSError(errno.ENOSPC, "Error writing bytes to file")

    monkeypatch.setattr(arrow_file.pa, "OSFile", Full)
    with pytest.raises(Exception, match="made cannot be written") as caught:
        engine.keep_made(engine.session.range(0, 10, 1, 2), failing(ValueError()), "id long")
    told = describe(caught.value)
    assert told.startswith("OSError: what a function of the script has made cannot be written to ")
    assert told.endswith(": No space left on device. Make room on that disk, and run again")


@pytest.mark.parametrize("keep", ["keep", "keep_made"])
def test_a_statement_of_sql_needs_the_rows_of_the_frames_that_it_names(engine, tmp_path, keep):
    rows = engine.session.range(0, 10, 1, 2).withColumnRenamed("id", "n")
    log = str(tmp_path / "log")
    kept = engine.keep(rows) if keep == "keep" else engine.keep_made(rows, doubling(log), "n long")
    asked = engine.session.sql("SELECT n FROM {kept} WHERE n < :most", {"most": 6}, kept=kept).filter("n > 0")
    wanted = sorted(row.n for row in kept.filter("n > 0 AND n < 6").collect())
    del kept
    gc.collect()
    assert sorted(row.n for row in asked.collect()) == wanted

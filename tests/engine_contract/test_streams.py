"""forEachBatch gives the batches of a stream of files to a function, on Spark."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame

from frame_runs import passed_on
from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.runtime.engines.base import Engine
from scripts_in_process import Scripts

pytestmark = pytest.mark.spark_tests(6)


@pytest.fixture
def spark(engine: Engine) -> Engine:
    if engine.name != "spark":
        pytest.skip("Sail has no streams")
    return engine


class Place:
    """A folder of JSON files that come in, and one for what goes out."""

    def __init__(self, folder: Path) -> None:
        self.incoming, self.out = folder / "in", folder / "out"
        self.incoming.mkdir()
        self.options = {"windowSize": "1 second", "checkpointLocation": str(folder / "checkpoint")}

    def put(self, *numbers: int) -> None:
        path = self.incoming / f"{numbers[0]}.json"
        path.write_text("".join(f'{{"n":{number}}}\n' for number in numbers))

    def stream(self, glue: Any) -> DataFrame:
        reader = glue.spark_session.readStream.schema("n int").option("maxFilesPerTrigger", 1)
        found: DataFrame = reader.json(str(self.incoming))
        return found

    def write(self, glue: Any, rows: DataFrame) -> None:
        frame = glue.create_dynamic_frame.from_rdd([tuple(row) for row in rows.collect()], "x", ["n"])
        glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(self.out)}, "json")

    def visible(self) -> list[int]:
        files = [path for path in self.out.glob("*") if path.name[0] not in "._"] if self.out.is_dir() else []
        return sorted(json.loads(line)["n"] for path in files for line in path.read_text().splitlines())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


ONCE = {"--stream-mode": "once"}


def test_each_batch_is_visible_when_its_function_has_returned(
    spark: Engine, run: Scripts, place: Place
) -> None:
    place.put(1, 2)
    place.put(3)
    seen: list[tuple[int, list[int]]] = []
    with run(**ONCE) as (session, glue, job):

        def work(rows: DataFrame, number: int) -> None:
            seen.append((number, place.visible()))
            place.write(glue, rows)

        glue.forEachBatch(frame=place.stream(glue), batch_function=work, options=place.options)
        assert place.visible() == [1, 2, 3]
        job.commit()
    assert [number for number, _ in seen] == [0, 1]
    assert [len(found) for _, found in seen] in ([0, 2], [0, 1])
    [sink] = session.summary().sinks
    assert (sink.rows, sink.of_batches) == (3, True)
    assert any("2 batches had rows, 0 had none" in note for note in session.summary().notes)


def test_a_batch_may_write_its_data_frame(spark: Engine, run: Scripts, place: Place) -> None:
    place.put(1, 2)
    place.put(3)
    sizes: list[int] = []
    with run(**ONCE) as (session, glue, job), passed_on(spark, session):  # type: ignore[arg-type]

        def work(rows: DataFrame, _number: int) -> None:
            sizes.append(len(place.visible()))
            rows.write.mode("append").json(str(place.out))

        glue.forEachBatch(place.stream(glue), work, place.options)
        assert place.visible() == [1, 2, 3]
        job.commit()
    assert sizes in ([0, 1], [0, 2])
    assert sum(sink.rows for sink in session.summary().sinks) == 3


def test_the_next_run_goes_on_where_the_checkpoint_is(spark: Engine, run: Scripts, place: Place) -> None:
    got: list[list[int]] = []
    for number in (1, 2):
        place.put(number)
        with run(**ONCE) as (_, glue, _job):
            glue.forEachBatch(
                place.stream(glue),
                lambda rows, _number: got.append([row.n for row in rows.collect()]),
                place.options,
            )
    assert got == [[1], [2]]


def test_what_a_failed_try_wrote_is_taken_back(spark: Engine, run: Scripts, place: Place) -> None:
    place.put(1)
    tries: list[int] = []
    with run(**ONCE) as (session, glue, _job):

        def work(rows: DataFrame, number: int) -> None:
            tries.append(number)
            place.write(glue, rows)
            if len(tries) == 1:
                raise OSError("a passing fault")

        glue.forEachBatch(place.stream(glue), work, place.options | {"batchMaxRetries": "1"})
    assert tries == [0, 0]
    assert place.visible() == [1]
    assert any("batch 0 is tried again after OSError: a passing fault" in n for n in session.summary().notes)


def test_the_error_of_the_function_is_the_error_of_the_run(spark: Engine, run: Scripts, place: Place) -> None:
    place.put(1)
    with run(**ONCE) as (_, glue, _job):

        def work(rows: DataFrame, number: int) -> None:
            place.write(glue, rows)
            raise ZeroDivisionError("of the script")

        with pytest.raises(ZeroDivisionError, match="of the script"):
            glue.forEachBatch(place.stream(glue), work, place.options | {"batchMaxRetries": 0})
    assert place.visible() == []


def test_a_stream_without_end_goes_on_until_it_is_stopped(spark: Engine, run: Scripts, place: Place) -> None:
    place.put(1)
    got: list[int] = []
    with run() as (_, glue, _job):

        def work(rows: DataFrame, _number: int) -> None:
            got.extend(row.n for row in rows.collect())
            if len(got) == 1:
                place.put(2)
            else:
                raise InterruptedError("enough")

        with pytest.raises(InterruptedError, match="enough"):
            glue.forEachBatch(place.stream(glue), work, place.options | {"batchMaxRetries": 0})
    assert got == [1, 2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"windowSize": "1 second"}, "needs the option checkpointLocation"),
        ({"checkpointLocation": "x"}, "needs the option windowSize"),
        ({"windowSize": "1 second", "checkpointLocation": "x", "batchMaxRetries": 101}, "from 0 to 100"),
        ({"windowSize": "1 second", "checkpointLocation": "x", "storageLevel": "TAPE"}, "storageLevel"),
    ],
)
def test_wrong_options_are_refused_on_every_engine(run: Scripts, given: dict[str, Any], said: str) -> None:
    with run() as (_, glue, _job), pytest.raises(UsageError, match=said):
        glue.forEachBatch(glue.createDataFrame([(1,)], ["n"]), print, given)


def test_a_frame_that_is_no_stream_is_refused(run: Scripts, place: Place) -> None:
    with run() as (_, glue, _job), pytest.raises(UsageError, match="takes a streaming DataFrame"):
        glue.forEachBatch(glue.createDataFrame([(1,)], ["n"]), print, place.options)


def test_a_checkpoint_that_spark_cannot_keep_is_refused(spark: Engine, run: Scripts, place: Place) -> None:
    with run(**ONCE) as (_, glue, _job), pytest.raises(UsageError) as raised:
        glue.forEachBatch(
            place.stream(glue), print, place.options | {"checkpointLocation": "abfs9://bucket/checkpoint"}
        )
    assert "cannot keep its checkpoint at abfs9://bucket/checkpoint" in str(raised.value)
    assert "Give a local folder" in str(raised.value)


def test_a_wrong_window_is_refused(spark: Engine, run: Scripts, place: Place) -> None:
    with run() as (_, glue, _job), pytest.raises(UsageError, match="soon"):
        glue.forEachBatch(place.stream(glue), print, place.options | {"windowSize": "soon"})


def test_on_sail_streams_are_refused(engine: Engine, run: Scripts) -> None:
    if engine.name != "sail":
        pytest.skip("Spark has streams")
    with run() as (_, glue, _job):
        with pytest.raises(UnsupportedFeature, match=r"spark\.readStream is not available on Sail"):
            glue.readStream  # noqa: B018
        with pytest.raises(UnsupportedFeature, match=r"\.writeStream is not available on Sail"):
            glue.createDataFrame([(1,)], ["n"]).writeStream  # noqa: B018


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_stream_may_be_of_csv_and_of_parquet(
    spark: Engine, run: Scripts, place: Place, format: str
) -> None:
    rows = spark.session.createDataFrame([(1,), (2,)], "n int")
    rows.write.format(format).option("header", "true").mode("append").save(str(place.incoming))
    with run(**ONCE) as (_, glue, job):
        reader = glue.spark_session.readStream.format(format).option("header", "true").schema("n int")
        stream = reader.load(str(place.incoming))
        glue.forEachBatch(stream, lambda rows, _number: place.write(glue, rows), place.options)
        job.commit()
    assert place.visible() == [1, 2]

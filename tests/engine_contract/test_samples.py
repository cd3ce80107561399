"""Sample frames: some files, at most so many records, no bookmark. Columns of ingestion time."""

from pathlib import Path

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.runtime.engines.base import Engine
from scripts_in_process import Scripts, new_state, scripts

pytestmark = pytest.mark.spark_tests(4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three days of three files of three rows."""
    for day in (1, 2, 3):
        for file in (1, 2, 3):
            path = tmp_path / f"in/day={day}/{file}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("n\n" + "".join(f"{day}{file}{row}\n" for row in (1, 2, 3)))
    return tmp_path / "in"


def test_a_sample_reads_some_files_of_some_partitions(run: Scripts, folder: Path) -> None:
    with run() as (session, glue, job):
        frame = glue.create_sample_dynamic_frame_from_options(
            "s3",
            {"paths": [str(folder)], "recurse": True},
            100,
            {"maxSamplePartitions": 2, "maxSampleFilesPerPartition": 1},
            "csv",
            {"withHeader": True},
        )
        found = sorted((row.day, row.n) for row in frame.toDF().collect())
        job.commit()
    assert found == [("1", "111"), ("1", "112"), ("1", "113"), ("2", "211"), ("2", "212"), ("2", "213")]
    source = session.summary().sources[0]
    assert (source.objects_read, source.counts) == (2, {"new": 2})
    assert any("a sample of 2 of 9 objects" in note for note in session.summary().notes)


def test_a_sample_has_at_most_num_records(run: Scripts, folder: Path) -> None:
    with run() as (_, glue, _job):
        options = {"paths": [str(folder)], "recurse": True}
        few = glue.create_sample_dynamic_frame_from_options(
            connection_type="s3", connection_options=options, num=4, format="csv"
        )
        source = glue.getSource("s3", "csv", **options)
        assert few.count() == 4
        assert source.getSampleFrame(5).count() == 5
        with pytest.raises(UsageError, match="num is a whole number from 1"):
            glue.create_sample_dynamic_frame_from_options("s3", options, 0, {}, "csv")


def test_a_sample_moves_no_bookmark_and_sees_none(run: Scripts, folder: Path) -> None:
    given = ("s3", {"paths": [str(folder)], "recurse": True})
    counts = []
    for _ in range(2):
        with run() as (session, glue, job):
            sample = glue.create_sample_dynamic_frame_from_options(
                *given, 100, {}, "csv", {"withHeader": True}, "same"
            )
            whole = glue.create_dynamic_frame.from_options(*given, "csv", {"withHeader": True}, "same")
            counts.append((sample.count(), whole.count()))
            job.commit()
        notes = session.summary().notes
        assert any("transformation_ctx 'same' has no effect" in note for note in notes)
    assert counts == [(27, 27), (27, 0)]


def test_a_sample_of_a_table(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = new_state(tmp_path / "state")
    state.control.catalog.create_database({"Name": "shop"})
    with scripts(state, engine, monkeypatch) as run:
        with run() as (_, glue, job):
            sink = glue.getSink(
                "s3", path=str(tmp_path / "t"), enableUpdateCatalog=True, partitionKeys=["day"]
            )
            sink.setCatalogInfo("shop", "sales")
            sink.setFormat("json")
            rows = glue.createDataFrame([(n, n % 3) for n in range(9)], "n int, day int")
            sink.writeDataFrame(rows, glue)
            job.commit()
        with run() as (session, glue, _job):
            frame = glue.create_sample_dynamic_frame_from_catalog(
                "shop", "sales", 2, {"maxSamplePartitions": 1}, push_down_predicate="day > 0"
            )
            assert [row.day for row in frame.toDF().collect()] == [1, 1]
            with pytest.raises(Exception, match="Parameter table_name is missing"):
                glue.create_sample_dynamic_frame_from_catalog("shop")
        assert session.summary().sources[0].context == ""
    state.close()


@pytest.mark.parametrize(
    ("granularity", "names"),
    [
        ("day", ["n", "ingest_year", "ingest_month", "ingest_day"]),
        ("hour", ["n", "ingest_year", "ingest_month", "ingest_day", "ingest_hour"]),
        ("minute", ["n", "ingest_year", "ingest_month", "ingest_day", "ingest_hour", "ingest_minute"]),
    ],
)
def test_ingestion_time_columns(run: Scripts, granularity: str, names: list[str]) -> None:
    with run() as (session, glue, _job):
        rows = glue.createDataFrame([(7,)], ["n"])
        made = glue.add_ingestion_time_columns(rows, granularity)
        assert made.columns == names
        assert [kind for _, kind in made.dtypes[1:]] == ["int"] * (len(names) - 1)
        year = made.first().ingest_year
        assert abs(session.now_ms() / 1000 / 86400 / 365.25 + 1970 - year) < 1.1


def test_another_granularity_is_refused(run: Scripts) -> None:
    with run() as (_, glue, _job), pytest.raises(UsageError, match="day, hour, minute, not 'week'"):
        glue.add_ingestion_time_columns(glue.createDataFrame([(7,)], ["n"]), "week")

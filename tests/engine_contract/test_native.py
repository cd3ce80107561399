"""Sources that the engine's own reader reads: the same rows as by the scan, and objects looked at again."""

import functools
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from placekeeper.model.errors import ObjectChanged, RecordUnreadable
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.frames.rereading import Want, reread
from placekeeper.runtime.process.script import describe
from scripts_in_process import Scripts, scripts_in

NATIVE = "read by the engine's own reader"
NAMES = [
    *("a b", " lead", "trail ", "a%20b", "a%", "a%2Fb", "a#b", "a+b", "a&b", "a;b", "a,b", "a=b", "a@b"),
    *("a~b", "a!b", "a'b", "a(b)", "ü", "日本", "a-b", "a..b", "a.b", "-x", "d.x/y", "_d/x", ".d/x"),
    *("s%d/x", "s#d/x", "..x/y", "_k=v/x", "k=_v/x", "~/x", "n" * 200),
    *("u\u0308", "😀", "${x}", "a\nb", "a\tb", "_x", ".x", "[a]", "{a}", "a:b", "a?b", "a*b"),
    *('a"b', "a^b", "a`b", "a|b", "a<b>", "\u00a0x", "\u200bx", "x._COPYING_", "_metadata"),
]


def written(path: Path, table: pa.Table, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)


def numbers(*values: int) -> pa.Table:
    return pa.table({"n": pa.array(values, pa.int64())})


def frame_of(glue: Any, *paths: object, **options: Any) -> Any:
    return glue.create_dynamic_frame.from_options(
        "s3",
        {"paths": [str(path) for path in paths], "recurse": True} | options,
        "parquet",
        transformation_ctx="read",
    )


def rows_of(frame: Any) -> list[dict[str, Any]]:
    return sorted((row.asDict(recursive=True) for row in frame.toDF().collect()), key=repr)


def both_ways(run: Scripts, *paths: object, **options: Any) -> tuple[list[Any], list[Any], str]:
    """The rows as they are read by default, those of the scan, and the way of the first."""
    with run() as (session, glue, _):
        native = rows_of(frame_of(glue, *paths, **options))
        scanned = rows_of(frame_of(glue, *paths, nativeReading="never", **options))
    one, other = session.summary().sources
    assert other.way == "read by the scan: --native-reading never, or the source's nativeReading, says so"
    return native, scanned, one.way


@pytest.mark.spark_cases(1)
@pytest.mark.parametrize("first", range(4))
def test_a_file_of_any_name_is_read_and_no_other(run: Scripts, tmp_path: Path, first: int) -> None:
    """Each is read alone, and beside another: a fourth of the names in one job of the engine."""
    names = NAMES[first::4]
    sources: list[tuple[int, list[str]]] = []
    for place, name in enumerate(names):
        folder = tmp_path / f"in/{place}"
        written(folder / "0/anchor.parquet", numbers(1000))
        for decoy in ("a b", "a", "b", "x", "a/b"):
            written(folder / f"1/{decoy}.parquet", numbers(-1))
        suffix = "" if name in ("x._COPYING_", "_metadata") else ".parquet"
        file = folder / f"1/{name}{suffix}"
        written(file, numbers(7))
        pattern = "".join(f"[{one}]" if one in "*?[]{}" else one for one in str(file))
        sources += [(place, [pattern]), (place, [str(folder / "0"), pattern])]

    with run() as (_, glue, _job):
        frames = [
            frame_of(glue, *paths).toDF().selectExpr(f"{place} AS place", f"{len(paths)} AS paths", "n")
            for place, paths in sources
        ]
        rows = functools.reduce(lambda one, other: one.unionAll(other), frames).collect()

    read = {(name, count): [] for name in names for count in (1, 2)}
    for row in rows:
        read[names[row["place"]], row["paths"]].append(row["n"])
    assert {name: read[name, 1] for name in names} == {name: [7] for name in names}
    assert {name: sorted(read[name, 2]) for name in names} == {name: [7, 1000] for name in names}


def test_plain_names_are_read_natively(run: Scripts, tmp_path: Path) -> None:
    for place, name in enumerate(("a b", "a%2Fb", "k=v/part-0", "ü")):
        written(tmp_path / f"in/{name}.parquet", numbers(place))

    native, scanned, way = both_ways(run, tmp_path / "in")

    assert native == scanned
    assert len(native) == 4
    assert way.startswith(NATIVE)


def test_folders_are_columns(run: Scripts, tmp_path: Path) -> None:
    for year in (2023, 2024):
        for place, word in enumerate(("x", "a b", "__HIVE_DEFAULT_PARTITION__")):
            written(tmp_path / f"in/year={year}/word={word}/a.parquet", numbers(year + place))

    native, scanned, way = both_ways(run, tmp_path / "in")

    assert native == scanned
    assert {"n": 2024, "year": 2024, "word": "x"} in native
    assert {"n": 2025, "year": 2023, "word": None} in native
    assert way.startswith(NATIVE)


@pytest.mark.parametrize("regions", [("eu",), ("eu", "us", "xx")], ids=["one region", "three regions"])
def test_folders_are_filtered_by_their_columns(
    run: Scripts, tmp_path: Path, regions: tuple[str, ...]
) -> None:
    years = range(2021, 2027)
    for year in years:
        for region in regions:
            written(tmp_path / f"in/year={year}/region={region}/a.parquet", numbers(1, 2))

    with run() as (_, glue, _job):
        for year in years:
            rows = frame_of(glue, tmp_path / "in").toDF()
            assert len(rows.where(f"year = {year}").collect()) == 2 * len(regions)
            later = rows.where(f"year >= {year} AND region = 'eu'").groupBy("year").count().collect()
            assert sorted(later) == [(one, 2) for one in years if one >= year]


def test_a_column_of_folders_alone(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/year=2023/a.parquet", numbers(1, 2))
    written(tmp_path / "in/year=2024/a.parquet", numbers(3))

    with run() as (_, glue, _job):
        frame = frame_of(glue, tmp_path / "in").select_fields(["year"])
        assert rows_of(frame) == [{"year": 2023}, {"year": 2023}, {"year": 2024}]


def test_an_empty_file_and_several_row_groups(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/empty.parquet", numbers())
    written(tmp_path / "in/full.parquet", numbers(*range(1000)), row_group_size=100)

    native, scanned, way = both_ways(run, tmp_path / "in")

    assert native == scanned
    assert len(native) == 1000
    assert way.startswith(NATIVE)


def test_nothing_is_written_of_a_frame_without_columns(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/a.parquet", numbers(1, 2))
    with run() as (session, glue, job):
        frame = frame_of(glue, tmp_path / "in")
        for none in (frame.drop_fields(["n"]), frame.select_fields(["other"])):
            glue.write_dynamic_frame.from_options(none, "s3", {"path": str(tmp_path / "out")}, "json")
        job.commit()
    assert [sink.rows for sink in session.summary().sinks] == [0, 0]


SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "row groups of one row": {"row_group_size": 1},
    "uneven row groups": {"row_group_size": 7},
    "small pages": {"data_page_size": 64, "write_batch_size": 8},
    "pages of version 2": {"data_page_version": "2.0", "version": "2.4"},
    "page index": {"write_page_index": True},
    "checksums": {"write_page_checksum": True},
    "no dictionary": {"use_dictionary": False, "compression": "none"},
    "zstd, no statistics": {"compression": "zstd", "write_statistics": False},
}


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize("shape", SHAPES)
def test_as_many_rows_are_read_as_footers_say(run: Scripts, tmp_path: Path, shape: str) -> None:
    for place, rows in enumerate((0, 1, 2, 50, 0, 333)):
        for folder in ("", "k=1/", "k=2/", "sub folder/"):
            table = pa.table({"n": range(rows), "s": [None if n % 3 else "x" for n in range(rows)]})
            table = table.cast(pa.schema([("n", pa.int64()), ("s", pa.string())]))
            written(tmp_path / f"in/{folder}{place} ü.parquet", table, **SHAPES[shape])
    said = sum(pq.read_metadata(file).num_rows for file in (tmp_path / "in").rglob("*.parquet"))

    with run() as (session, glue, job):
        frame = frame_of(glue, tmp_path / "in")
        counts = [
            frame.count(),
            len(frame.toDF().collect()),
            frame.toDF().select("s").count(),
            len(frame.select_fields(["n"]).toDF().collect()),
        ]
        glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(tmp_path / "out")}, "parquet")
        job.commit()
    summary = session.summary()

    assert counts == [said] * len(counts)
    assert summary.sinks[0].rows == said
    assert (summary.sources[0].rows_read, summary.sources[0].reading_seconds) == (said, None)
    assert summary.sources[0].way.startswith(NATIVE)


def overwritten(path: Path) -> None:
    written(path, numbers(5, 6, 7))


def appended_to(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


@pytest.mark.spark_cases(3)
@pytest.mark.parametrize("change", [overwritten, os.remove, appended_to])
@pytest.mark.parametrize("evaluate", ["before", "never", "twice"])
def test_an_object_that_changes_before_the_commit_fails_the_run(
    run: Scripts, tmp_path: Path, change: Callable[[Path], None], evaluate: str
) -> None:
    for name in ("a", "b"):
        written(tmp_path / f"in/{name}.parquet", numbers(1, 2))
    with run() as (session, glue, job):
        frame = frame_of(glue, tmp_path / "in")
        if evaluate != "never":
            assert frame.count() == 4
        change(tmp_path / "in/b.parquet")
        if evaluate == "twice" and change is overwritten:
            frame.count()
        with pytest.raises(ObjectChanged, match=r"b\.parquet.*--native-reading never"):
            job.commit()
        session.fail()
    assert session.summary().bookmark_versions[1] is None

    written(tmp_path / "in/b.parquet", numbers(3))
    with run() as (session, glue, job):
        assert frame_of(glue, tmp_path / "in").count() == 3
        job.commit()
    assert session.summary().sources[0].counts["new"] == 2


def test_a_run_without_a_commit_looks_too(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/a.parquet", numbers(1))
    with run() as (session, glue, _):
        frame_of(glue, tmp_path / "in")
        overwritten(tmp_path / "in/a.parquet")
        with pytest.raises(ObjectChanged):
            session.finish()
        session.fail()


def test_a_script_may_delete_what_it_reads_by_the_scan(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/a.parquet", numbers(1))
    with run(**{"--native-reading": "never"}) as (session, glue, job):
        assert frame_of(glue, tmp_path / "in").count() == 1
        (tmp_path / "in/a.parquet").unlink()
        job.commit()
    assert session.summary().bookmark_versions[1] is not None


def test_a_script_may_purge_what_it_reads(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/a.parquet", numbers(1))
    with run() as (_, glue, job):
        assert frame_of(glue, tmp_path / "in").count() == 1
        glue.purge_s3_path(str(tmp_path / "in"), {"retentionPeriod": 0})
        job.commit()
    assert not (tmp_path / "in/a.parquet").exists()


def test_a_write_after_the_commit_looks_again(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/a.parquet", numbers(1))
    with run() as (session, glue, job):
        frame = frame_of(glue, tmp_path / "in")
        job.commit()
        overwritten(tmp_path / "in/a.parquet")
        with pytest.raises(ObjectChanged, match="What was committed stays"):
            glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(tmp_path / "out")}, "json")
        session.fail()
    assert not list(tmp_path.glob("out/*.json"))


def begin_next(job: Any) -> None:
    job.init("other", {"JOB_NAME": "other", "job_bookmark_option": "job-bookmark-enable"})


def test_a_read_belongs_to_the_job_that_was_initialised(run: Scripts, tmp_path: Path) -> None:
    for name in ("one", "two"):
        written(tmp_path / f"{name}/a.parquet", numbers(1))
    with run() as (session, glue, job):
        frame_of(glue, tmp_path / "one").count()
        job.commit()
        begin_next(job)
        overwritten(tmp_path / "one/a.parquet")
        assert frame_of(glue, tmp_path / "two").count() == 1
        job.commit()
    summary = session.summary()
    assert [name for name, _ in summary.earlier_commits] == ["toy"]
    assert summary.bookmark_versions[1] is not None


def test_a_read_of_a_second_job_is_looked_at_and_the_error_is_true(run: Scripts, tmp_path: Path) -> None:
    for name in ("one", "two"):
        written(tmp_path / f"{name}/a.parquet", numbers(1))
    with run() as (session, glue, job):
        frame_of(glue, tmp_path / "one").count()
        job.commit()
        begin_next(job)
        frame_of(glue, tmp_path / "two").count()
        overwritten(tmp_path / "two/a.parquet")
        with pytest.raises(ObjectChanged, match=r"two/a\.parquet.*Nothing was committed since then"):
            job.commit()
        session.fail()
    summary = session.summary()
    assert summary.earlier_commits[0][1] is not None
    assert summary.bookmark_versions[1] is None


def test_a_reload_keeps_looking_at_what_its_output_was_made_of(run: Scripts, tmp_path: Path) -> None:
    """job.init() again without a commit: what was written before it waits for the next commit."""
    written(tmp_path / "in/a.parquet", numbers(1))
    with run() as (session, glue, job):
        frame = frame_of(glue, tmp_path / "in")
        glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(tmp_path / "out")}, "json")
        begin_next(job)
        overwritten(tmp_path / "in/a.parquet")
        with pytest.raises(ObjectChanged):
            job.commit()
        session.fail()


def test_a_corrupt_page_is_not_read_in_silence(run: Scripts, tmp_path: Path) -> None:
    file = tmp_path / "in/a.parquet"
    written(
        file,
        numbers(*range(1000)),
        compression="none",
        use_dictionary=False,
        write_page_checksum=True,
    )
    data = bytearray(file.read_bytes())
    data[500] ^= 1
    file.write_bytes(bytes(data))

    with run() as (session, glue, job):
        frame = frame_of(glue, tmp_path / "in")

        def summed() -> None:
            frame.toDF().groupBy().sum("n").collect()
            job.commit()

        with pytest.raises(Exception) as caught:  # noqa: PT011 - engines raise what they like
            summed()
        session.fail()
        told = session.outcome(describe(caught.value)).message

    assert "RecordUnreadable" in told or isinstance(caught.value, RecordUnreadable)
    assert f"file://{file}" in told


def broken(path: Path) -> None:
    """Bytes of a compressed page that are none."""
    data = bytearray(path.read_bytes())
    data[100:300] = bytes(byte ^ 0x55 for byte in data[100:300])
    path.write_bytes(bytes(data))


def test_a_file_that_the_engine_fails_to_read_is_named(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/a.parquet", numbers(*range(100_000)))
    written(tmp_path / "in/b.parquet", numbers(*range(100_000)))
    broken(tmp_path / "in/b.parquet")

    with run() as (session, glue, _):
        frame = frame_of(glue, tmp_path / "in")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - engines raise what they like
            frame.toDF().groupBy().sum("n").collect()
        session.fail()
        told = session.outcome(describe(caught.value)).message

    assert f"file://{tmp_path}/in/b.parquet, Parquet data, row group 0, column n" in told
    assert "a.parquet" not in told


@pytest.mark.parametrize("evaluate", ["aggregated", "collected", "written", "as pandas"])
def test_a_script_that_goes_on_after_a_failed_read_commits_nothing(
    run: Scripts, tmp_path: Path, evaluate: str
) -> None:
    written(tmp_path / "in/a.parquet", numbers(*range(100_000)))
    written(tmp_path / "in/b.parquet", numbers(*range(100_000)))
    broken(tmp_path / "in/b.parquet")

    with run() as (session, glue, job):
        frame = frame_of(glue, tmp_path / "in")
        with pytest.raises(Exception):  # noqa: B017, PT011 - engines raise what they like
            evaluated(glue, frame, evaluate, tmp_path / "out")
        with pytest.raises(RecordUnreadable, match=r"in/b\.parquet, Parquet data, row group 0, column n"):
            job.commit()
        session.fail()
    assert session.summary().bookmark_versions[1] is None
    assert not list(tmp_path.glob("out/*.parquet"))


def evaluated(glue: Any, frame: Any, how: str, out: Path) -> None:
    rows = frame.toDF()
    if how == "aggregated":
        rows.groupBy().sum("n").collect()
    elif how == "collected":
        rows.collect()
    elif how == "written":
        glue.write_dynamic_frame.from_options(frame, "s3", {"path": str(out)}, "parquet")
    else:
        rows.toPandas()


def test_a_failure_of_something_else_is_the_scripts_own(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/a.parquet", numbers(0, 1))
    with run() as (session, glue, job):
        rows = frame_of(glue, tmp_path / "in").toDF()
        with pytest.raises(Exception):  # noqa: B017, PT011 - engines raise what they like
            rows.selectExpr("raise_error(cast(n as string))").collect()
        job.commit()
    assert session.summary().bookmark_versions[1] is not None


def test_a_failure_before_job_init_is_no_matter_of_what_comes_after(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "old/a.parquet", numbers(*range(100_000)))
    broken(tmp_path / "old/a.parquet")
    written(tmp_path / "in/a.parquet", numbers(1))
    with run() as (session, glue, job):
        with pytest.raises(Exception):  # noqa: B017, PT011 - engines raise what they like
            frame_of(glue, tmp_path / "old").toDF().collect()
        job.init("toy", {"JOB_NAME": "toy", "job_bookmark_option": "job-bookmark-enable"})
        assert frame_of(glue, tmp_path / "in").count() == 1
        job.commit()
    assert session.summary().bookmark_versions[1] is not None


def test_a_text_that_is_none_fails_on_every_engine(run: Scripts, tmp_path: Path) -> None:
    texts = pa.array([b"\xff\xfe", b"x"], pa.binary())
    written(
        tmp_path / "in/a.parquet",
        pa.table({"s": pa.Array.from_buffers(pa.string(), 2, texts.buffers())}),
    )
    with run() as (session, glue, _):
        frame = frame_of(glue, tmp_path / "in")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - engines raise what they like
            frame.toDF().selectExpr("max(s)").collect()
        session.fail()
        told = session.outcome(describe(caught.value)).message

    assert f"file://{tmp_path}/in/a.parquet, column s, rows 1 to 2" in told


@pytest.fixture
def on_s3(
    engine: Engine, s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    for name, value in (s3.environ | {"AWS_ALLOW_HTTP": "true"}).items():
        monkeypatch.setenv(name, value)
    with scripts_in(tmp_path / "state", engine, monkeypatch, s3=s3.environ) as running:
        yield running


def put(s3: Any, bucket: str, key: str, *values: int) -> None:
    body = io.BytesIO()
    pq.write_table(numbers(*values), body)
    s3.client().put_object(Bucket=bucket, Key=key, Body=body.getvalue())


def test_s3_is_read_alike(on_s3: Scripts, engine: Engine, s3: Any) -> None:
    bucket = s3.new_bucket()
    names = ("a", "b+c", "d=e", "f,g", "h@i", "j..k", "n-o_p.q")
    for name in names:
        put(s3, bucket, f"in/year=2024/{name}.parquet", 1, 2)

    native, scanned, way = both_ways(on_s3, f"s3://{bucket}/in/")

    assert native == scanned
    assert len(native) == 2 * len(names)
    assert way.startswith(NATIVE) == (engine.name == "sail")


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("change", ["overwritten", "deleted"])
def test_an_object_of_s3_that_changes_before_the_commit_fails_the_run(
    on_s3: Scripts, engine: Engine, s3: Any, change: str, count: int
) -> None:
    bucket = s3.new_bucket()
    for number in range(count):
        put(s3, bucket, f"in/{number}.parquet", 1, 2)
    with on_s3() as (session, glue, job):
        frame = frame_of(glue, f"s3://{bucket}/in/")
        assert frame.count() == 2 * count
        if change == "deleted":
            s3.client().delete_object(Bucket=bucket, Key="in/0.parquet")
        else:
            put(s3, bucket, "in/0.parquet", 1, 2, 3)
        if engine.name == "sail":
            with pytest.raises(ObjectChanged, match=r"in/0\.parquet"):
                job.commit()
        session.fail()


def test_other_credentials_take_the_scan(on_s3: Scripts, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = s3.new_bucket()
    put(s3, bucket, "in/a.parquet", 1)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    with on_s3() as (session, glue, _):
        assert rows_of(frame_of(glue, f"s3://{bucket}/in/")) == [{"n": 1}]
    assert session.summary().sources[0].way.startswith("read by the scan")


@pytest.mark.parametrize("format_name", ["parquet", "orc"])
def test_the_scan_reads_the_columns_alone_that_are_asked_for(
    run: Scripts, tmp_path: Path, format_name: str
) -> None:
    file = tmp_path / f"in/a.{format_name}"
    file.parent.mkdir()
    table = pa.table({"a": list(range(50_000)), "b": list(range(50_000)), "c": ["x"] * 50_000})
    if format_name == "orc":
        orc.write_table(table, file, compression="snappy")
    else:
        written(file, table)
    reads: list[str] = []

    with run(**{"--native-reading": "never"}) as (_, glue, _job):
        frame = glue.create_dynamic_frame.from_options("s3", {"paths": [str(tmp_path / "in")]}, format_name)
        whole = frame._frame
        for narrow in (
            frame.select_fields(["c"]),
            frame.drop_fields(["a", "b"]),
            frame.apply_mapping([("c", "string", "c", "string")]),
        ):
            assert narrow._frame.schema.names == ["c"]
            assert narrow.toDF().distinct().collect()[0]["c"] == "x"
            reads.append(narrow._frame.rows.schema.simpleString())
        assert reread(whole, [Want(2)])[0].rows.schema.names == ["c2"]
    assert reads == ["struct<c0:string>"] * 3


def test_a_broken_column_that_nobody_reads_is_not_read(run: Scripts, tmp_path: Path) -> None:
    written(tmp_path / "in/a.parquet", pa.table({"a": list(range(100_000)), "b": ["x"] * 100_000}))
    broken(tmp_path / "in/a.parquet")
    with run(**{"--native-reading": "never"}) as (_, glue, job):
        frame = frame_of(glue, tmp_path / "in")
        assert frame.select_fields(["b"]).toDF().count() == 100_000
        assert frame.apply_mapping([("B", "string", "x", "string")]).toDF().distinct().count() == 1
        job.commit()


def test_the_summary_says_all_rows_of_the_objects_that_were_chosen(run: Scripts, tmp_path: Path) -> None:
    """They are known before the engine reads, and an engine reads fewer where a filter lets it."""
    written(tmp_path / "in/a.parquet", numbers(*range(10)))
    with run() as (session, glue, job):
        assert frame_of(glue, tmp_path / "in").toDF().filter("n > 7").count() == 2
        job.commit()
    assert session.summary().sources[0].rows_read == 10
    written(tmp_path / "in/b.parquet", numbers(1))
    with run() as (session, glue, job):
        frame_of(glue, tmp_path / "in")
        job.commit()
    (source,) = session.summary().sources
    assert (source.objects_read, source.rows_read) == (1, 1)
    with run() as (session, glue, job):
        frame_of(glue, tmp_path / "in")
        job.commit()
    assert session.summary().sources[0].rows_read == 0


@pytest.fixture
def run(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripts]:
    with scripts_in(tmp_path / "state", engine, monkeypatch) as running:
        yield running

"""Folders `key=value` as columns, predicates over them, wildcards, names and times of files."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placekeeper.model.errors import InvalidInputException, UsageError
from placekeeper.runtime.engines.base import Engine
from scripts_in_process import Scripts, scripts_in

pytestmark = pytest.mark.spark_tests(8)


def put(folder: Path, name: str, content: str = "n\n1\n") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def read(
    run: Scripts, *paths: object, format: str = "csv", predicate: str = "", **options: Any
) -> tuple[list[dict[str, Any]], dict[str, int], list[str]]:
    """The rows of one run with a bookmark, the counts by reason, and the notes."""
    format_options = {name: options.pop(name) for name in list(options) if name.startswith("attach")}
    with run() as (session, glue, job):
        frame = glue.create_dynamic_frame.from_options(
            "s3",
            {"paths": [str(path) for path in paths], "recurse": True} | options,
            format,
            ({"withHeader": True} if format == "csv" else {}) | format_options,
            transformation_ctx="read",
            push_down_predicate=predicate,
        )
        found = [row.asDict() for row in frame.toDF().collect()] if frame.schema().fields else []
        job.commit()
    summary = session.summary()
    counts = {str(reason): n for reason, n in summary.sources[0].counts.items()}
    return sorted(found, key=repr), counts, list(summary.notes)


def test_folders_are_columns_of_strings(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/year=2024/month=01/a.csv")
    put(tmp_path, "in/year=2024/month=02/a.csv", "n\n2\n")
    put(tmp_path, "in/year=__HIVE_DEFAULT_PARTITION__/month=a%2Fb%20c/a.csv", "n\n3\n")
    put(tmp_path, "in/loose.csv", "n\n4\n")

    rows, _, _ = read(run, tmp_path / "in")

    assert rows == [
        {"n": "1", "year": "2024", "month": "01"},
        {"n": "2", "year": "2024", "month": "02"},
        {"n": "3", "year": None, "month": "a/b c"},
        {"n": "4", "year": None, "month": None},
    ]


def test_parquet_has_the_types_that_spark_infers(run: Scripts, tmp_path: Path) -> None:
    folder = tmp_path / "in/i=07/l=4000000000/d=2024-02-29/f=1.5/s=x"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"n": [1], "i": ["in the file"]}), folder / "a.parquet")

    rows, _, _ = read(run, tmp_path / "in", format="parquet")

    assert rows == [{"n": 1, "i": 7, "l": 4_000_000_000, "d": date(2024, 2, 29), "f": 1.5, "s": "x"}]


def test_a_folder_in_the_path_itself_is_no_column(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/year=2024/day=1/a.csv")

    assert read(run, tmp_path / "in/year=2024")[0] == [{"n": "1", "day": "1"}]


def test_a_single_file_is_read(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/year=2024/a.csv")
    put(tmp_path, "in/year=2024/b.csv")

    assert read(run, tmp_path / "in/year=2024/a.csv", recurse=False)[0] == [{"n": "1"}]


@pytest.mark.parametrize(
    ("predicate", "months"),
    [
        ("year == '2024' and month >= '02'", ["02", "03"]),
        ("month in ('01', '03') and year=2024", ["01", "03"]),
        ("YEAR = 2024", ["01", "02", "03"]),
        ("(year='2023')", ["12"]),
        ("year > 2023 and to_date(concat_ws('-', year, month, '01')) < '2024-03-01'", ["01", "02"]),
    ],
)
def test_a_predicate_prunes_before_reading(
    run: Scripts, tmp_path: Path, predicate: str, months: list[str]
) -> None:
    for month in ("01", "02", "03"):
        put(tmp_path, f"in/year=2024/month={month}/a.csv")
    put(tmp_path, "in/year=2023/month=12/a.csv")
    put(tmp_path, "in/year=2022/month=12/a.csv", '"broken')

    rows, counts, _ = read(run, tmp_path / "in", predicate=predicate, recurse=False)

    assert sorted(row["month"] for row in rows) == months
    assert counts == {"new": len(months), "excluded": 5 - len(months)}


def test_both_predicates_have_to_be_true(run: Scripts, tmp_path: Path) -> None:
    for month in ("01", "02", "03"):
        put(tmp_path, f"in/month={month}/a.csv")

    rows, _, _ = read(
        run, tmp_path / "in", predicate="month > '01'", catalogPartitionPredicate="month < '03'"
    )
    assert [row["month"] for row in rows] == ["02"]


def test_a_predicate_that_nothing_meets_is_said(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/year=2024/a.csv")

    rows, counts, notes = read(run, tmp_path / "in", predicate="yaer='2024'")

    assert (rows, counts) == ([], {"excluded": 1})
    assert "yaer='2024' is true for no object" in " ".join(notes)


def test_a_predicate_that_is_not_understood_is_refused(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/year=2024/a.csv")

    with pytest.raises(InvalidInputException, match="is not understood"):
        read(run, tmp_path / "in", predicate="reverse(year) = '4202'")


def test_a_bookmark_goes_on_whatever_the_predicate(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/year=2024/a.csv")
    put(tmp_path, "in/year=2023/a.csv")

    assert len(read(run, tmp_path / "in", predicate="year='2024'")[0]) == 1
    put(tmp_path, "in/year=2024/b.csv")
    assert read(run, tmp_path / "in", predicate="year='2024'")[1] == {"new": 1, "done": 1, "excluded": 1}
    assert read(run, tmp_path / "in")[1] == {"new": 1, "done": 2}
    assert read(run, tmp_path / "in")[0] == []


def test_wildcards(run: Scripts, tmp_path: Path) -> None:
    for name in ("a/x-1.csv", "b/x-22.csv", "b/x-y.csv", "b/deep/x-1.csv", "_tmp/x-1.csv", "c/d=1/x-1.csv"):
        put(tmp_path, f"in/{name}", f"n\n{name}\n")

    def names(*patterns: str, **options: Any) -> list[str]:
        with run() as (_session, glue, _job):
            frame = glue.create_dynamic_frame.from_options(
                "s3",
                {"paths": [f"{tmp_path}/in/{pattern}" for pattern in patterns]} | options,
                "csv",
                {"withHeader": True},
            )
            return sorted(row["n"] for row in frame.toDF().collect()) if frame.schema().fields else []

    assert names("*/x-[0-9]*.csv") == ["a/x-1.csv", "b/x-22.csv"]
    assert names("{a,c}/", "a/*", recurse=True) == ["a/x-1.csv", "c/d=1/x-1.csv"]
    assert names("?", recurse=False) == ["a/x-1.csv", "b/x-22.csv", "b/x-y.csv"]
    assert names("*/*/x-1.csv") == ["b/deep/x-1.csv", "c/d=1/x-1.csv"]
    assert names("[!ac]/**", recurse=True) == ["b/deep/x-1.csv", "b/x-22.csv", "b/x-y.csv"]
    assert names("x*") == []
    with pytest.raises(UsageError, match="not closed"):
        names("{a")


def test_a_folder_that_a_wildcard_means_is_a_column(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/year=2024/a.csv")
    put(tmp_path, "in/year=2025/b.csv")

    assert read(run, f"{tmp_path}/in/year=*/a*")[0] == [{"n": "1", "year": "2024"}]


def test_wildcards_follow_a_bookmark(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/a/1.csv")
    path = f"{tmp_path}/in/*/[0-9].csv"

    assert read(run, path)[1] == {"new": 1}
    put(tmp_path, "in/b/2.csv", "n\n2\n")
    put(tmp_path, "in/b/x.csv")
    rows, counts, _ = read(run, path)
    assert (rows, counts) == ([{"n": "2"}], {"new": 1, "done": 1})


def test_names_and_times_of_files(run: Scripts, tmp_path: Path) -> None:
    put(tmp_path, "in/year=1/a.csv")
    at = datetime.fromtimestamp(int((tmp_path / "in/year=1/a.csv").stat().st_mtime_ns / 1e6) / 1e3, UTC)

    rows, _, _ = read(run, tmp_path / "in", attachFilename="file", attachtimestamp="at")
    (row,) = rows
    assert row["file"] == f"file://{tmp_path}/in/year=1/a.csv"
    assert row["at"].replace(tzinfo=UTC) == at


@pytest.mark.parametrize(
    "path", ["s3://{b}//in/", "s3://{b}/in//", "s3a://{b}///in//*.csv", "s3n://{b}/in/a.csv"]
)
def test_paths_on_s3(
    engine: Engine, s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    bucket = s3.new_bucket()
    s3.client().put_object(Bucket=bucket, Key="in/a.csv", Body=b"n\n1\n")

    with scripts_in(tmp_path / "state", engine, monkeypatch, s3=s3.environ) as run:
        rows, _, notes = read(run, path.format(b=bucket))

    assert rows == [{"n": "1"}]
    assert any("doubled slashes" in note for note in notes) == ("//" in path[7:])

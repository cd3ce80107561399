"""Every format option that has no effect is said."""

import pytest

from placekeeper.runtime.formats.notes import format_notes
from placekeeper.runtime.formats.registry import FORMATS


@pytest.mark.parametrize(
    ("format", "option", "notes"),
    [
        ("csv", "withHeader", []),
        ("csv", "WITHHEADER", []),
        ("csv", "header", ["unknown format option 'header' was ignored; did you mean withHeader?"]),
        ("csv", "seperator", ["unknown format option 'seperator' was ignored; did you mean separator?"]),
        ("csv", "encoding", []),
        ("csv", "charset", ["unknown format option 'charset' was ignored; did you mean encoding?"]),
        ("json", "header", ["unknown format option 'header' was ignored"]),
        ("glueparquet", "compression", []),
        (
            "csv",
            "optimizePerformance",
            ["format option optimizePerformance has no effect: all reads are vectorised here"],
        ),
        (
            "parquet",
            "useGlueParquetWriter",
            ["format option useGlueParquetWriter has no effect: one writer writes all Parquet files here"],
        ),
        (
            "glueparquet",
            "blocksize",
            ["format option blocksize has no effect: the size of row groups is fixed here"],
        ),
        ("parquet", "pageSize", ["format option pageSize has no effect: the size of pages is fixed here"]),
        ("csv", "pageSize", ["unknown format option 'pageSize' was ignored"]),
    ],
)
def test_notes(format: str, option: str, notes: list[str]) -> None:
    assert format_notes(FORMATS.readable(format), {option: True}) == notes

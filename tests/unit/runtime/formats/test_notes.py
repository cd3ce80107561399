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
            ["format option optimizePerformance is without effect: every read is vectorised here"],
        ),
    ],
)
def test_notes(format: str, option: str, notes: list[str]) -> None:
    assert format_notes(FORMATS.readable(format), {option: True}) == notes

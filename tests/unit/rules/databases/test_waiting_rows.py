"""What is said of output that is published in part is true of each file of it."""

import pytest

from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.publication import Effect, Publication, PublicationState, RowsWritten, StagedFile
from placekeeper.rules.databases.waiting_rows import held


def rows(name: str) -> RowsWritten:
    return RowsWritten(
        id=name,
        run_id="jr_1",
        login=Login(product="sqlite", database="/shop.db"),
        table=DatabaseTable(schema="", name=name),
        staging=f"staged_{name}",
        rows=2,
    )


def file(name: str, *, is_visible: bool = False) -> StagedFile:
    return StagedFile(path=f"file:///out/{name}", size=1, rows=1, staged=None if is_visible else f"s/{name}")


A, B = rows("a"), rows("b")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ((file("1"), file("2"), A, B), "Visible: 2 files and 2 rows for a of P. Waiting: 2 rows for b of P."),
        ((A, B, file("1")), "Visible: 2 rows for a of P. Waiting: 2 rows for b of P and 1 file behind that."),
        (
            (A, B, file("1", is_visible=True)),
            "Visible: 1 file and 2 rows for a of P. Waiting: 2 rows for b of P.",
        ),
        (
            (A, file("1"), B),
            "2 rows for a of P. Waiting: 2 rows for b of P. Nobody has looked at 1 file before that.",
        ),
    ],
)
def test_files_are_called_visible_only_where_they_are(manifest: tuple[Effect, ...], said: str) -> None:
    publication = Publication(run_id="jr_1", state=PublicationState.PUBLISHING, manifest=manifest)
    text = held(publication, [A], left=[B], rest=[], why="boom", run="jr_1", job_name="j")
    assert f"{said} No row is lost" in text.replace(A.login.place, "P")


def test_files_behind_postactions_that_failed_wait_too() -> None:
    manifest = (file("1"), A, file("2"))
    publication = Publication(run_id="jr_1", state=PublicationState.PUBLISHING, manifest=manifest)
    text = held(publication, [A], left=[], rest=[A], why="boom", run="jr_1", job_name="")
    assert "Visible: 1 file and 2 rows for a" in text
    assert "1 file behind that. No row is lost" in text

"""An object that cannot be read: its error comes out of a task, and word of it is left, on every engine."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from placekeeper.model.element import NextWindow
from placekeeper.model.errors import ObjectChanged, RecordUnreadable
from placekeeper.model.exchange import Opened
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Decision, Reason, Selection
from placekeeper.model.policy import OnBadFile, ReadingPolicy
from placekeeper.model.source import FileSource
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.process.script import describe
from placekeeper.runtime.run.bad_files import BadFiles
from placekeeper.runtime.scan import scan
from placekeeper.runtime.scan.native_reads import NativeReads
from placekeeper.runtime.scan.notices import NO_NOTICES, Notices
from placekeeper.runtime.scan.survey import survey

HEADER = {"withHeader": True}
GOOD = [("csv", b"a,b\n1,2\n"), ("json", b'{"a": 1}\n')]
BAD = {"csv": b"a,b\n1,2\n1,2,3\n", "json": b'{"a": 1}\n{"a": \n'}


def read(files: Any, format_name: str, notices: Notices) -> None:
    options = HEADER if format_name == "csv" else {}
    frame = scan(
        files.engine,
        files.objects,
        files.chosen(),
        FORMATS.reader(format_name, options),
        None,
        notices=notices,
    )
    frame.dataframe.collect()


@pytest.mark.parametrize(("format_name", "good"), GOOD)
def test_word_is_left_of_what_a_task_cannot_read(
    files: Any, tmp_path: Path, format_name: str, good: bytes
) -> None:
    files.put(f"good.{format_name}", good)
    files.put(f"bad.{format_name}", BAD[format_name])
    notices = Notices.below(tmp_path / "run")

    with pytest.raises(Exception, match=rf"bad\.{format_name}"):
        read(files, format_name, notices)

    (error,) = notices.all()
    assert error.path == f"file://{files.folder}/bad.{format_name}"
    assert error.place
    assert error.reason


@pytest.mark.parametrize(("format_name", "good"), GOOD)
def test_a_survey_finds_every_bad_file_and_no_other(files: Any, format_name: str, good: bytes) -> None:
    for number in range(3):
        files.put(f"good{number}.{format_name}", good)
        files.put(f"bad{number}.{format_name}", BAD[format_name])
    files.put(f"empty.{format_name}", b"")

    reader = FORMATS.reader(format_name, HEADER if format_name == "csv" else {})
    found = survey(files.objects, reader, files.chosen())

    assert [Path(error.path).name for error in found] == [f"bad{number}.{format_name}" for number in range(3)]


def test_what_changed_is_no_bad_file(files: Any) -> None:
    files.put("a.csv", BAD["csv"])
    chosen = files.chosen()
    files.put("a.csv", b"a,b\n1,2\n1,2,3,4,5\n")
    with pytest.raises(ObjectChanged):
        survey(files.objects, FORMATS.reader("csv", HEADER), chosen)


class Client:
    def __init__(self) -> None:
        self.noted: list[Any] = []

    def note_bad(self, name: str, version: int, bad: Any) -> None:
        self.noted += [(name, version, file.object.path, file.error) for file in bad]


def bad_files(files: Any, notices: Notices, client: Client) -> BadFiles:
    context = SimpleNamespace(
        run_id="jr_1",
        client=client,
        engine=files.engine,
        notices=notices,
        natives=NativeReads(),
        checkpoint=lambda _: None,
        notes=[],
    )
    known = BadFiles(context)  # type: ignore[arg-type] - what it asks for
    known.open(Opened(name="j", run=1, attempt=0, version=1))
    source = FileSource(
        connection_type="s3",
        paths=(f"file://{files.folder}/",),
        format="csv",
        reading=ReadingPolicy(on_bad_file=OnBadFile.QUARANTINE),
    )
    chosen: list[ObjectMeta] = files.chosen()
    selection = Selection(
        chosen=tuple(Decision(meta, Reason.NEW) for meta in chosen),
        counts={},
        next_window=NextWindow(watermark_ms=0),
    )
    reader = FORMATS.reader("csv", HEADER)
    known.watch("rows", source, selection, lambda: survey(files.objects, reader, chosen))
    return known


@pytest.mark.parametrize("has_notices", [True, False], ids=["told by a notice", "told by the text alone"])
def test_the_error_that_comes_out_of_a_task_is_enough_to_quarantine(
    files: Any, tmp_path: Path, has_notices: bool
) -> None:
    files.put("good.csv", b"a,b\n1,2\n")
    files.put("bad, with: signs.csv", BAD["csv"])
    notices = Notices.below(tmp_path / "run") if has_notices else NO_NOTICES
    client = Client()
    known = bad_files(files, notices, client)

    with pytest.raises(Exception, match="signs") as raised:
        read(files, "csv", notices)
    outcome = known.outcome(describe(raised.value), committed=False)

    assert outcome.begins_again, outcome.message
    ((name, version, path, error),) = client.noted
    assert (name, version, path) == ("j", 1, f"file://{files.folder}/bad, with: signs.csv")
    assert "3" in error
    if has_notices:
        with pytest.raises(RecordUnreadable, match="signs"):
            known.check()

"""What a run does about bad files, step by step: whose, how many, in which order, and what it says."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from placekeeper.model.element import NextWindow
from placekeeper.model.errors import RecordUnreadable, StateError, VersionMismatchException
from placekeeper.model.exchange import Opened
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Decision, Reason, Selection
from placekeeper.model.policy import OnBadFile, ReadingPolicy
from placekeeper.model.source import FileSource
from placekeeper.runtime.run.bad_files import BadFiles, Outcome
from placekeeper.runtime.scan.notices import Notices

RUN = "jr_1"


def meta(number: int) -> ObjectMeta:
    return ObjectMeta(path=f"s3://b/{number}", last_modified_ms=1, size=1)


def error(number: int) -> RecordUnreadable:
    return RecordUnreadable(meta(number).path, "line 3", "broken.\nbadly")


def mark(number: int, run_id: str = RUN) -> Mark:
    return Mark(
        path=meta(number).path,
        kind=MarkKind.QUARANTINED,
        version=1,
        at_ms=1,
        object=meta(number),
        error="line 3: broken",
        run_id=run_id,
    )


class Run:
    """A run that reads sources; `order` is what happened."""

    def __init__(self, folder: Path, *marks: Mark, version: int | None = 1, failing: Any = None) -> None:
        self.order: list[str] = []
        self.noted: list[str] = []
        self.failing = failing
        self.notices = Notices.below(folder)
        context: Any = SimpleNamespace(
            run_id=RUN,
            client=self,
            notices=self.notices,
            checkpoint=self.order.append,
            engine=SimpleNamespace(failures=0),
        )
        self.bad_files = BadFiles(context)
        self.said = self.bad_files.open(
            Opened(name="a job", run=1, attempt=0, version=version, marks=tuple(marks))
        )

    def note_bad(self, name: str, version: int, bad: Sequence[Any]) -> None:
        self.order.append("noted")
        if self.failing is not None:
            raise self.failing
        self.noted += [f"{file.context}: {file.object.path}" for file in bad]

    def reads(
        self,
        numbers: Sequence[int],
        bad: Sequence[int] = (),
        *,
        context: str = "rows",
        on_bad_file: OnBadFile = OnBadFile.QUARANTINE,
        share: float = 0.1,
        quarantined: Sequence[int] = (),
    ) -> None:
        reading = ReadingPolicy(on_bad_file=on_bad_file, bad_file_share=share)
        source = FileSource(connection_type="s3", paths=("s3://b",), format="csv", reading=reading)
        selection = Selection(
            chosen=tuple(Decision(meta(number), Reason.NEW) for number in numbers),
            quarantined=tuple(Decision(meta(number), Reason.QUARANTINED) for number in quarantined),
            counts={},
            next_window=NextWindow(watermark_ms=0),
        )

        def survey() -> Sequence[RecordUnreadable]:
            self.order.append(f"survey {context}")
            return [error(number) for number in bad]

        self.bad_files.watch(context, source, selection, survey)

    def outcome(self, number: int, message: str | None = None, *, committed: bool = False) -> Outcome:
        self.notices.leave(error(number))
        told = f"RecordUnreadable: {error(number)}" if message is None else message
        return self.bad_files.outcome(told, committed=committed)


def test_a_run_that_met_no_bad_file_fails_as_it_failed(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(3))
    assert run.bad_files.outcome("ValueError: x", committed=False) == Outcome("ValueError: x")
    assert run.order == []


def test_all_bad_files_are_found_before_one_is_noted(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(30), bad=[1, 2])
    run.reads(range(40, 60), bad=[41], context="other")
    outcome = run.outcome(1)
    assert outcome.begins_again
    assert "3 bad files" in outcome.message
    assert run.order == ["quarantine.found", "survey rows", "survey other", "noted", "quarantine.noted"]
    assert run.noted == ["rows: s3://b/1", "rows: s3://b/2", "other: s3://b/41"]


def test_what_only_the_whole_source_shows_is_noted_though_the_survey_does_not_see_it(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(30), bad=[])
    outcome = run.outcome(7)
    assert outcome.begins_again
    assert outcome.message.startswith("1 bad file was quarantined:")
    assert run.noted == ["rows: s3://b/7"]


def test_an_object_of_two_reads_is_noted_once(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(3), bad=[1])
    run.reads(range(3), bad=[1], context="again")
    assert run.outcome(1).begins_again
    assert run.noted == ["rows: s3://b/1"]


def test_an_object_is_noted_under_the_source_that_cannot_read_it(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(3), context="reads it well")
    run.reads(range(3), bad=[1])
    assert run.outcome(1).begins_again
    assert run.noted == ["rows: s3://b/1"]


def test_what_another_source_cannot_read_does_not_count_in_the_share(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(3), bad=[2], context="its own only")
    run.reads(range(30), bad=[0, 1, 2])
    assert run.outcome(1).begins_again
    assert run.noted == ["its own only: s3://b/2", "rows: s3://b/0", "rows: s3://b/1"]


def test_what_two_sources_cannot_read_counts_in_the_share_of_both(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(30), bad=[0, 1])
    run.reads(range(2), bad=[0, 1], context="nothing can be read")
    outcome = run.outcome(1)
    assert not outcome.begins_again
    assert "2 of 2 objects chosen of 'nothing can be read'" in outcome.message
    assert run.noted == []


def test_the_share_counts_what_the_run_has_quarantined_before(tmp_path: Path) -> None:
    run = Run(tmp_path, mark(100), mark(101, "jr_other"))
    assert run.said == [
        "this run quarantined an object and leaves it out until it changes: s3://b/100, line 3: broken"
    ]
    run.reads(range(18), bad=[1], quarantined=[100, 101])
    outcome = run.outcome(1)  # 2 of 19
    assert not outcome.begins_again
    assert "2 of 19 objects chosen of 'rows'" in outcome.message
    assert run.noted == []


@pytest.mark.parametrize(("share", "begins_again"), [(0.1, False), (0.5, True), (1, True)])
def test_the_share_is_the_sources(tmp_path: Path, share: float, begins_again: bool) -> None:
    run = Run(tmp_path)
    run.reads(range(4), bad=[0, 1], share=share)
    run.reads(range(10, 20), bad=[])
    assert run.outcome(0).begins_again is begins_again
    assert bool(run.noted) is begins_again


@pytest.mark.parametrize(
    "how",
    [
        {"on_bad_file": OnBadFile.FAIL},
        {"context": ""},
    ],
)
def test_a_source_that_does_not_quarantine_fails_the_run(tmp_path: Path, how: dict[str, Any]) -> None:
    run = Run(tmp_path)
    run.reads(range(30), bad=[1], **how)
    run.reads(range(30, 60), bad=[31])
    outcome = run.outcome(1)
    assert not outcome.begins_again
    assert run.order == []
    assert outcome.message.startswith("RecordUnreadable: s3://b/1, line 3: broken. badly. Mend the file")


def test_the_ways_out_can_be_pasted(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(3), on_bad_file=OnBadFile.FAIL)
    message = run.outcome(1).message
    assert shlex.split(message)[-5:] == ["placekeeper", "bookmark", "skip", "a job", "s3://b/1"]
    assert "\n" not in message


def test_an_error_that_came_of_a_bad_file_names_both(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(3), on_bad_file=OnBadFile.FAIL)
    message = run.outcome(1, "ValueError: no rows").message
    assert message.startswith("ValueError: no rows. Before that, s3://b/1, line 3: broken. badly. Mend")


@pytest.mark.parametrize(("version", "committed"), [(None, False), (1, True)])
def test_a_run_without_a_version_or_after_its_commit_does_not_begin_again(
    tmp_path: Path, version: int | None, committed: bool
) -> None:
    run = Run(tmp_path, version=version)
    run.reads(range(30), bad=[1])
    assert not run.outcome(1, committed=committed).begins_again
    assert run.order == []


@pytest.mark.parametrize("failing", [VersionMismatchException(1, 2), StateError("away")])
def test_a_run_that_cannot_note_fails(tmp_path: Path, failing: Exception) -> None:
    run = Run(tmp_path, failing=failing)
    run.reads(range(30), bad=[1])
    outcome = run.outcome(1)
    assert not outcome.begins_again
    assert f"Nothing was quarantined: {failing}" in outcome.message
    assert run.order[-1] == "noted"


def test_a_commit_is_refused_for_tracked_sources_only(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.reads(range(3), context="")
    run.notices.leave(error(1))
    run.bad_files.check()
    run.reads(range(3))
    with pytest.raises(RecordUnreadable, match="s3://b/1"):
        run.bad_files.check()


def test_what_changed_and_was_read_is_mended(tmp_path: Path) -> None:
    run = Run(tmp_path, mark(1, "jr_0"), mark(2, "jr_0"))
    run.reads([1, 3], quarantined=[2])
    assert run.bad_files.mended(()) == ["s3://b/1"]


def test_a_paused_run_is_told_what_works_for_it(tmp_path: Path) -> None:
    run = Run(tmp_path, version=None)
    run.reads(range(3), bad=[1])
    message = run.outcome(1).message
    assert "placekeeper bookmark skip" in message
    assert "--on-bad-file" not in message

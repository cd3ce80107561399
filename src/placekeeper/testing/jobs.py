"""Runs of scripts in tests, and how they ended."""

import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from placekeeper.host.spare_process import SpareProcess
from placekeeper.model.errors import UsageError
from placekeeper.model.jobs import JobRun, JobRunState, RunSummary
from placekeeper.ports.launcher import Echo
from placekeeper.rules.jobs.commands import CommandType
from placekeeper.rules.jobs.locations import has_scheme
from placekeeper.rules.jobs.parameters import HONOURED
from placekeeper.rules.selection.reading_options import ARGUMENTS
from placekeeper.testing.bookmark import Bookmark
from placekeeper.testing.state import GlueState

Records = Callable[[str, str, dict[str, Any]], list[dict[str, Any]]]
"""Reads back the files at a URI, of a format, with its options."""

_OURS: Final = frozenset(
    {
        *(name for name in (*HONOURED, *ARGUMENTS) if "-" in name.removeprefix("--")),
        *("--continuation-option", "--output-visibility", "--bookmark-list-concurrency", "--glue-version"),
    }
)
"""Arguments with dashes, which keywords spell with underscores."""

_FORMATS: Final = ("parquet", "csv", "json", "orc", "avro", "xml")
_OPTION: Final = "--job-bookmark-option"


@dataclass(frozen=True)
class Output:
    """What lies at a place that a run has written to; `run_rows` and `run_files` count that run's own."""

    path: str
    run_rows: int
    run_files: int
    _records: Records = field(repr=False)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files there, by path. Raises UsageError for a place that is no folder of this machine."""
        if not self.path.startswith("file://"):
            raise UsageError(f"{self.path} is not on this machine: list it with its own client")
        root = Path(self.path.removeprefix("file://"))
        found = (path for path in root.rglob("*") if path.is_file())
        return tuple(
            sorted(path for path in found if not any(p[0] in "._" for p in path.relative_to(root).parts))
        )

    def rows(self, format: str | None = None, **format_options: Any) -> list[dict[str, Any]]:
        """All records there, of this run and of earlier ones, read as create_dynamic_frame reads them.

        The format is that of the files' names, unless it is given. CSV is read with a header, as it is
        written. Columns that are folders (`partitionKeys`) are read too, as such a read makes them. Raises
        UsageError where no file tells the format.
        """
        if not self.run_files and self.path.startswith("file://") and not self.files:
            return []
        name = format or self._format()
        options = {"withHeader": True, **format_options} if name == "csv" else format_options
        return self._records(self.path, name, options)

    def _format(self) -> str:
        suffixes = {part for file in self.files for part in file.name.split(".")[1:]}
        found = [name for name in _FORMATS if name in suffixes]
        if len(found) != 1:
            raise UsageError(f"the files in {self.path} do not tell their format: rows('csv'), for example")
        return found[0]


@dataclass(frozen=True)
class JobResult:
    """How a run ended.

    `code` is that of `placekeeper run`: 0 or 1. `error` is why it failed, None if it did not. `stdout` and
    `stderr` are what the script and its run have said. `summary` is what the run did: sources, sinks, notes.
    """

    run: JobRun
    stdout: str
    stderr: str
    bookmark: Bookmark = field(repr=False)
    _records: Records = field(repr=False)

    @property
    def code(self) -> int:
        """0 if the run has succeeded, else 1."""
        return 0 if self.run.state is JobRunState.SUCCEEDED else 1

    @property
    def run_id(self) -> str:
        """The id of the run, for `bookmark.rewind`."""
        return self.run.id

    @property
    def error(self) -> str | None:
        """Why the run has failed: the type and the text of what its script raised."""
        return self.run.error_message

    @property
    def summary(self) -> RunSummary:
        """What the run did. Raises UsageError where it died before it could say it."""
        if self.run.summary is None:
            raise UsageError(f"the run has no summary: {self.error}\n{self.stderr}")
        return self.run.summary

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What it wrote, one for each target, in the order of the script."""
        found: dict[str, Output] = {}
        for sink in self.summary.sinks:
            known = found.get(sink.path)
            rows, files = (known.run_rows, known.run_files) if known else (0, 0)
            found[sink.path] = Output(sink.path, rows + sink.rows, files + sink.files, self._records)
        return tuple(found.values())

    @property
    def output(self) -> Output:
        """What it wrote, if it wrote to one target. Raises UsageError otherwise."""
        outputs = self.outputs
        if len(outputs) != 1:
            listed = ", ".join(output.path for output in outputs) or "none"
            why = f". It failed: {self.error}" if self.error else ""
            raise UsageError(f"output is for one target, and the run wrote to {listed}: use outputs{why}")
        return outputs[0]


@dataclass(frozen=True)
class GlueJob:
    """Runs scripts on the state of a test."""

    state: GlueState
    _folders: Sequence[Path]
    _records: Records
    _spare: SpareProcess

    def __call__(
        self, script: str | os.PathLike[str], arguments: Mapping[str, str] | None = None, /, **named: object
    ) -> JobResult:
        """Run a script to its end. It does not raise when the script fails: see `JobResult.error`.

        `named` are the script's arguments, `source="in"` for `--source in`; those of Glue and Placekeeper
        take underscores for dashes, `job_bookmark_option="job-bookmark-pause"`. `arguments` are spelled as on
        the command line, `{"--conf": "…"}`, and win. The bookmark is enabled unless they say otherwise. The
        job's name is JOB_NAME, else the script's file name without its suffix. A relative path of a script
        starts in the working folder, else in pytest's root, else beside the test.

        Raises UsageError for a script that is not there and for arguments that Placekeeper refuses.
        """
        given = {_OPTION: "job-bookmark-enable"}
        given |= {_spelled(name): str(value) for name, value in named.items() if value is not None}
        given |= arguments or {}
        output, error = io.BytesIO(), io.BytesIO()
        ended = self.state.run(
            self._found(os.fspath(script)), given, Echo(output=output, error=error), self._spare
        )
        self._spare.refill(CommandType.GLUEETL)
        return JobResult(
            ended,
            output.getvalue().decode("utf-8", "replace"),
            error.getvalue().decode("utf-8", "replace"),
            self.state.bookmark(),
            self._records,
        )

    def _found(self, script: str) -> str:
        if has_scheme(script) or Path(script).is_absolute():
            return script
        places = [folder / script for folder in self._folders]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            pytest.fail(f"there is no script at {', nor at '.join(map(str, places))}", pytrace=False)
        return str(found)


def _spelled(name: str) -> str:
    dashed = f"--{name.replace('_', '-')}"
    return dashed if dashed in _OURS else f"--{name}"

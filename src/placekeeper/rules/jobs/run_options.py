"""Placekeeper's own arguments of a run, and the values that they may have."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from placekeeper.model.catalog import SchemaChange
from placekeeper.model.errors import UsageError
from placekeeper.rules.jobs.arguments import BOOKMARK_OPTIONS, CONTINUATION_OPTIONS
from placekeeper.rules.selection.look_back import look_back
from placekeeper.rules.selection.reading_options import ARGUMENTS, reading_policy

_BOOKMARK_VALUES = {
    "--job-bookmark-option": BOOKMARK_OPTIONS,
    "--continuation-option": tuple(CONTINUATION_OPTIONS),
}
LIST_AT_ONCE = 1
"""How many parts of a listing are listed at the same time unless a job says otherwise."""

_MOST_AT_ONCE = 64
FAILED_FUNCTION, BAD_INPUT = "--failed-function", "--bad-input"
STREAM_MODE = "--stream-mode"
ENGINES = ("auto", "sail", "spark")


class Visibility(StrEnum):
    """--output-visibility: when output becomes visible."""

    COMMIT = "commit"
    IMMEDIATE = "immediate"


class StreamMode(StrEnum):
    """--stream-mode: when forEachBatch ends: never by itself, or when all that is there is read."""

    FOREVER = "forever"
    ONCE = "once"


class OnFailure(StrEnum):
    """--failed-function, --bad-input: what comes of records that a function or a reader fails for."""

    ERROR_RECORD = "error-record"
    FAIL = "fail"


class RunOptions(msgspec.Struct, frozen=True):
    """Placekeeper's own job arguments; `reading` holds those on how sources are read.

    `bookmark_plan` is the location of the plan that the run follows. `catalog_schema` says what writes do to
    the columns of catalog tables.
    """

    engine: str = "auto"
    output_visibility: Visibility = Visibility.COMMIT
    master: str | None = None
    reading: Mapping[str, str] = {}
    bookmark_list_concurrency: int = LIST_AT_ONCE
    bookmark_plan: str | None = None
    failed_function: OnFailure = OnFailure.ERROR_RECORD
    bad_input: OnFailure = OnFailure.FAIL
    catalog_schema: SchemaChange = SchemaChange.MERGE
    stream_mode: StreamMode = StreamMode.FOREVER

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> "RunOptions":
        """Read from a job's arguments; Glue's bookmark options are checked with them.

        Raises UsageError for a value that the argument may not have.
        """
        for name, values in _BOOKMARK_VALUES.items():
            if name in arguments:
                _one_of(name, arguments[name], values)
        engine = _one_of("--engine", arguments.get("--engine", "auto"), ENGINES)
        visibility = arguments.get("--output-visibility", Visibility.COMMIT.value)
        _one_of("--output-visibility", visibility, tuple(Visibility))
        failures = {
            name: _one_of(name, arguments.get(name, default.value), tuple(OnFailure))
            for name, default in ((FAILED_FUNCTION, OnFailure.ERROR_RECORD), (BAD_INPUT, OnFailure.FAIL))
        }
        schema = arguments.get("--catalog-schema", SchemaChange.MERGE.value)
        _one_of("--catalog-schema", schema, (SchemaChange.MERGE, SchemaChange.OVERWRITE))
        stream_mode = arguments.get(STREAM_MODE, StreamMode.FOREVER.value)
        _one_of(STREAM_MODE, stream_mode, tuple(StreamMode))
        reading = {name: arguments[name] for name in ARGUMENTS if name in arguments}
        reading_policy({}, reading)
        look_back({}, reading)
        at_once = list_at_once("--bookmark-list-concurrency", arguments.get("--bookmark-list-concurrency"))
        return cls(
            engine=engine,
            output_visibility=Visibility(visibility),
            master=arguments.get("--master"),
            reading=reading,
            bookmark_list_concurrency=at_once or LIST_AT_ONCE,
            bookmark_plan=arguments.get("--bookmark-plan"),
            failed_function=OnFailure(failures[FAILED_FUNCTION]),
            bad_input=OnFailure(failures[BAD_INPUT]),
            catalog_schema=SchemaChange(schema),
            stream_mode=StreamMode(stream_mode),
        )


def list_at_once(name: str, value: object) -> int | None:
    """How many parts of a listing go on at the same time, as `name` says it; None if it is not given.

    Raises UsageError for anything but a whole number from 1 to 64.
    """
    if value is None:
        return None
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_AT_ONCE))
    if not is_number or not 1 <= int(text) <= _MOST_AT_ONCE:
        raise UsageError(f"{name} must be a whole number from 1 to {_MOST_AT_ONCE}, not '{text[:40]}'")
    return int(text)


def _one_of(name: str, value: str, values: tuple[str, ...]) -> str:
    if value not in values:
        listed = f"{', '.join(values[:-1])} or {values[-1]}"
        raise UsageError(f"{name} must be {listed}, not '{value}'")
    return value

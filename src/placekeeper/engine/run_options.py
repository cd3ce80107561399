"""The arguments of a run that Placekeeper itself acts on, and what their values may be."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from placekeeper.engine.arguments import BOOKMARK_OPTIONS, CONTINUATION_OPTIONS
from placekeeper.engine.reading_options import ARGUMENTS, reading_policy
from placekeeper.model.errors import UsageError

_BOOKMARK_VALUES = {
    "--job-bookmark-option": BOOKMARK_OPTIONS,
    "--continuation-option": tuple(CONTINUATION_OPTIONS),
}
ENGINES = ("auto", "sail", "spark")


class Visibility(StrEnum):
    """--output-visibility: when output becomes visible."""

    COMMIT = "commit"
    IMMEDIATE = "immediate"


class RunOptions(msgspec.Struct, frozen=True):
    """Placekeeper's own job arguments; `reading` are those on how sources are read, for each to go by."""

    engine: str = "auto"
    output_visibility: Visibility = Visibility.COMMIT
    master: str | None = None
    reading: Mapping[str, str] = {}

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> "RunOptions":
        """Read from a job's arguments; Glue's bookmark options are checked with them.

        Raises UsageError for a value that is none of the argument's.
        """
        for name, values in _BOOKMARK_VALUES.items():
            if name in arguments:
                _one_of(name, arguments[name], values)
        engine = _one_of("--engine", arguments.get("--engine", "auto"), ENGINES)
        visibility = arguments.get("--output-visibility", Visibility.COMMIT.value)
        _one_of("--output-visibility", visibility, tuple(Visibility))
        reading = {name: arguments[name] for name in ARGUMENTS if name in arguments}
        reading_policy({}, reading)
        return cls(engine, Visibility(visibility), arguments.get("--master"), reading)


def _one_of(name: str, value: str, values: tuple[str, ...]) -> str:
    if value not in values:
        listed = f"{', '.join(values[:-1])} or {values[-1]}"
        raise UsageError(f"{name} is {listed}, not '{value}'")
    return value

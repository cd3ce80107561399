"""Error records: what no function could make of a record, or no reader of a file (docs/reference/awsglue.md).

They are no records of a frame. They go along with it, by the stage that made them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from placekeeper.model.errors import ErrorThresholdReached, UsageError
from placekeeper.model.wording import counted

if TYPE_CHECKING:
    from placekeeper.runtime.frames.frame import Frame

ERROR: Final = "error"
"""The one field of an error record as a frame shows it."""

_TEXT: Final = pa.string()
_FIELDS: Final = (
    pa.field("callsite", pa.struct([pa.field("site", _TEXT), pa.field("info", _TEXT)])),
    pa.field("msg", _TEXT),
    pa.field("stackTrace", _TEXT),
    pa.field("input", _TEXT),
    pa.field("bytesread", pa.int64()),
    pa.field("source", _TEXT),
)


@dataclass(frozen=True)
class CallSite:
    """Where a script called a transform: `site` is its file and line, `info` what it gave as that."""

    site: str = ""
    info: str = ""


NO_SITE: Final = CallSite()


@dataclass(frozen=True, eq=False)
class StageErrors:
    """The error records of one stage. `frame` gives them as a frame; `sample` is the message of one.

    `site` is where the script called it.
    """

    stage: str
    count: int
    sample: str
    frame: Callable[[], "Frame"]
    site: CallSite = NO_SITE


@dataclass(frozen=True)
class Errors:
    """The error records of a frame: of the stages `before`, and of the stage that made it, its `own`."""

    before: tuple[StageErrors, ...] = ()
    own: StageErrors | None = None

    @property
    def stages(self) -> tuple[StageErrors, ...]:
        """All stages that have some, each once."""
        return self.before if self.own is None else (*self.before, self.own)

    @property
    def total(self) -> int:
        """The number of error records of all stages."""
        return sum(stage.count for stage in self.stages)

    @property
    def of_stage(self) -> int:
        """The number of those of the frame's own stage."""
        return 0 if self.own is None else self.own.count

    def after(self, *others: "Errors") -> "Errors":
        """The errors of a frame that was made of frames with the errors `others`."""
        before = tuple(dict.fromkeys(stage for other in others for stage in other.stages))
        known = (*before, *(stage for stage in self.before if stage not in before))
        return Errors(known, None if self.own in known else self.own)


NO_ERRORS: Final = Errors()


@dataclass(frozen=True)
class Thresholds:
    """How many error records fail the run: of one stage, and of all up to it. 0 is never."""

    stage: int = 0
    total: int = 0

    @classmethod
    def of(cls, stage: object, total: object) -> "Thresholds":
        """Those that a script gives. Raises UsageError for anything but whole numbers from 0."""
        return cls(_count("stageThreshold", stage), _count("totalThreshold", total))

    def check(self, errors: Errors, transform: str) -> None:
        """Raise ErrorThresholdReached if a frame that `transform` made has as many error records, or more."""
        for name, limit, found in (
            ("stageThreshold", self.stage, errors.of_stage),
            ("totalThreshold", self.total, errors.total),
        ):
            if limit and found >= limit:
                sample = next(stage for stage in reversed(errors.stages) if stage.count)
                raise ErrorThresholdReached(
                    f"{transform}: there are {counted(found, 'error record')}, and {name} is {limit:,}. "
                    f"One of {sample.stage} says: {sample.sample.rstrip('.')}. Mend its cause, or raise the "
                    "threshold (0 is none). errorsAsDynamicFrame() shows them all"
                )


def _count(name: str, value: object) -> int:
    if isinstance(value, int) and value >= 0:
        return int(value)
    raise UsageError(f"{name} is a whole number from 0, not {value!r}")


def error_schema(records: pa.Schema | None = None) -> pa.Schema:
    """The schema of error records; `records` is that of the records which they are of."""
    inside = list(_FIELDS)
    if records is not None and records.names:
        inside.append(pa.field("dynamicRecord", pa.struct(list(records))))
    return pa.schema([pa.field(ERROR, pa.struct(inside))])


def error_record(
    call: CallSite,
    message: str,
    *,
    trace: str = "",
    input: str = "",
    bytes_read: int = 0,
    source: str = "",
    record: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An error record. AWS's names, in AWS's order."""
    return {
        ERROR: {
            "callsite": {"site": call.site, "info": call.info},
            "msg": message,
            "stackTrace": trace,
            "input": input,
            "bytesread": bytes_read,
            "source": source,
            "dynamicRecord": record or None,
        }
    }

"""DynamicFrame: a DataFrame and the schema that its records were found to have."""

import sys
from collections.abc import Callable, Iterable, KeysView, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from awsglue._arguments import naming_arguments
from awsglue._choice_frame import ChoiceFrame, ResolveOption
from awsglue._functions_frame import FunctionsFrame
from awsglue._nested_frame import NestedFrame
from awsglue._readers import DynamicFrameReader, DynamicFrameWriter
from awsglue._shown_frame import ShownFrame
from awsglue._thresholds import checking_thresholds
from awsglue._unavailable_frame import UnavailableFrame
from placekeeper.model.errors import UsageError
from placekeeper.runtime.frames import combination, fields, functions, mapping, rendering
from placekeeper.runtime.frames.deferred import Deferred
from placekeeper.runtime.frames.errors import Thresholds
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.paths import Path, no_field, parse_path, parse_paths
from placekeeper.runtime.frames.schema import empty_frame, from_dataframe
from placekeeper.runtime.run import current

if TYPE_CHECKING:
    from awsglue.context import GlueContext


__all__ = [
    "DynamicFrame",
    "DynamicFrameCollection",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "ResolveOption",
]

# Names of Python 2 that AWS's module has, for scripts that import them.
long = int
basestring = unicode = str
imap = map
ifilter = filter


@naming_arguments
@checking_thresholds
class DynamicFrame(ChoiceFrame, NestedFrame, FunctionsFrame, ShownFrame, UnavailableFrame):
    """Records that describe themselves; every method answers a new frame.

    What a function of the script makes is evaluated when something needs it, and once. Error records go along
    with the frame: every method makes its frame by `_with`.
    """

    def __init__(self, jdf: Frame | Deferred | DataFrame, glue_ctx: "GlueContext", name: str = "") -> None:
        if not isinstance(jdf, Deferred):
            jdf = Deferred.of(jdf if isinstance(jdf, Frame) else _frame_of(jdf))
        self._deferred = jdf
        self.glue_ctx = glue_ctx
        self.name = name

    @property
    def _frame(self) -> Frame:  # type: ignore[override]
        current.session_of_frame()
        frame = self._deferred.frame()
        if getattr(frame.rows.sparkSession, "is_stopped", False):
            raise UsageError(current.ENDED)
        return frame

    def _with(
        self, frame: Frame | Deferred, name: str | None = None, *others: "DynamicFrame"
    ) -> "DynamicFrame":
        """A frame made of this one and `others`, whose error records go along with it."""
        if isinstance(frame, Frame):
            before = [one._frame.errors for one in (self, *others)]
            frame = replace(frame, errors=frame.errors.after(*before))
        return DynamicFrame(frame, self.glue_ctx, self.name if name is None else name)

    def _collection(self, frames: Mapping[str, Frame]) -> "DynamicFrameCollection":
        return DynamicFrameCollection(
            {name: self._with(frame, name) for name, frame in frames.items()}, self.glue_ctx
        )

    def _keep_thresholds(self, thresholds: Thresholds, transform: str) -> None:
        """Fail when the frame has as many error records as the thresholds say; now, if they are known."""
        self._deferred = self._deferred.checked(lambda frame: thresholds.check(frame.errors, transform))

    def _note_missing(self, method: str, paths: Iterable[Path]) -> None:
        """Say which paths lead nowhere; a frame of nothing has no fields, and nothing to say."""
        for path in paths if self._frame.schema.names else ():
            current.session().note(f"{method}: {no_field(path, self._frame.schema.names)}")

    def show(self, num_rows: int = 20) -> None:
        """Print the first records as JSON, one per line; null fields are left out."""
        sys.stdout.writelines(f"{line}\n" for line in rendering.json_lines(self._frame, num_rows))

    def count(self) -> int:
        """How many records there are."""
        return self._frame.rows.count()

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: "GlueContext", name: str = "") -> "DynamicFrame":
        """The frame of a DataFrame."""
        return cls(_frame_of(dataframe), glue_ctx, name)

    def applyMapping(self, *args: Any, **kwargs: Any) -> "DynamicFrame":
        """The same as apply_mapping."""
        return self.apply_mapping(*args, **kwargs)

    def apply_mapping(
        self,
        mappings: object,
        case_sensitive: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The mapped fields, cast to their target types, in the order of the mappings."""
        parsed = mapping.parse_mappings(mappings)
        frame, notes = mapping.apply_mapping(self._frame, parsed, case_sensitive=case_sensitive)
        mapping.tell(current.session(), self._frame, frame, parsed, notes)
        return self._with(frame)

    def select_fields(
        self,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The named columns alone."""
        wanted = parse_paths(paths)
        names = self._frame.schema.names
        self._note_missing("select_fields", [path for path in wanted if path[0] not in names])
        return self._with(fields.select_fields(self._frame, wanted))

    def drop_fields(
        self,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """All but the named fields, also inside structs and arrays."""
        unwanted = parse_paths(paths)
        missing = fields.missing_paths(self._frame.schema, unwanted)
        self._note_missing("drop_fields", missing)
        return self._with(fields.drop_fields(self._frame, unwanted))

    def rename_field(
        self,
        oldName: str,
        newName: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The field at one path under another path."""
        renamed = fields.rename_field(self._frame, parse_path(oldName), parse_path(newName))
        if renamed is None:
            self._note_missing("rename_field", [parse_path(oldName)])
        return self._with(self._frame if renamed is None else renamed)

    def split_fields(
        self,
        paths: str | Iterable[str],
        name1: str,
        name2: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrameCollection":
        """Two frames: the named columns, and the rest."""
        wanted = [path[:1] for path in parse_paths(paths)]
        chosen = fields.select_fields(self._frame, wanted)
        return self._collection({name1: chosen, name2: fields.drop_fields(self._frame, wanted)})

    def split_rows(
        self,
        comparison_dict: Mapping[str, Mapping[str, Any]],
        name1: str,
        name2: str,
        transformation_ctx: str = "",
        info: str | None = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrameCollection":
        """Two frames: the records that fulfil every comparison, and the others."""
        chosen, others = combination.split_rows(self._frame, comparison_dict)
        return self._collection({name1: chosen, name2: others})

    def join(
        self,
        paths1: str | Iterable[str],
        paths2: str | Iterable[str],
        frame2: "DynamicFrame",
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """Records with equal keys, all fields of both; a name in both gets a dot before it on this side."""
        joined = combination.join(
            self._frame, _rows_of(frame2, "join"), parse_paths(paths1), parse_paths(paths2)
        )
        return self._with(joined, self.name + frame2.name, frame2)

    def union(
        self,
        other_frame: "DynamicFrame",
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The records of both, by field name."""
        united = combination.union(self._frame, _rows_of(other_frame, "union"))
        return self._with(united, None, other_frame)

    def repartition(
        self,
        num_partitions: int,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The same records in that many partitions."""
        return self._with(self._frame.with_rows(lambda rows: rows.repartition(num_partitions)))

    def coalesce(
        self,
        num_partitions: int,
        shuffle: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> "DynamicFrame":
        """The same records in at most that many partitions; with `shuffle` in exactly that many."""
        if shuffle:
            return self.repartition(num_partitions)
        return self._with(self._frame.with_rows(lambda rows: rows.coalesce(num_partitions)))

    def getNumPartitions(self) -> int:
        """How many partitions there are; this runs a task in each."""
        return functions.partitions_of(self._frame)

    def write(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        accumulator_size: int = 0,
    ) -> "DynamicFrame | DynamicFrameCollection":
        """Write the frame."""
        return self.glue_ctx.write_from_options(
            self, connection_type, connection_options, format, format_options
        )


class DynamicFrameCollection:
    """Frames by name."""

    def __init__(
        self, dynamic_frames: "dict[str, DynamicFrame] | Iterable[DynamicFrame]", glue_ctx: "GlueContext"
    ) -> None:
        if not isinstance(dynamic_frames, dict):
            dynamic_frames = {frame.name: frame for frame in dynamic_frames}
        self._frames: dict[str, DynamicFrame] = dict(dynamic_frames)
        self._glue_ctx = glue_ctx

    def __getitem__(self, key: str) -> "DynamicFrame":
        return self.select(key)

    def __len__(self) -> int:
        return len(self._frames)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._frames.keys()

    def values(self) -> list[DynamicFrame]:
        """The frames."""
        return [self.select(key) for key in self._frames]

    def select(self, key: str, transformation_ctx: str = "") -> "DynamicFrame":
        """The frame of that name; an empty one if there is none."""
        if key in self._frames:
            return self._frames[key]
        return DynamicFrame(empty_frame(current.session().spark), self._glue_ctx, str(key))

    def map(
        self, callable: "Callable[[DynamicFrame, str], DynamicFrame]", transformation_ctx: str = ""
    ) -> "DynamicFrameCollection":
        """The collection of what `callable(frame, context)` makes of each frame."""
        mapped = {}
        for key, frame in self._frames.items():
            made = callable(frame, _context(transformation_ctx, key))
            if not isinstance(made, DynamicFrame):
                raise TypeError(f"callable must return a DynamicFrame. Got {type(made)}")
            mapped[key] = made
        return DynamicFrameCollection(mapped, self._glue_ctx)

    def flatmap(self, f: Callable[..., Any], transformation_ctx: str = "") -> "DynamicFrameCollection":
        """The collection of all frames that f makes; of a collection, each under "key_its key"."""
        flat = {}
        for key, frame in self._frames.items():
            made = f(frame, _context(transformation_ctx, key))
            if isinstance(made, DynamicFrameCollection):
                flat.update({f"{key}_{inner}": made[inner] for inner in made.keys()})  # noqa: SIM118 - no dict
            elif isinstance(made, DynamicFrame):
                flat[key] = made
            else:
                raise TypeError(f"f must return a DynamicFrame or a DynamicFrameCollection. Got {type(made)}")
        return DynamicFrameCollection(flat, self._glue_ctx)


def _context(transformation_ctx: str, key: str) -> str:
    return f"{transformation_ctx}:{key}"


def _rows_of(frame: "DynamicFrame", method: str) -> Frame:
    if not isinstance(frame, DynamicFrame):
        raise TypeError(f"{method} takes a DynamicFrame, not {type(frame).__name__}: see DynamicFrame.fromDF")
    return frame._frame


def _frame_of(dataframe: DataFrame) -> Frame:
    """The frame of a DataFrame; columns of one name get names of their own, and a note says so."""
    frame, renamed = from_dataframe(dataframe)
    if renamed:
        current.session().note(f"fromDF: columns of one name were renamed ({', '.join(renamed)})")
    return frame

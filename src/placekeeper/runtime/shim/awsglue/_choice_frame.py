"""The part of DynamicFrame that is about choices and schemas: resolveChoice, toDF, with_frame_schema."""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from awsglue.gluetypes import StructType
from placekeeper.runtime.frames import rendering
from placekeeper.runtime.frames.choice_specs import (
    MATCH_CATALOG,
    Columns,
    Everywhere,
    Rules,
    Specs,
    parse_action,
    parse_specs,
)
from placekeeper.runtime.frames.choices import resolve
from placekeeper.runtime.frames.declared_schema import with_schema
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.schema import to_glue_json
from placekeeper.runtime.run import current

if TYPE_CHECKING:
    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame


class ResolveOption:
    """What toDF does with the choice at a path: Project, KeepAsStruct or Cast."""

    def __init__(self, path: str, action: str, target: Any = None) -> None:
        self.path = path
        self.action = action
        self.target = target


class ChoiceFrame:
    """A part of DynamicFrame."""

    _frame: Frame
    glue_ctx: "GlueContext"

    if TYPE_CHECKING:

        def _with(self, frame: Frame, name: str | None = None) -> "DynamicFrame": ...

    def schema(self) -> StructType:
        """The schema as `awsglue.gluetypes.StructType`."""
        return StructType.fromJsonValue(to_glue_json(self._frame.schema))

    def printSchema(self) -> None:
        """Print the schema as a tree."""
        sys.stdout.write("\n".join([*rendering.schema_lines(self._frame.schema), "", ""]))

    def with_frame_schema(self, schema: StructType) -> "DynamicFrame":
        """The frame with a schema that the script knows: its fields, in its types and its order."""
        if not isinstance(schema, StructType):
            raise TypeError(f"a frame schema is an awsglue.gluetypes.StructType, not {schema!r}")
        frame, notes = with_schema(self._frame, schema.jsonValue())
        _say("with_frame_schema", notes)
        return self._with(frame)

    def toDF(self, options: Sequence[ResolveOption] | None = None) -> DataFrame:
        """The DataFrame; a choice without an option is a struct with one field per type."""
        if not options:
            return self._frame.dataframe
        given = [options] if isinstance(options, ResolveOption) else options
        specs = [self.glue_ctx.convert_resolve_option(one.path, one.action, one.target) for one in given]
        frame, notes = resolve(self._frame, Specs(dict(specs)))
        _say("toDF", notes)
        return frame.dataframe

    def resolveChoice(
        self,
        specs: Iterable[tuple[str, str]] | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        catalog_id: str | None = None,
    ) -> "DynamicFrame":
        """The frame with one type for each choice that is meant; `specs` or `choice` says how."""
        frame, notes = resolve(self._frame, _rules(specs, choice, database, table_name))
        _say("resolveChoice", notes)
        return self._with(frame)


def _say(method: str, notes: Iterable[str]) -> None:
    for sentence in notes:
        current.session().note(f"{method}: {sentence}")


def _rules(specs: Any, choice: str, database: str | None, table_name: str | None) -> Rules:
    """Raises Exception in AWS's own words where neither or both are given."""
    if not specs and not choice:
        raise Exception("Parameter specs and option are both missing, add one.")
    if specs and choice:
        raise Exception("Parameter specs and option are both specified, choose one.")
    is_of_table = isinstance(choice, str) and choice.strip().lower() == MATCH_CATALOG
    if not is_of_table and (database or table_name):
        _say("resolveChoice", [f"database and table_name count with choice='{MATCH_CATALOG}' alone"])
    if specs:
        return parse_specs(specs)
    if not is_of_table:
        return Everywhere(parse_action(choice))
    if not database or not table_name:
        raise ValueError(f"resolveChoice: choice='{MATCH_CATALOG}' needs database and table_name")
    return Columns.of(current.session().table_columns(database, table_name))

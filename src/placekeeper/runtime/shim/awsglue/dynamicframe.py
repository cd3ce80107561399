"""DynamicFrame: a DataFrame and the schema that its records were found to have."""

import sys

from pyspark.sql import types as spark_types

from awsglue._absent import FRAME, absent
from awsglue._readers import DynamicFrameReader, DynamicFrameWriter
from awsglue.gluetypes import StructType
from placekeeper.runtime.frames import combination, fields, functions, mapping, rendering
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.frames.paths import no_field, parse_path, parse_paths
from placekeeper.runtime.frames.schema import empty_frame, schema_named, schema_of, to_glue_json
from placekeeper.runtime.run import current
from placekeeper.runtime.types.names import distinct

__all__ = [
    "DynamicFrame",
    "DynamicFrameCollection",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "ResolveOption",
]


class ResolveOption:
    """What toDF does with the choice at a path."""

    def __init__(self, path, action, target=None):
        self.path = path
        self.action = action
        self.target = target


class DynamicFrame:
    """Records that describe themselves; every method answers a new frame.

    Errors are not kept as error records: a record that cannot be read or mapped fails the run, so that the
    thresholds are never reached and the counts of errors are 0.
    """

    def __init__(self, jdf, glue_ctx, name=""):
        self._frame = jdf if isinstance(jdf, Frame) else _frame_of(jdf)
        self.glue_ctx = glue_ctx
        self.name = name

    def _with(self, frame, name=None):
        return DynamicFrame(frame, self.glue_ctx, self.name if name is None else name)

    def _note_missing(self, method, paths):
        """Say which paths lead nowhere; a frame of nothing has no fields, and nothing to say."""
        for path in paths if self._frame.schema.names else ():
            current.session().note(f"{method}: {no_field(path, self._frame.schema.names)}")

    @property
    def _rdd(self):
        absent("DynamicFrame._rdd", "use map, filter or toDF: engines without a JVM have no RDDs")

    def with_frame_schema(self, schema):
        """Not there yet."""
        absent("with_frame_schema", "the schema is known from what was read: see printSchema")

    def schema(self):
        """The schema as `awsglue.gluetypes.StructType`."""
        return StructType.fromJsonValue(to_glue_json(self._frame.schema))

    def printSchema(self):
        """Print the schema as a tree."""
        sys.stdout.write("\n".join([*rendering.schema_lines(self._frame.schema), "", ""]))

    def show(self, num_rows=20):
        """Print the first records as JSON, one per line; null fields are left out."""
        sys.stdout.writelines(f"{line}\n" for line in rendering.json_lines(self._frame, num_rows))

    def count(self):
        """How many records there are."""
        return self._frame.rows.count()

    def toDF(self, options=None):
        """The DataFrame; a choice is a struct with one field per type."""
        if options:
            absent("toDF(options)", "resolve the choice in the DataFrame: its struct has one field per type")
        return self._frame.dataframe

    @classmethod
    def fromDF(cls, dataframe, glue_ctx, name=""):
        """The frame of a DataFrame."""
        return cls(_frame_of(dataframe), glue_ctx, name)

    def filter(self, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The records for which f is true; KeyError, ValueError and TypeError in it drop the record."""
        return self._with(functions.filter_records(self._frame, f))

    def map(
        self,
        f,
        preservesPartitioning=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """What f makes of each record. f runs twice per record: first to find the schema."""
        mapped = current.session().map(self._frame, f, transformation_ctx=transformation_ctx)
        return self._with(mapped)

    def mapPartitions(
        self,
        f,
        preservesPartitioning=True,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Not there yet."""
        absent("mapPartitions", "use map, or frame.toDF().mapInPandas")

    def mapPartitionsWithIndex(
        self,
        f,
        preservesPartitioning=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Not there yet."""
        absent("mapPartitionsWithIndex", "use map, or frame.toDF().mapInPandas")

    def applyMapping(self, *args, **kwargs):
        """The same as apply_mapping."""
        return self.apply_mapping(*args, **kwargs)

    def apply_mapping(
        self,
        mappings,
        case_sensitive=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """The mapped fields, cast to their target types, in the order of the mappings."""
        frame, missing = mapping.apply_mapping(
            self._frame, mapping.parse_mappings(mappings), case_sensitive=case_sensitive
        )
        self._note_missing("apply_mapping", missing)
        return self._with(frame)

    def select_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The named columns alone."""
        wanted = parse_paths(paths)
        names = self._frame.schema.names
        self._note_missing("select_fields", [path for path in wanted if path[0] not in names])
        return self._with(fields.select_fields(self._frame, wanted))

    def drop_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """All but the named fields, also inside structs and arrays."""
        unwanted = parse_paths(paths)
        missing = fields.missing_paths(self._frame.schema, unwanted)
        self._note_missing("drop_fields", missing)
        return self._with(fields.drop_fields(self._frame, unwanted))

    def rename_field(
        self, oldName, newName, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """The field at one path under another path."""
        renamed = fields.rename_field(self._frame, parse_path(oldName), parse_path(newName))
        if renamed is None:
            self._note_missing("rename_field", [parse_path(oldName)])
        return self._with(self._frame if renamed is None else renamed)

    def split_fields(
        self, paths, name1, name2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """Two frames: the named columns, and the rest."""
        wanted = [path[:1] for path in parse_paths(paths)]
        chosen = self._with(fields.select_fields(self._frame, wanted), name1)
        rest = self._with(fields.drop_fields(self._frame, wanted), name2)
        return DynamicFrameCollection({name1: chosen, name2: rest}, self.glue_ctx)

    def split_rows(
        self,
        comparison_dict,
        name1,
        name2,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Two frames: the records that fulfil every comparison, and the others."""
        chosen, others = combination.split_rows(self._frame, comparison_dict)
        frames = {name1: self._with(chosen, name1), name2: self._with(others, name2)}
        return DynamicFrameCollection(frames, self.glue_ctx)

    def join(
        self, paths1, paths2, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """Records with equal keys, all fields of both; a name in both gets a dot before it on this side."""
        joined = combination.join(
            self._frame, _rows_of(frame2, "join"), parse_paths(paths1), parse_paths(paths2)
        )
        return self._with(joined, self.name + frame2.name)

    def union(self, other_frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The records of both, by field name."""
        return self._with(combination.union(self._frame, _rows_of(other_frame, "union")))

    def repartition(self, num_partitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The same records in that many partitions."""
        return self._with(self._frame.with_rows(lambda rows: rows.repartition(num_partitions)))

    def coalesce(
        self,
        num_partitions,
        shuffle=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """The same records in at most that many partitions; with `shuffle` in exactly that many."""
        if shuffle:
            return self.repartition(num_partitions)
        return self._with(self._frame.with_rows(lambda rows: rows.coalesce(num_partitions)))

    def getNumPartitions(self):
        """How many partitions there are; this runs a task in each."""
        return functions.partitions_of(self._frame)

    def write(
        self, connection_type, connection_options={}, format=None, format_options={}, accumulator_size=0
    ):
        """Write the frame."""
        return self.glue_ctx.write_from_options(
            self, connection_type, connection_options, format, format_options
        )

    def unbox(
        self, path, format, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0, **options
    ):
        """Not there yet."""
        absent("unbox", "use pyspark.sql.functions.from_json on frame.toDF()")

    def spigot(self, path, options={}, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Not there yet."""
        absent("spigot", "write frame.toDF().limit(n) to a path of its own")

    def unnest(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Not there yet."""
        absent("unnest", "map nested fields with apply_mapping: ('a.b', 'string', '`a.b`', 'string')")

    def relationalize(
        self,
        root_table_name,
        staging_path,
        options={},
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Not there yet."""
        absent("relationalize", "use pyspark.sql.functions.explode on frame.toDF()")

    def unnest_ddb_json(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Not there yet."""
        absent("unnest_ddb_json", FRAME)

    def simplify_ddb_json(self):
        """Not there yet."""
        absent("simplify_ddb_json", FRAME)

    def resolveChoice(
        self,
        specs=None,
        choice="",
        database=None,
        table_name=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
        catalog_id=None,
    ):
        """Not there yet."""
        absent("resolveChoice", "cast the field with apply_mapping, which takes every type of a choice")

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame,
        primary_keys,
        transformation_ctx="",
        options={},
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Not there yet."""
        absent("mergeDynamicFrame", "use an anti join of the DataFrames and union")

    def errorsAsDynamicFrame(self):
        """A frame without records: errors fail the run."""
        return self._with(empty_frame(current.session().spark))

    def errorsCount(self):
        """0, once every record was evaluated: errors fail the run."""
        self.count()
        return 0

    def stageErrorsCount(self):
        """0, once every record was evaluated: errors fail the run."""
        return self.errorsCount()

    def assertErrorThreshold(self):
        """Evaluate every record: errors fail the run."""
        self.count()


class DynamicFrameCollection:
    """Frames by name."""

    def __init__(self, dynamic_frames, glue_ctx):
        if not isinstance(dynamic_frames, dict):
            dynamic_frames = {frame.name: frame for frame in dynamic_frames}
        self._frames = dict(dynamic_frames)
        self._glue_ctx = glue_ctx

    def __getitem__(self, key):
        return self.select(key)

    def __len__(self):
        return len(self._frames)

    def keys(self):
        """The names."""
        return self._frames.keys()

    def values(self):
        """The frames."""
        return [self.select(key) for key in self._frames]

    def select(self, key, transformation_ctx=""):
        """The frame of that name; an empty one if there is none."""
        if key in self._frames:
            return self._frames[key]
        return DynamicFrame(empty_frame(current.session().spark), self._glue_ctx, str(key))

    def map(self, callable, transformation_ctx=""):
        """The collection of what `callable(frame, context)` makes of each frame."""
        mapped = {}
        for key, frame in self._frames.items():
            made = callable(frame, _context(transformation_ctx, key))
            if not isinstance(made, DynamicFrame):
                raise TypeError(f"callable must return a DynamicFrame. Got {type(made)}")
            mapped[key] = made
        return DynamicFrameCollection(mapped, self._glue_ctx)

    def flatmap(self, f, transformation_ctx=""):
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


def _context(transformation_ctx, key):
    return f"{transformation_ctx}:{key}"


def _rows_of(frame, method):
    if not isinstance(frame, DynamicFrame):
        raise TypeError(f"{method} takes a DynamicFrame, not {type(frame).__name__}: see DynamicFrame.fromDF")
    return frame._frame


def _frame_of(dataframe):
    """The frame of a DataFrame; columns of one name get names of their own, and a note says so."""
    if not isinstance(getattr(dataframe, "schema", None), spark_types.StructType):
        raise TypeError(f"a DynamicFrame is made of a DataFrame, not of {type(dataframe).__name__}")
    schema = schema_of(dataframe.schema)
    names = distinct(schema.names)
    changed = [f"{old} -> {new}" for old, new in zip(schema.names, names, strict=True) if old != new]
    if changed:
        current.session().note(f"fromDF: columns of one name were renamed ({', '.join(changed)})")
        schema = schema_named(schema, names)
    return Frame.of(dataframe, schema)

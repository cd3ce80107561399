"""The shim has AWS's signatures, Glue 6.0 (docs/reference/awsglue.md#what-is-there): names, order, defaults."""

import importlib
import inspect
import sys
from pathlib import Path

import pytest

import placekeeper.runtime

SHIM = Path(placekeeper.runtime.__file__).parent / "shim"

# ruff: noqa: E501 - one signature per line, as the specification has them
SIGNATURES = {
    "awsglue.context:": ("register(sc)",),
    "awsglue.context:GlueContext": (
        "__init__(self, sparkContext=None, **options)",
        "_ssql_ctx(self)",
        "_get_glue_scala_context(self, **options)",
        "getSource(self, connection_type, format=None, transformation_ctx='', push_down_predicate='', **options)",
        "getStreamingSource(self, connection_type, format=None, transformation_ctx='', push_down_predicate='', **options)",
        "get_catalog_schema_as_spark_schema(self, database=None, table_name=None, catalog_id=None)",
        "create_dynamic_frame_from_rdd(self, data, name, schema=None, sample_ratio=None, transformation_ctx='')",
        "create_dynamic_frame_from_catalog(self, database=None, table_name=None, redshift_tmp_dir='', transformation_ctx='', push_down_predicate='', additional_options={}, catalog_id=None, **kwargs)",
        "create_data_frame_from_catalog(self, database=None, table_name=None, redshift_tmp_dir='', transformation_ctx='', push_down_predicate='', additional_options={}, catalog_id=None, **kwargs)",
        "create_dynamic_frame_from_options(self, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx='', push_down_predicate='', **kwargs)",
        "create_sample_dynamic_frame_from_catalog(self, database=None, table_name=None, num=None, sample_options={}, redshift_tmp_dir='', transformation_ctx='', push_down_predicate='', additional_options={}, catalog_id=None, erieTxId='', asOfTime='', **kwargs)",
        "create_sample_dynamic_frame_from_options(self, connection_type, connection_options={}, num=None, sample_options={}, format=None, format_options={}, transformation_ctx='', push_down_predicate='', **kwargs)",
        "create_data_frame_from_options(self, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx='', push_down_predicate='', **kwargs)",
        "getSink(self, connection_type, format=None, transformation_ctx='', **options)",
        "write_dynamic_frame_from_options(self, frame, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx='')",
        "write_from_options(self, frame_or_dfc, connection_type, connection_options={}, format={}, format_options={}, transformation_ctx='', **kwargs)",
        "write_dynamic_frame_from_catalog(self, frame, database=None, table_name=None, redshift_tmp_dir='', transformation_ctx='', additional_options={}, catalog_id=None, **kwargs)",
        "write_data_frame_from_catalog(self, frame, database=None, table_name=None, redshift_tmp_dir='', transformation_ctx='', additional_options={}, catalog_id=None, **kwargs)",
        "write_dynamic_frame_from_jdbc_conf(self, frame, catalog_connection, connection_options={}, redshift_tmp_dir='', transformation_ctx='', catalog_id=None)",
        "write_from_jdbc_conf(self, frame_or_dfc, catalog_connection, connection_options={}, redshift_tmp_dir='', transformation_ctx='', catalog_id=None)",
        "convert_resolve_option(self, path, action, target)",
        "extract_jdbc_conf(self, connection_name, catalog_id=None)",
        "purge_table(self, database, table_name, options={}, transformation_ctx='', catalog_id=None)",
        "purge_s3_path(self, s3_path, options={}, transformation_ctx='')",
        "transition_table(self, database, table_name, transition_to, options={}, transformation_ctx='', catalog_id=None)",
        "transition_s3_path(self, s3_path, transition_to, options={}, transformation_ctx='')",
        "get_logger(self)",
        "currentTimeMillis(self)",
        "getSampleStreamingDynamicFrame(self, frame, options={}, batch_function=None)",
        "forEachBatch(self, frame, batch_function, options={})",
        "add_ingestion_time_columns(self, frame, time_granularity)",
        "start_transaction(self, read_only)",
        "commit_transaction(self, transaction_id, wait_for_commit=True)",
        "cancel_transaction(self, transaction_id)",
    ),
    "awsglue.data_sink:DataSink": (
        "__init__(self, j_sink, sql_ctx)",
        "setFormat(self, format, **options)",
        "setAccumulableSize(self, size)",
        "setCatalogInfo(self, catalogDatabase, catalogTableName, catalogId='')",
        "writeFrame(self, dynamic_frame, info='')",
        "writeDataFrame(self, data_frame, glue_context, info='')",
        "write(self, dynamic_frame_or_dfc, info='')",
    ),
    "awsglue.data_source:DataSource": (
        "__init__(self, j_source, sql_ctx, name)",
        "setFormat(self, format, **options)",
        "getFrame(self, **options)",
        "getSampleFrame(self, num, **options)",
        "getDataFrame(self)",
    ),
    "awsglue.dataframe_transforms.apply_mapping:ApplyMapping": ("apply(frame, mappings)",),
    "awsglue.dataframereader:DataFrameReader": (
        "__init__(self, glue_context)",
        "from_catalog(self, database=None, table_name=None, redshift_tmp_dir='', transformation_ctx='', push_down_predicate='', additional_options={}, catalog_id=None, **kwargs)",
        "from_options(self, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx='', push_down_predicate='', **kwargs)",
    ),
    "awsglue.dataframewriter:DataFrameWriter": (
        "__init__(self, glue_context)",
        "from_catalog(self, frame, database=None, table_name=None, redshift_tmp_dir='', transformation_ctx='', additional_options={}, catalog_id=None, **kwargs)",
    ),
    "awsglue.devutils:ExecutionProperty": (
        "__init__(self, maxConcurrentRuns=1)",
        "__repr__(self)",
        "as_dict(self)",
    ),
    "awsglue.devutils:Command": (
        "__init__(self, name, scriptLocation)",
        "__repr__(self)",
        "as_dict(self)",
    ),
    "awsglue.devutils:Connections": (
        "__init__(self, connections=[])",
        "__repr__(self)",
        "as_dict(self)",
    ),
    "awsglue.devutils:Job": (
        "__init__(self)",
        "__repr__(self)",
        "as_dict(self)",
        "as_job_create_dict(self)",
        "as_job_update_dict(self)",
    ),
    "awsglue.devutils:GlueJobUtils": (
        "__init__(self, glue_context)",
        "_glue_job_response_to_job(self, response_job)",
        "get_jobs(self, nextToken='')",
        "get_job(self, jobName)",
        "_get_bucket_prefix_from_s3_url(self, s3_url)",
        "_upload_file_to_s3(self, s3_url, file)",
        "create_job(self, job, file='')",
        "update_job(self, job, file='')",
        "delete_job(self, jobName)",
    ),
    "awsglue.functions:": (
        "replaceArrayElement(srcCol, replaceCol, idx)",
        "namedStruct(*cols)",
        "explodeWithIndex(col)",
    ),
    "awsglue.dynamicframe:ResolveOption": ("__init__(self, path, action, target=None)",),
    "awsglue.dynamicframe:DynamicFrame": (
        "__init__(self, jdf, glue_ctx, name='')",
        "_rdd(self)",
        "with_frame_schema(self, schema)",
        "schema(self)",
        "show(self, num_rows=20)",
        "filter(self, f, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "mapPartitions(self, f, preservesPartitioning=True, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "map(self, f, preservesPartitioning=False, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "mapPartitionsWithIndex(self, f, preservesPartitioning=False, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "printSchema(self)",
        "toDF(self, options=None)",
        "fromDF(cls, dataframe, glue_ctx, name='')",
        "unbox(self, path, format, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0, **options)",
        "drop_fields(self, paths, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "select_fields(self, paths, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "split_fields(self, paths, name1, name2, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "split_rows(self, comparison_dict, name1, name2, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "rename_field(self, oldName, newName, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "write(self, connection_type, connection_options={}, format=None, format_options={}, accumulator_size=0)",
        "count(self)",
        "spigot(self, path, options={}, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "join(self, paths1, paths2, frame2, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "unnest(self, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "relationalize(self, root_table_name, staging_path, options={}, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "applyMapping(self, *args, **kwargs)",
        "apply_mapping(self, mappings, case_sensitive=False, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "unnest_ddb_json(self, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "simplify_ddb_json(self)",
        "resolveChoice(self, specs=None, choice='', database=None, table_name=None, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0, catalog_id=None)",
        "mergeDynamicFrame(self, stage_dynamic_frame, primary_keys, transformation_ctx='', options={}, info='', stageThreshold=0, totalThreshold=0)",
        "union(self, other_frame, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "getNumPartitions(self)",
        "repartition(self, num_partitions, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "coalesce(self, num_partitions, shuffle=False, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
        "errorsAsDynamicFrame(self)",
        "errorsCount(self)",
        "stageErrorsCount(self)",
        "assertErrorThreshold(self)",
    ),
    "awsglue.dynamicframe:DynamicFrameCollection": (
        "__init__(self, dynamic_frames, glue_ctx)",
        "__getitem__(self, key)",
        "__len__(self)",
        "keys(self)",
        "values(self)",
        "select(self, key, transformation_ctx='')",
        "map(self, callable, transformation_ctx='')",
        "flatmap(self, f, transformation_ctx='')",
    ),
    "awsglue.dynamicframe:DynamicFrameReader": (
        "__init__(self, glue_context)",
        "from_rdd(self, data, name, schema=None, sampleRatio=None)",
        "from_options(self, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx='', push_down_predicate='', **kwargs)",
        "from_catalog(self, database=None, table_name=None, redshift_tmp_dir='', transformation_ctx='', push_down_predicate='', additional_options={}, catalog_id=None, **kwargs)",
    ),
    "awsglue.dynamicframe:DynamicFrameWriter": (
        "__init__(self, glue_context)",
        "from_options(self, frame, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx='')",
        "from_catalog(self, frame, database=None, table_name=None, redshift_tmp_dir='', transformation_ctx='', additional_options={}, catalog_id=None, **kwargs)",
        "from_jdbc_conf(self, frame, catalog_connection, connection_options={}, redshift_tmp_dir='', transformation_ctx='')",
    ),
    "awsglue.gluetypes:DataType": (
        "__init__(self, properties={})",
        "__eq__(self, other)",
        "__hash__(self)",
        "typeName(cls)",
        "jsonValue(self)",
    ),
    "awsglue.gluetypes:AtomicType": (
        "__repr__(self)",
        "fromJsonValue(cls, json_value)",
    ),
    "awsglue.gluetypes:DecimalType": (
        "__init__(self, precision=10, scale=2, properties={})",
        "__repr__(self)",
        "jsonValue(self)",
    ),
    "awsglue.gluetypes:EnumType": (
        "__init__(self, options, properties={})",
        "__repr__(self)",
        "jsonValue(self)",
    ),
    "awsglue.gluetypes:IntegerType": ("typeName(cls)",),
    "awsglue.gluetypes:ArrayType": (
        "__init__(self, elementType=UnknownType(), properties={})",
        "__repr__(self)",
        "jsonValue(self)",
        "fromJsonValue(cls, json_value)",
    ),
    "awsglue.gluetypes:SetType": (
        "__init__(self, elementType=UnknownType(), properties={})",
        "__repr__(self)",
        "jsonValue(self)",
        "fromJsonValue(cls, json_value)",
    ),
    "awsglue.gluetypes:ChoiceType": (
        "__init__(self, choices=[], properties={})",
        "__repr__(self)",
        "add(self, new_choice)",
        "merge(self, new_choices)",
        "jsonValue(self)",
        "fromJsonValue(cls, json_value)",
    ),
    "awsglue.gluetypes:MapType": (
        "__init__(self, valueType=UnknownType(), properties={})",
        "__repr__(self)",
        "jsonValue(self)",
        "fromJsonValue(cls, json_value)",
    ),
    "awsglue.gluetypes:Field": (
        "__init__(self, name, dataType, properties={})",
        "__eq__(self, other)",
        "__repr__(self)",
        "jsonValue(self)",
        "fromJsonValue(cls, json_value)",
    ),
    "awsglue.gluetypes:StructType": (
        "__init__(self, fields=[], properties={})",
        "__iter__(self)",
        "__repr__(self)",
        "add(self, field)",
        "hasField(self, field)",
        "getField(self, field)",
        "jsonValue(self)",
        "fromJsonValue(cls, json_value)",
    ),
    "awsglue.gluetypes:EntityType": ("__init__(self, entity, base_type, properties)",),
    "awsglue.gluetypes:": (
        "_deserialize_json_string(json_str)",
        "_deserialize_json_value(json_val)",
        "_serialize_schema(schema)",
        "_make_choice(s1, s2)",
        "mergeDataTypes(s1, s2)",
        "_create_dynamic_record(dynamicRecord)",
        "_revert_to_dict(dynamicRecord)",
    ),
    "awsglue.gluetypes:DynamicRecord": (
        "__getattr__(self, attr)",
        "__setattr__(self, attr, value)",
    ),
    "awsglue.job:Job": (
        "continuation_options(cls)",
        "job_bookmark_options(cls)",
        "job_bookmark_range_options(cls)",
        "id_params(cls)",
        "encryption_type_options(cls)",
        "data_lineage_options(cls)",
        "__init__(self, glue_context_or_spark_session)",
        "init(self, job_name, args={})",
        "isInitialized(self)",
        "commit(self)",
    ),
    "awsglue.streaming_data_source:StreamingDataSource": (
        "__init__(self, j_source, sql_ctx, name)",
        "setFormat(self, format, **options)",
        "getFrame(self)",
    ),
    "awsglue.transforms:": (
        "get_transforms()",
        "get_transform(name)",
        "describe_transform(name)",
    ),
    "awsglue.transforms.apply_mapping:ApplyMapping": (
        "__call__(self, frame, mappings, case_sensitive=False, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.coalesce:Coalesce": (
        "__call__(self, frame, num_partitions, shuffle=False, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.collection_transforms:SelectFromCollection": (
        "__call__(self, dfc, key, transformation_ctx='')",
    ),
    "awsglue.transforms.collection_transforms:MapToCollection": (
        "__call__(self, dfc, callable, transformation_ctx='')",
    ),
    "awsglue.transforms.collection_transforms:FlatMap": (
        "__call__(self, dfc, BaseTransform, frame_name, transformation_ctx='', **base_kwargs)",
    ),
    "awsglue.transforms.drop_nulls:DropNullFields": (
        "_find_null_fields(self, ctx, schema, path, output)",
        "__call__(self, frame, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.dynamicframe_filter:Filter": (
        "__call__(self, frame, f, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.dynamicframe_map:Map": (
        "__call__(self, frame, f, preservesPartitioning=False, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.errors_as_dynamicframe:ErrorsAsDynamicFrame": ("__call__(self, frame)",),
    "awsglue.transforms.field_transforms:RenameField": (
        "__call__(self, frame, old_name, new_name, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.field_transforms:DropFields": (
        "__call__(self, frame, paths, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.field_transforms:SelectFields": (
        "__call__(self, frame, paths, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.field_transforms:SplitFields": (
        "__call__(self, frame, paths, name1=None, name2=None, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.field_transforms:SplitRows": (
        "__call__(self, frame, comparison_dict, name1='frame1', name2='frame2', transformation_ctx='', info=None, stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.field_transforms:Join": (
        "__call__(self, frame1, frame2, keys1, keys2, transformation_ctx='')",
    ),
    "awsglue.transforms.field_transforms:Spigot": (
        "__call__(self, frame, path, options, transformation_ctx='')",
    ),
    "awsglue.transforms.relationalize:Relationalize": (
        "__call__(self, frame, staging_path=None, name='roottable', options=None, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.repartition:Repartition": (
        "__call__(self, frame, num_partitions, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.resolve_choice:ResolveChoice": (
        "__call__(self, frame, specs=None, choice='', database=None, table_name=None, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0, catalog_id=None)",
    ),
    "awsglue.transforms.transform:GlueTransform": (
        "apply(cls, *args, **kwargs)",
        "name(cls)",
        "__eq__(self, other)",
        "__hash__(self)",
        "__repr__(self)",
    ),
    "awsglue.transforms.unbox:Unbox": (
        "__call__(self, frame, path, format, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0, **options)",
    ),
    "awsglue.transforms.union:Union": (
        "__call__(self, frame1, frame2, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.transforms.unnest_frame:UnnestFrame": (
        "__call__(self, frame, transformation_ctx='', info='', stageThreshold=0, totalThreshold=0)",
    ),
    "awsglue.utils:": (
        "makeOptions(sc, py_obj)",
        "_call_site(sc, call_site, info)",
        "_as_java_list(sc, scala_seq_obj)",
        "_as_scala_option(sc, some_val)",
        "_as_resolve_choiceOption(sc, choice_option_str)",
        "callsite()",
        "getResolvedOptions(args, options, allow_abbrev=False)",
    ),
    "awsglue.utils:GlueArgumentParser": ("error(self, msg)",),
}


TRANSFORMS = [
    "ApplyMapping",
    "Coalesce",
    "DropFields",
    "DropNullFields",
    "ErrorsAsDynamicFrame",
    "Filter",
    "FlatMap",
    "Join",
    "Map",
    "MapToCollection",
    "Relationalize",
    "RenameField",
    "Repartition",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
    "Spigot",
    "SplitFields",
    "SplitRows",
    "Unbox",
    "Union",
    "UnnestFrame",
]


@pytest.fixture(autouse=True)
def on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(SHIM))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "awsglue"]:
        del sys.modules[name]


def spelled(function):
    """A signature as the specification spells it."""
    if isinstance(function, property):
        function = function.fget
    function = inspect.unwrap(getattr(function, "__func__", function))
    signature = inspect.signature(function)
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def comparable(signature):
    """Defaults that are objects are compared by their class alone."""
    return signature.replace("UnknownType()", "UnknownType({})")


@pytest.mark.parametrize("owner", SIGNATURES)
def test_signatures(owner):
    module_name, _, class_name = owner.partition(":")
    place = importlib.import_module(module_name)
    if class_name:
        place = getattr(place, class_name)
    found = {}
    for signature in SIGNATURES[owner]:
        name = signature.partition("(")[0]
        found[name + spelled(inspect.getattr_static(place, name))] = None
    assert list(found) == [comparable(signature) for signature in SIGNATURES[owner]]


NAMES = {
    "awsglue": ("DynamicFrame",),
    "awsglue.context": ("GlueContext", "register"),
    "awsglue.dataframe_transforms": ("ALL_TRANSFORMS", "ApplyMapping"),
    "awsglue.dynamicframe": ("long", "basestring", "unicode", "imap", "ifilter"),
    "awsglue.gluetypes": (
        *("BinaryType", "BooleanType", "ByteType", "DateType", "DoubleType", "FloatType", "LongType"),
        *("NullType", "ShortType", "StringType", "TimestampType", "TimestampNTZType", "UnknownType"),
        *("_atomic_types", "_complex_types", "_atomic_type_map", "_complex_type_map", "_all_type_map"),
    ),
    "awsglue.transforms": ("ALL_TRANSFORMS",),
    "awsglue.utils": ("_global_args", "GlueArgumentError"),
}


@pytest.mark.parametrize("module", NAMES)
def test_every_other_name_can_be_imported(module):
    place = importlib.import_module(module)
    assert [name for name in NAMES[module] if not hasattr(place, name)] == []


def test_constants_of_the_context():
    context = importlib.import_module("awsglue.context").GlueContext
    assert context.Spark_SQL_Formats == {"parquet", "orc"}
    assert context.Unsupported_Compression_Types == {"lzo"}


def test_the_22_transforms_come_with_a_star():
    namespace = {}
    exec("from awsglue.transforms import *", namespace)
    assert sorted(name for name in namespace if not name.startswith("__")) == TRANSFORMS
    assert {name: namespace[name].name() for name in TRANSFORMS} == {name: name for name in TRANSFORMS}


def test_the_package_exports_dynamic_frame():
    package = importlib.import_module("awsglue")
    assert package.__all__ == ["DynamicFrame"]
    assert package.DynamicFrame is importlib.import_module("awsglue.dynamicframe").DynamicFrame


def test_defaults_are_never_changed():
    types = importlib.import_module("awsglue.gluetypes")
    types.StructType().add(types.Field("a", types.IntegerType()))
    types.ChoiceType().add(types.IntegerType())
    types.StringType().properties["x"] = 1
    assert not types.StructType().fields
    assert not types.ChoiceType().choices
    assert types.StringType().properties == {}


def test_outside_a_job_process_awsglue_says_where_it_works():
    context = importlib.import_module("awsglue.context")
    with pytest.raises(Exception, match="awsglue works inside a job process: placekeeper run SCRIPT"):
        context.GlueContext()

"""One table of all that Sail lacks or does differently: for the scan of scripts, the guards and the docs.

Tried on Sail 0.7.2. A row says how the look at the script recognises a use before anything runs
(`script_scan`), and how a guard on the session catches it when it happens (`guards`, `stand_in`). To add a
difference is to add a row: neither the look nor the guards name one.
"""

import re
from typing import Final

from placekeeper.runtime.engines.recognition import Difference, Guard, Look, ReaderUse, Setting
from placekeeper.runtime.engines.sql_differences import SQL_DIFFERENCES

_LACKING: Final = "Sail does not have it"
_TRUE: Final = frozenset({"true", "1"})
_XML: Final = frozenset({"xml", "com.databricks.spark.xml"})
_FILE_NAME: Final = re.compile(r"\binput_file_name\s*\(", re.IGNORECASE)
_PERCENTILES: Final = re.compile(r"\b(percentile_approx|approx_percentile)\s*\(", re.IGNORECASE)
_DYNAMIC_TEXT: Final = re.compile(r"\bSET\b.*partitionOverwriteMode\s*=\s*['\"]?dynamic", re.IGNORECASE)
_OVERWRITES: Final = re.compile(r"\bINSERT\s+OVERWRITE\b", re.IGNORECASE)
_DYNAMIC: Final = Setting("partitionOverwriteMode", frozenset({"dynamic"}), if_unknown=True)
_INFERRED: Final = Setting("inferSchema", _TRUE, if_unknown=True)
_MALFORMED: Final = (
    Setting("mode", frozenset({"permissive", "dropmalformed"})),
    Setting("columnNameOfCorruptRecord"),
)
_CHOOSING: Final = tuple(
    Setting(name) for name in ("basePath", "pathGlobFilter", "modifiedBefore", "modifiedAfter")
)
_CONTEXT_CALLS: Final = frozenset(
    [
        "wholeTextFiles",
        "binaryFiles",
        "broadcast",
        "accumulator",
        "addFile",
        "addPyFile",
        "addJar",
        "addArchive",
        "union",
        "range",
        "newAPIHadoopFile",
        "newAPIHadoopRDD",
        "hadoopFile",
        "sequenceFile",
        "pickleFile",
        "runJob",
        "statusTracker",
    ]
)
RDD_METHODS: Final = frozenset(
    {
        *("map", "flatMap", "filter", "keys", "values"),
        *("collect", "collectAsMap", "toLocalIterator", "take", "first", "count", "isEmpty", "foreach"),
        *("reduce", "sum", "max", "min"),
        *("toDF", "saveAsTextFile", "getNumPartitions", "coalesce", "repartition"),
        *("cache", "persist", "unpersist", "context"),
    }
)
"""What an RDD has here (`rdds`). A test compares it with the class."""

OTHER_RDD_METHODS: Final = frozenset(
    [
        *("aggregateByKey", "combineByKey", "foldByKey", "groupByKey", "reduceByKey", "reduceByKeyLocally"),
        *("countByKey", "countByValue", "sortByKey", "subtractByKey", "mapValues", "flatMapValues"),
        *("mapPartitions", "mapPartitionsWithIndex", "zipWithIndex", "zipWithUniqueId", "keyBy", "glom"),
        *("takeOrdered", "takeSample", "treeReduce", "treeAggregate", "cogroup", "groupWith", "cartesian"),
        *("saveAsPickleFile", "saveAsSequenceFile", "saveAsHadoopFile", "saveAsNewAPIHadoopFile"),
    ]
)
"""Methods that only RDDs of Spark's have."""

RDDS: Final = Difference(
    "rdds",
    "SparkContext and RDDs",
    "Sail has DataFrames only, few methods of RDDs, no broadcasts, accumulators or JVM",
    "df.rdd.zipWithIndex()",
    "Use DataFrames or DynamicFrames",
    Look(
        attributes=OTHER_RDD_METHODS | {"_jvm", "_jdf", "_jsparkSession"},
        steps={"rdd": RDD_METHODS},
        context_calls=_CONTEXT_CALLS,
        classes=frozenset({"HiveContext"}),
    ),
    Guard(context=True),
)

DIFFERENCES: Final = (
    RDDS,
    Difference(
        "spark-modules",
        "pyspark.rdd, streaming, mllib, ml, broadcast",
        "Sail does not have these modules",
        "from pyspark.ml.feature import Tokenizer; Tokenizer()",
        look=Look(
            modules=("pyspark.rdd", "pyspark.streaming", "pyspark.mllib", "pyspark.broadcast"),
            importable=("pyspark.ml",),
        ),
    ),
    Difference(
        "hive-support",
        "enableHiveSupport()",
        _LACKING,
        "SparkSession.builder.enableHiveSupport()",
        "Leave it out: SQL sees the tables of the Data Catalog without it",
        Look(attributes=frozenset({"enableHiveSupport"})),
    ),
    Difference(
        "streams",
        "streams",
        "Sail does not give the batches of a stream to a function",
        "spark.readStream.text('in').writeStream.foreachBatch(print)",
        look=Look(attributes=frozenset({"readStream", "writeStream", "foreachBatch", "forEachBatch"})),
        guard=Guard(properties=frozenset({"writeStream"}), session_properties=frozenset({"readStream"})),
    ),
    Difference(
        "input-file-name",
        "input_file_name()",
        _LACKING,
        "df.withColumn('file', F.input_file_name())",
        look=Look(frozenset({"input_file_name"}), frozenset({"input_file_name"}), text=_FILE_NAME),
        guard=Guard(functions=frozenset({"input_file_name"}), sql=_FILE_NAME),
    ),
    Difference(
        "rows-as-json",
        "df.toJSON()",
        "Sail gives a DataFrame, and spells numbers and times in another way than Spark",
        "df.toJSON().collect()",
        look=Look(attributes=frozenset({"toJSON"})),
        guard=Guard(methods=frozenset({"toJSON"})),
    ),
    Difference(
        "metadata-column",
        "_metadata",
        "Sail does not have the column _metadata",
        "df.select('_metadata.file_path')",
        look=Look(attributes=frozenset({"_metadata"}), text=re.compile(r"^_metadata(\.|$)")),
    ),
    Difference(
        "approximations",
        "approximate percentiles",
        "Sail gives other approximate percentiles than Spark",
        "df.approxQuantile('id', [0.5], 0.1)",
        "Use the exact functions percentile or median",
        Look(
            frozenset({"approxQuantile", "percentile_approx", "approx_percentile"}),
            frozenset({"percentile_approx", "approx_percentile"}),
            text=_PERCENTILES,
        ),
        Guard(
            methods=frozenset({"approxQuantile"}),
            functions=frozenset({"percentile_approx", "approx_percentile"}),
            sql=_PERCENTILES,
        ),
    ),
    Difference(
        "dynamic-overwrite",
        "partitionOverwriteMode=dynamic with a table",
        "Sail ignores this setting and deletes the other partitions",
        "df.write.option('partitionOverwriteMode', 'dynamic').mode('overwrite').saveAsTable('t')",
        "Write files with df.write",
        guard=Guard(sql_with=(_OVERWRITES, _DYNAMIC), writes=(ReaderUse(setting=_DYNAMIC),)),
    ),
    Difference(
        "set-dynamic-overwrite",
        "SET partitionOverwriteMode=dynamic",
        "Sail does not understand this statement",
        "spark.sql('SET spark.sql.sources.partitionOverwriteMode=dynamic')",
        "Use spark.conf.set",
        Look(text=_DYNAMIC_TEXT),
        Guard(sql=_DYNAMIC_TEXT),
    ),
    Difference(
        "formats-read",
        "spark.read of {}",
        "Sail cannot read this format",
        "spark.read.orc('in')",
        look=Look(reads=(ReaderUse(_XML | {"orc"}),)),
        guard=Guard(reads=(ReaderUse(_XML | {"orc"}),)),
    ),
    Difference(
        "formats-written",
        "df.write of {}",
        "Sail cannot write this format",
        "df.write.format('avro').save('out')",
        look=Look(writes=(ReaderUse(_XML | {"avro"}),)),
        guard=Guard(writes=(ReaderUse(_XML | {"avro"}),)),
    ),
    Difference(
        "infer-schema",
        "inferSchema",
        "Sail finds other types than Spark: bigint for int, timestamp_ntz for timestamp",
        "spark.read.csv('in', inferSchema=True)",
        "Give a schema",
        Look(settings=(_INFERRED,)),
        Guard(reads=(ReaderUse(frozenset({"csv"}), without_schema=True, setting=_INFERRED),)),
    ),
    Difference(
        "malformed-records",
        "reading with {}",
        "Sail fails on a malformed record, whatever the mode is",
        "spark.read.csv('in', mode='PERMISSIVE')",
        look=Look(text=re.compile(r"^_corrupt_record$"), settings=_MALFORMED),
        guard=Guard(reads=tuple(ReaderUse(setting=setting) for setting in _MALFORMED)),
    ),
    Difference(
        "choice-of-files",
        "reading with {}",
        "Sail ignores this option and reads other files or columns",
        "spark.read.option('basePath', 'in').parquet('in/year=2024')",
        "Read the whole folder and filter by its partitions",
        Look(settings=_CHOOSING),
        Guard(reads=tuple(ReaderUse(setting=setting) for setting in _CHOOSING)),
    ),
    Difference(
        "missing-paths",
        "spark.read of a path that does not exist",
        "Sail reads no rows. Placekeeper raises PATH_NOT_FOUND, as Spark does",
        "spark.read.parquet('/no/such/folder')",
        "Correct the path",
        guard=Guard(missing_paths=True),
    ),
    *SQL_DIFFERENCES,
)

"""AWS Glue's own job parameters: their effect here, or the reason why they have none.

Source: docs/reference/arguments.md#arguments-of-aws-glue-that-do-something.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from placekeeper.rules.jobs.commands import CommandType
from placekeeper.rules.jobs.run_options import BAD_INPUT, FAILED_FUNCTION, STREAM_MODE
from placekeeper.rules.selection.reading_options import ARGUMENTS

HONOURED: Mapping[str, str] = {
    "--JOB_NAME": "set for every run, whatever its arguments say; `placekeeper run` takes the job's name "
    "from it",
    "--JOB_ID": "set for every run, whatever its arguments say",
    "--JOB_RUN_ID": "set for every run, whatever its arguments say",
    "--SECURITY_CONFIGURATION": "given to the script",
    "--scriptLocation": "runs this script instead of Command.ScriptLocation",
    "--job-language": "`python`; a run with `scala` ends FAILED with the reason",
    "--job-bookmark-option": "`job-bookmark-enable`, `job-bookmark-pause`, `job-bookmark-disable` (default); "
    "`--continuation-option` is the old name, and the new one wins",
    "--job-bookmark-from": "with `job-bookmark-pause`: after which run to begin reading again",
    "--job-bookmark-to": "with `job-bookmark-pause`: up to which run",
    "--TempDir": "given to the script; without it the script gets a local folder that goes when the run ends",
    "--extra-py-files": "fetched and importable, by the script and in tasks",
    "--extra-files": "fetched into the run's working folder; `SparkFiles.get` finds them too",
    "--extra-jars": "on Spark, on the class path of driver and executors; on Sail not fetched, and noted",
    "--additional-python-modules": "installed by pip, or uv, into the state; found before what is beside "
    "Placekeeper",
    "--python-modules-installer-option": "given to the installer",
    "--conf": "set on the Spark session; on Sail `spark.sql.…` is, and the rest is without effect, noted",
    "--enable-glue-datacatalog": "SQL sees the Data Catalog, with or without it; `false` turns that off",
    "--customer-driver-env-vars": "set in the script's environment; only `CUSTOMER_…`: the rest is noted",
    "--customer-executor-env-vars": "set in the environment of tasks; only `CUSTOMER_…`: the rest is noted",
}
"""The parameters that have an effect here, and which."""

_CLUSTER = "it configures AWS's workers"
_LOGS = "logs are kept in the state: placekeeper runs logs"
_NO_METRICS = "the run's summary says what it read and wrote, and how long it took"
_BY_AWS = "AWS sets it for itself"

WITHOUT_EFFECT: Mapping[str, str] = {
    "--class": "it names the main class of Scala scripts, and only Python runs here",
    "--user-jars-first": "Placekeeper has no jars of its own; to load yours before Spark's, set "
    "--conf spark.driver.userClassPathFirst=true",
    "--datalake-formats": "tables of the catalog need the extra iceberg or delta; for Spark's own "
    "readers, give jars with --extra-jars and settings with --conf",
    "--encryption-type": "the bucket's own default decides how output is encrypted",
    "--executor-cores": f"{_CLUSTER}; on a cluster of yours, set --conf spark.executor.cores=N",
    "--auto-scale-within-microbatch": _CLUSTER,
    "--enable-auto-scaling": f"{_CLUSTER}; on a cluster of yours, "
    "set --conf spark.dynamicAllocation.enabled=true",
    "--disable-proxy-v2": "a run reaches its data without a proxy of AWS",
    "--enable-rename-algorithm-v2": "output is published by rename or completed upload, never copied",
    "--enable-s3-parquet-optimized-committer": "output is published by completed uploads, never copied",
    "--enable-lakeformation-fine-grained-access": "Lake Formation is not available here",
    "--enable-data-lineage": "lineage is not recorded here yet",
    "--use-postgres-driver": "Placekeeper has drivers of its own, which need no jar",
    "--enable-metrics": _NO_METRICS,
    "--enable-observability-metrics": _NO_METRICS,
    "--enable-job-insights": "a failed run says why in ErrorMessage and with the script's own traceback",
    "--enable-spark-ui": "on Spark, set --conf spark.ui.enabled=true",
    "--spark-event-logs-path": "on Spark, set --conf spark.eventLog.enabled=true "
    "--conf spark.eventLog.dir=FOLDER",
    "--enable-continuous-cloudwatch-log": _LOGS,
    "--enable-continuous-log-filter": _LOGS,
    "--continuous-log-conversionPattern": _LOGS,
    "--continuous-log-logGroup": _LOGS,
    "--continuous-log-logStreamPrefix": _LOGS,
    "--debug": _BY_AWS,
    "--mode": _BY_AWS,
    "--endpoint": _BY_AWS,
}
"""The parameters that only the script sees, and why they have no effect here."""

_OF_SPARK = (
    *("--conf", "--extra-jars", "--customer-executor-env-vars", "--enable-glue-datacatalog"),
    *("--engine", "--master", "--catalog-schema", "--output-visibility", FAILED_FUNCTION, BAD_INPUT),
    STREAM_MODE,
)
_OURS = (
    *ARGUMENTS,
    "--bookmark-plan",
    "--bookmark-list-concurrency",
    "--catalog-schema",
    "--output-visibility",
    FAILED_FUNCTION,
    BAD_INPUT,
    STREAM_MODE,
)
_SIMILAR = 0.9
_BOOKMARK = "--job-bookmark-option"
_CATALOG = "--enable-glue-datacatalog"
_PRESENCE_COUNTS = ("--enable-metrics",)
"""Switches that are on at AWS whatever their value is."""


def without_effect(arguments: Mapping[str, str], command: str = CommandType.GLUEETL) -> list[str]:
    """A sentence for each argument of Glue that has no effect in a run of `command`.

    A switch that is `false` is not among them.
    """
    reasons = dict(WITHOUT_EFFECT)
    if command == CommandType.PYTHONSHELL:
        reasons |= dict.fromkeys(_OF_SPARK, "Python shell jobs do not use Spark")
        reasons["--bookmark-plan"] = "Python shell jobs have no bookmark, so there is no plan to follow"
        if arguments.get(_BOOKMARK, "job-bookmark-disable") != "job-bookmark-disable":
            reasons[_BOOKMARK] = (
                "Python shell jobs have no bookmarks, here as on AWS: the script must remember what it read"
            )
    return [
        f"argument {name} is without effect: {reasons[name]}"
        for name, value in arguments.items()
        if name in reasons and not _is_off(name, value)
    ]


def sql_sees_catalog(arguments: Mapping[str, str]) -> bool:
    """Whether SQL of a run's script sees the Data Catalog: unless its switch is `false`."""
    return not _is_off(_CATALOG, arguments.get(_CATALOG, ""))


def misspelt(arguments: Mapping[str, str]) -> list[str]:
    """A sentence for each argument of the script whose name is almost that of a known argument."""
    known = [*HONOURED, *_OURS, "--continuation-option"]
    return [
        f"argument {name} is the script's own; did you mean {close[0]}?"
        for name in arguments
        if name not in known and (close := get_close_matches(name, known, n=1, cutoff=_SIMILAR))
    ]


def _is_off(name: str, value: str) -> bool:
    return value.lower() == "false" and name not in _PRESENCE_COUNTS

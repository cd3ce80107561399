"""AWS Glue's own job parameters: what each does here, or why it does nothing.

Source: docs/reference/arguments.md#arguments-of-aws-glue-that-do-something.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from placekeeper.rules.jobs.commands import CommandType
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
    "--extra-jars": "on Spark, on the class path of driver and executors; on Sail without effect, noted",
    "--additional-python-modules": "installed by pip, or uv, into the state; found before what is beside "
    "Placekeeper",
    "--python-modules-installer-option": "given to the installer",
    "--conf": "set on the Spark session; on Sail `spark.sql.…` is, and the rest is without effect, noted",
    "--customer-driver-env-vars": "set in the script's environment; only `CUSTOMER_…`: the rest is noted",
    "--customer-executor-env-vars": "set in the environment of tasks; only `CUSTOMER_…`: the rest is noted",
}
"""What is acted on, and how."""

_CLUSTER = "it is about AWS's workers"
_LOGS = "logs are kept in the state: placekeeper runs logs"
_NO_METRICS = "what a run read, wrote and took is in its summary"
_BY_AWS = "AWS sets it for itself"

WITHOUT_EFFECT: Mapping[str, str] = {
    "--class": "it names the entry of Scala scripts, and only Python runs here",
    "--user-jars-first": "Placekeeper brings no jars of its own to be before; for Spark's, set "
    "--conf spark.driver.userClassPathFirst=true",
    "--datalake-formats": "nothing is installed by name: on Spark, give the format's jars by --extra-jars "
    "and its settings by --conf",
    "--encryption-type": "output is encrypted as the bucket's own default says",
    "--executor-cores": f"{_CLUSTER}; on a cluster of yours, set --conf spark.executor.cores=N",
    "--auto-scale-within-microbatch": f"{_CLUSTER}, and streaming jobs do not run here",
    "--enable-auto-scaling": f"{_CLUSTER}; on a cluster of yours, "
    "set --conf spark.dynamicAllocation.enabled=true",
    "--disable-proxy-v2": "there is no proxy of AWS between a run and its data",
    "--enable-rename-algorithm-v2": "output is published by rename or completed upload, never copied",
    "--enable-s3-parquet-optimized-committer": "output is published by completed uploads, never copied",
    "--enable-lakeformation-fine-grained-access": "there is no Lake Formation here",
    "--enable-glue-datacatalog": "Spark SQL does not see the Data Catalog here yet; "
    "create_dynamic_frame.from_catalog reads its tables",
    "--enable-data-lineage": "no lineage is kept here yet",
    "--use-postgres-driver": "there is no JDBC here yet",
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
"""What is given to the script and changes nothing, and why."""

_OF_SPARK = (
    *("--conf", "--extra-jars", "--customer-executor-env-vars"),
    *("--engine", "--master", "--output-visibility"),
)
_OURS = (*ARGUMENTS, "--bookmark-plan", "--bookmark-list-concurrency", "--output-visibility")
_SIMILAR = 0.9
_BOOKMARK = "--job-bookmark-option"
_PRESENCE_COUNTS = ("--enable-metrics",)
"""Switches that AWS takes for on whatever their value is."""


def without_effect(arguments: Mapping[str, str], command: str = CommandType.GLUEETL) -> list[str]:
    """A sentence for each of these arguments that Glue knows and that changes nothing in a run of `command`.

    A switch that is `false` has the effect it asks for.
    """
    reasons = dict(WITHOUT_EFFECT)
    if command == CommandType.PYTHONSHELL:
        reasons |= dict.fromkeys(_OF_SPARK, "a Python shell job has no Spark")
        reasons["--bookmark-plan"] = "a plan is of a bookmark, and Python shell jobs have none"
        if arguments.get(_BOOKMARK, "job-bookmark-disable") != "job-bookmark-disable":
            reasons[_BOOKMARK] = (
                "Python shell jobs have no bookmarks, here as on AWS: the script itself remembers"
            )
    return [
        f"argument {name} is without effect: {reasons[name]}"
        for name, value in arguments.items()
        if name in reasons and not _is_off(name, value)
    ]


def misspelt(arguments: Mapping[str, str]) -> list[str]:
    """A sentence for each argument that is only the script's, and almost named like one that counts."""
    known = [*HONOURED, *_OURS, "--continuation-option"]
    return [
        f"argument {name} is the script's own; did you mean {close[0]}?"
        for name in arguments
        if name not in known and (close := get_close_matches(name, known, n=1, cutoff=_SIMILAR))
    ]


def _is_off(name: str, value: str) -> bool:
    return value.lower() == "false" and name not in _PRESENCE_COUNTS

"""AWS Glue's own job parameters (bookmarks.md §2) that are accepted and have no effect here."""

from collections.abc import Iterable

_NOT_YET = "not there yet"
_CLUSTER = "it is about AWS's cluster"
_LOGS = "logs are kept in the state: placekeeper runs logs"

_WITHOUT_EFFECT = {
    "--additional-python-modules": f"{_NOT_YET}: install the modules beside placekeeper",
    "--python-modules-installer-option": _NOT_YET,
    "--extra-py-files": f"{_NOT_YET}: put the modules beside the script or on PYTHONPATH",
    "--extra-files": _NOT_YET,
    "--extra-jars": _NOT_YET,
    "--user-jars-first": _NOT_YET,
    "--conf": _NOT_YET,
    "--datalake-formats": _NOT_YET,
    "--enable-glue-datacatalog": _NOT_YET,
    "--enable-data-lineage": _NOT_YET,
    "--customer-driver-env-vars": f"{_NOT_YET}: set them in the environment of placekeeper",
    "--customer-executor-env-vars": f"{_NOT_YET}: set them in the environment of placekeeper",
    "--encryption-type": _NOT_YET,
    "--executor-cores": _CLUSTER,
    "--enable-auto-scaling": _CLUSTER,
    "--auto-scale-within-microbatch": _CLUSTER,
    "--disable-proxy-v2": _CLUSTER,
    "--enable-rename-algorithm-v2": "output is published by rename or completed upload, never copied",
    "--enable-s3-parquet-optimized-committer": "output is published by completed uploads, never copied",
    "--enable-lakeformation-fine-grained-access": "there is no Lake Formation here",
    "--use-postgres-driver": "there is no JDBC here",
    "--enable-metrics": _NOT_YET,
    "--enable-observability-metrics": _NOT_YET,
    "--enable-job-insights": _NOT_YET,
    "--enable-spark-ui": _NOT_YET,
    "--spark-event-logs-path": _NOT_YET,
    "--enable-continuous-cloudwatch-log": _LOGS,
    "--enable-continuous-log-filter": _LOGS,
    "--continuous-log-conversionPattern": _LOGS,
    "--continuous-log-logGroup": _LOGS,
    "--continuous-log-logStreamPrefix": _LOGS,
}


def without_effect(arguments: Iterable[str]) -> list[str]:
    """A sentence for each of these arguments that Glue knows and that changes nothing here."""
    return [
        f"argument {name} is without effect: {_WITHOUT_EFFECT[name]}"
        for name in arguments
        if name in _WITHOUT_EFFECT
    ]

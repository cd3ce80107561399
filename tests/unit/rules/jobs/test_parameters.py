"""Glue's job parameters are honoured, or named as without effect; never ignored without a word."""

from placekeeper.rules.jobs.commands import CommandType
from placekeeper.rules.jobs.parameters import HONOURED, WITHOUT_EFFECT, misspelt, without_effect

OF_AWS = [
    "--additional-python-modules",
    "--python-modules-installer-option",
    "--auto-scale-within-microbatch",
    "--class",
    "--conf",
    "--continuous-log-conversionPattern",
    "--continuous-log-logGroup",
    "--continuous-log-logStreamPrefix",
    "--customer-driver-env-vars",
    "--customer-executor-env-vars",
    "--datalake-formats",
    "--disable-proxy-v2",
    "--enable-auto-scaling",
    "--enable-continuous-cloudwatch-log",
    "--enable-continuous-log-filter",
    "--enable-glue-datacatalog",
    "--enable-job-insights",
    "--enable-lakeformation-fine-grained-access",
    "--enable-metrics",
    "--enable-observability-metrics",
    "--enable-rename-algorithm-v2",
    "--enable-s3-parquet-optimized-committer",
    "--enable-spark-ui",
    "--spark-event-logs-path",
    "--encryption-type",
    "--executor-cores",
    "--extra-files",
    "--extra-jars",
    "--extra-py-files",
    "--job-bookmark-option",
    "--job-bookmark-from",
    "--job-bookmark-to",
    "--job-language",
    "--scriptLocation",
    "--TempDir",
    "--use-postgres-driver",
    "--user-jars-first",
    "--enable-data-lineage",
    "--JOB_NAME",
    "--debug",
    "--mode",
    "--endpoint",
    "--JOB_ID",
    "--JOB_RUN_ID",
    "--SECURITY_CONFIGURATION",
]
"""All that AWS documents or its library parses (https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html)."""


def test_every_parameter_of_aws_is_in_one_of_the_tables() -> None:
    assert sorted((*HONOURED, *WITHOUT_EFFECT)) == sorted(OF_AWS)


def test_what_has_no_effect_is_said_and_a_scripts_own_arguments_are_not() -> None:
    arguments = {"--debug": "1", "--source": "x", "--job-bookmark-option": "job-bookmark-enable"}

    assert without_effect(arguments) == ["argument --debug is without effect: AWS sets it for itself"]


def test_a_switch_that_is_off_has_the_effect_it_asks_for() -> None:
    assert without_effect({"--enable-auto-scaling": "false", "--enable-job-insights": "False"}) == []
    (said,) = without_effect({"--enable-metrics": "false"})  # on AWS its presence turns it on
    assert said.startswith("argument --enable-metrics is without effect: ")


def test_a_python_shell_job_has_no_spark_and_no_bookmarks() -> None:
    arguments = {"--conf": "a=b", "--engine": "sail", "--job-bookmark-option": "job-bookmark-disable"}
    no_spark = "is without effect: Python shell jobs do not use Spark"
    assert without_effect(arguments, CommandType.PYTHONSHELL) == [
        f"argument --conf {no_spark}",
        f"argument --engine {no_spark}",
    ]

    (said,) = without_effect({"--job-bookmark-option": "job-bookmark-pause"}, CommandType.PYTHONSHELL)
    assert "Python shell jobs have no bookmarks" in said
    (said,) = without_effect({"--bookmark-plan": "plan.json"}, CommandType.PYTHONSHELL)
    assert "there is no plan to follow" in said


def test_an_argument_that_is_almost_one_of_those_that_count_is_asked_about() -> None:
    own = {"--source": "in", "--extra": "1", "--bookmark": "b", "--debug": "1", "--job-bookmark-to": "jr_1"}
    slips = {
        "--job-bookmark-options": "--job-bookmark-option",
        "--job-bookmark-form": "--job-bookmark-from",
        "--bookmark-polcy": "--bookmark-policy",
        "--extra-py-file": "--extra-py-files",
    }

    assert misspelt(own) == []
    assert misspelt({**own, **dict.fromkeys(slips, "x")}) == [
        f"argument {slip} is the script's own; did you mean {meant}?" for slip, meant in slips.items()
    ]

"""Names of Glue scripts that nothing imports."""

import pytest

from placekeeper.runtime.look.finding import Level
from placekeeper.runtime.look.look import look

HEAD = "from awsglue.context import GlueContext\n"


def said(body: str) -> list[str]:
    return [one.sentence for one in look(HEAD + body) if one.rule == "unimported"]


def test_a_name_that_nothing_imports() -> None:
    body = "from awsglue.transforms import *\nx = DynamicFrame.fromDF(1, 2, 'x')\ny = DynamicFrame\nz = Job"
    assert said(body) == [
        "DynamicFrame is never imported: from awsglue.dynamicframe import DynamicFrame",
        "Job is never imported: from awsglue.job import Job",
    ]
    (first, *_) = [one for one in look(HEAD + body) if one.rule == "unimported"]
    assert (first.line, first.column, first.level) == (3, 5, Level.WARNING)


@pytest.mark.parametrize(
    "body",
    [
        "from awsglue import DynamicFrame\nDynamicFrame",
        "from mine import DynamicFrame as D, Job\nD, Job",
        "from helpers import *\nDynamicFrame",
        "class Job: ...\nJob()",
        "def f(Job):\n    return Job",
        "import awsglue.job\nawsglue.job.Job",
        "for Job in []:\n    Job",
    ],
)
def test_names_that_are_made_somewhere(body: str) -> None:
    assert said(body) == []


def test_a_script_without_awsglue_is_left_alone() -> None:
    assert look("Job()") == []

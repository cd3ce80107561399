"""What the look says of scripts of Glue Studio."""

from typing import Any

import pytest

from placekeeper.runtime.look.finding import Level
from placekeeper.runtime.look.look import look

FRAME = "from awsglue.context import GlueContext\nglue = GlueContext(None)\n"
FRAME += "frame = glue.create_dynamic_frame.from_catalog('db', 't', transformation_ctx='t')\n"


def found(source: str, rule: str, **given: Any) -> list[tuple[int, Level]]:
    return [(one.line, one.level) for one in look(source, **given) if one.rule == rule]


def test_a_module_gives_frames_a_method_of_its_name() -> None:
    use = "made = frame.gs_now(colName='t')\n"
    assert found(f"import gs_now\n{FRAME}{use}", "unknown-member") == []
    assert found(f"{FRAME}{use}", "unknown-member") == [(4, Level.ERROR)]


def test_a_transform_that_is_not_there_is_refused_unless_the_job_brings_it() -> None:
    for name in ("gs_lookup", "gs_aggregate", "gs_format_case"):
        [one] = [one for one in look(f"{FRAME}import {name}\n") if one.rule == "not-there-yet"]
        assert (one.line, one.level) == (4, Level.ERROR)
        assert f"the module {name} is not there" in one.sentence
    assert found(f"{FRAME}from gs_lookup import x\n", "not-there-yet") == [(4, Level.ERROR)]
    assert found(f"{FRAME}import gs_lookup\n", "not-there-yet", has_module=lambda name: True) == []
    tried = f"{FRAME}try:\n    import gs_lookup\nexcept ImportError:\n    pass\n"
    assert found(tried, "not-there-yet") == [(5, Level.WARNING)]


def test_a_module_that_a_job_may_bring_is_no_error_of_a_check() -> None:
    source = f"{FRAME}import gs_lookup\n"
    [one] = [one for one in look(source, knows_modules=False) if one.rule == "not-there-yet"]
    assert (one.line, one.level) == (4, Level.WARNING)
    assert "unless the job brings it with --extra-py-files" in one.sentence


def test_the_arguments_of_an_evaluation_are_known() -> None:
    start = f"from awsgluedq.transforms import EvaluateDataQuality\n{FRAME}"
    fine = "EvaluateDataQuality().process_rows(frame=frame, ruleset='Rules = [ColumnCount > 0]', "
    fine += "publishing_options={}, additional_options={})\n"
    assert [one for one in look(start + fine) if one.level is not Level.NOTE and one.rule != "no-init"] == []
    assert found(f"{start}EvaluateDataQuality.apply(frame=frame, rules='')\n", "wrong-arguments") == [
        (5, Level.ERROR)
    ]


def test_a_rule_that_is_not_there_is_an_error_on_its_line() -> None:
    rules = 'rules = """\nRules = [\n  RowCount > 0,\n  DatasetMatch "b" "id" = 1\n]"""\n'
    assert found(f"from awsgluedq.transforms import EvaluateDataQuality\n{rules}", "data-quality") == [
        (5, Level.ERROR)
    ]
    assert found(rules, "data-quality") == [], "no script of data quality"


@pytest.mark.parametrize("version", ["3.0", "6.0"])
def test_what_another_version_does_differently_is_a_note(version: str) -> None:
    source = "from pyspark.sql import functions as F\nF.col('a').cast('int')\n"
    assert found(source, "glue-version", glue_version=version) == [(2, Level.NOTE)]
    assert found(source, "glue-version") == [], "every cast would be noted, whoever asks"


def test_a_name_of_awss_own_classes_is_never_surely_wrong() -> None:
    source = "from awsglue.context import GlueContext\nGlueContext._instantiatedContext\n"
    assert found(source, "unknown-member") == [(2, Level.WARNING)]

"""EvaluateDataQuality through `awsgluedq`: the same outcomes on every engine."""

import importlib
from datetime import date

import pytest

from placekeeper.model.errors import UnsupportedFeature, UsageError
from record_functions import AppliesFunctions
from scripts_in_process import awsglue_of

pytestmark = pytest.mark.spark_tests(7)

NOW_MS = 1_704_153_600_000  # 2024-01-02
SCHEMA = "id int, name string, score double, born date, `a b.c` string"
ROWS = [
    (1, "ann", 1.5, date(2024, 1, 1), "7"),
    (2, "bob", 2.5, date(2023, 12, 1), "x"),
    (3, "bob", None, None, ""),
    (4, None, 4.0, date(2024, 1, 2), " "),
]


class QuietSession(AppliesFunctions):
    """A session that keeps what it is told."""

    def __init__(self, engine):
        self.spark, self.notes = engine.session, []
        self.applied_by(engine)

    def note(self, sentence):
        self.notes.append(sentence)

    def now_ms(self):
        return NOW_MS


@pytest.fixture
def session(engine, monkeypatch):
    session = QuietSession(engine)
    with awsglue_of(session, monkeypatch):
        yield session


@pytest.fixture
def frame(session):
    glue = importlib.import_module("awsglue.context").GlueContext(None)
    return importlib.import_module("awsglue").DynamicFrame.fromDF(
        glue.createDataFrame(ROWS, SCHEMA), glue, "f"
    )


@pytest.fixture
def quality(session):
    return importlib.import_module("awsgluedq.transforms").EvaluateDataQuality


RULES = {
    "RowCount = 4": True,
    "RowCount between 4 and 9": False,
    "RowCount not between 4 and 9": True,
    'RowCount = 2 where "id > 2"': True,
    "ColumnCount > 0": True,
    "ColumnCount in [1, 2]": False,
    'ColumnExists "a b.c"': True,
    'ColumnExists "ID"': True,
    'ColumnExists "other"': False,
    'IsComplete "id"': True,
    'IsComplete "name"': False,
    'IsComplete "other"': False,
    'IsComplete "name" where "id < 4"': True,
    'Completeness "name" = 0.75': True,
    'Completeness "name" > "0.8"': False,
    'IsUnique "id"': True,
    'IsUnique "name"': False,
    'IsPrimaryKey "id"': True,
    'IsPrimaryKey "name" "id"': False,
    'IsPrimaryKey id "a b.c"': True,
    'IsPrimaryKey "name" "id" where "id < 4"': True,
    'Uniqueness "name" between 0.3 and 0.4': True,
    'Uniqueness "name" "score" = 1.0': True,
    'UniqueValueRatio "name" = 0.5': True,
    'DistinctValuesCount "name" = 2': True,
    'Mean "score" between 2.6 and 2.7': True,
    'Sum "score" = 8': True,
    'StandardDeviation "id" between 1.1 and 1.2': True,
    'ColumnValues "id" between 0 and 5': True,
    'ColumnValues "id" between 1 and 5': False,
    'ColumnValues "id" in [1, 2, "3", 4]': True,
    'ColumnValues "id" not in [9]': True,
    'ColumnValues "score" > 1': False,
    'ColumnValues "score" > 1 with threshold >= 0.75': True,
    'ColumnValues "score" != 9': True,
    'ColumnValues "score" != NULL': False,
    'ColumnValues "score" not in [9, NULL]': False,
    'ColumnValues "name" in ["ann", "bob", NULL]': True,
    'ColumnValues "name" matches "^[a-z]{3}$" with threshold = 0.75': True,
    'ColumnValues "name" not matches "x" where "name is not null"': True,
    'ColumnValues "a b.c" in ["7", "x", EMPTY, WHITESPACES_ONLY]': True,
    'ColumnValues "a b.c" > 6 with threshold = 0.25': True,
    'ColumnValues "born" > (now() - 3 days) where "id in (1, 4)"': True,
    'ColumnValues "born" > (now() - 3 days)': False,
    'ColumnValues "born" between "2023-11-30" and "2024-01-03" with threshold = 0.75': True,
    'ColumnValues "born" = "2024-01-01" where "id = 1"': True,
    'ColumnLength "name" = 3': False,
    'ColumnLength "name" <= 3': True,
    'ColumnLength "name" > 2 where "name is not null"': True,
    'ColumnDataType "a b.c" = "INTEGER"': False,
    'ColumnDataType "a b.c" = "Integer" with threshold >= 0.25': True,
    'ColumnDataType "a b.c" != "BOOLEAN"': True,
    'ColumnDataType "score" = "DOUBLE" where "score is not null"': True,
    'ColumnDataType "score" = "DOUBLE"': False,
    'ColumnDataType "born" = "TIMESTAMP" where "id < 3"': True,
    'ColumnNamesMatchPattern "[a-z. ]+"': True,
    'ColumnNamesMatchPattern "^[a-z]{2,}$"': False,
    'ColumnCorrelation "id" "score" > 0.9': True,
    'ColumnCorrelation "id" "id" = 1.0 where "id < 3"': True,
    'ColumnCorrelation "id" "name" > 0': False,
    'DataFreshness "born" <= 2 days where "id in (1, 4)"': True,
    'DataFreshness "born" between 1 hour and 40 days with threshold = 0.5': True,
    'DataFreshness "born" < 24 hours': False,
    'CustomSql "select count(*) from primary where id > 1" between 2 and 4': True,
    'CustomSql "with x as (select id from primary) select max(id) from x" = 4': True,
    'CustomSql "select id from primary where id < 9"': True,
    'CustomSql "select id from primary where id < 3" with threshold > 0.4': True,
    'CustomSql "select id from primary where id < 3"': False,
    '(IsComplete "id") and (IsUnique "name")': False,
    '(IsComplete "id") or (IsUnique "name")': True,
    '(RowCount > 9) or ((IsComplete "id") and (IsUnique "id"))': True,
    '(ColumnValues "id" > 2) or (ColumnValues "id" < 3)': False,
}


@pytest.fixture
def outcomes(frame, quality):
    ruleset = f"Rules = [ {', '.join(RULES)} ]"
    return quality.apply(frame=frame, ruleset=ruleset).toDF().collect()


def test_each_rule_has_its_outcome(outcomes):
    assert {row.Rule: row.Outcome == "Passed" for row in outcomes} == RULES
    assert [row.Rule for row in outcomes] == list(RULES), "in the order of the ruleset"
    for row in outcomes:
        assert (row.FailureReason is None) == (row.Outcome == "Passed"), row


def test_reasons_and_numbers(outcomes):
    found = {row.Rule: (row.FailureReason, row.EvaluatedMetrics) for row in outcomes}
    assert found['Completeness "name" > "0.8"'] == (
        "Value: 0.75 does not meet the constraint requirement!",
        {"Column.name.Completeness": 0.75},
    )
    assert found['IsComplete "other"'] == ("Input data does not include column other!", {})
    assert found['IsUnique "name"'][1] == {"Column.name.Uniqueness": pytest.approx(1 / 3)}
    reason, metrics = found['ColumnValues "score" > 1']
    assert reason == "Value: NULL does not meet the constraint requirement!"
    assert metrics["Column.score.Minimum"] == 1.5
    assert metrics["Column.score.Maximum"] == 4.0


@pytest.mark.spark_cases(2)
@pytest.mark.parametrize(
    ("type", "texts"),
    [
        ("BOOLEAN", ["true", "1", "no"]),
        ("DATE", ["2024-01-01", "2024-1-1", "2024-01-01T10:00:00", "2024-01-01 10:00"]),
        ("DOUBLE", ["1", "1.5", " 7 ", "1e3", "99999999999"]),
        ("FLOAT", ["1", "1.5", " 7 ", "1e3", "99999999999"]),
        ("INTEGER", ["1", " 7 "]),
        ("LONG", ["1", " 7 ", "99999999999"]),
        ("TIMESTAMP", ["2024-01-01", "2024-1-1", "2024-01-01T10:00:00", "2024-01-01 10:00"]),
        ("DECIMAL(3,1)", ["1", "1.5", " 7 "]),
    ],
)
def test_what_is_of_a_type(session, quality, type, texts):
    glue = importlib.import_module("awsglue.context").GlueContext(None)
    dates = ["2024-01-01", "2024-1-1", "2024-01-01T10:00:00", "2024-01-01 10:00", "2024-02-30"]
    others = ["true", "1", "no", "1.5", " 7 ", "1e3", "99999999999", "1.5f", "1d", "x", ""]
    values = [(text,) for text in (*others, *dates, None)]
    frame = importlib.import_module("awsglue").DynamicFrame.fromDF(
        glue.createDataFrame(values, "v string"), glue, "f"
    )
    [row] = quality.apply(frame, f'Rules = [ ColumnDataType "v" = "{type}" ]').toDF().collect()
    share = row.EvaluatedMetrics["Column.v.ColumnDataType.Compliance"]
    assert round(share * len(values)) == len(texts)
    given = ", ".join(f"'{text}'" for text in texts)
    only = f'ColumnDataType "v" = "{type}" where "v in ({given})"'
    assert quality.apply(frame, f"Rules = [ {only} ]").toDF().first().Outcome == "Passed"


def test_nulls_do_not_count_for_a_correlation(session, quality):
    """AWS's documented example."""
    glue = importlib.import_module("awsglue.context").GlueContext(None)
    rows = [(100, 0), (101, None), (102, 20), (103, None), (104, 40)]
    frame = importlib.import_module("awsglue").DynamicFrame.fromDF(
        glue.createDataFrame(rows, "id int, units int"), glue, "f"
    )
    [row] = quality.apply(frame, 'Rules = [ ColumnCorrelation "id" "units" = 1.0 ]').toDF().collect()
    assert (row.Outcome, row.EvaluatedMetrics) == ("Passed", {"Multicolumn.id,units.ColumnCorrelation": 1.0})


def test_the_frame_of_apply_is_as_documented(frame, quality, capsys):
    quality.apply(frame, 'Rules = [ColumnExists "id", IsComplete "id"]', {}).printSchema()
    assert capsys.readouterr().out.split("\n")[:5] == [
        "root",
        "|-- Rule: string",
        "|-- Outcome: string",
        "|-- FailureReason: string",
        "|-- EvaluatedMetrics: map",
    ]


def test_process_rows_gives_three_frames(frame, quality):
    ruleset = (
        'Rules = [ IsComplete "name", ColumnValues "id" < 3, RowCount > 9, IsUnique "name" where "id > 1" ]'
    )
    found = quality().process_rows(
        frame=frame,
        ruleset=ruleset,
        publishing_options={"dataQualityEvaluationContext": "node"},
        additional_options={"observations.scope": "ALL", "performanceTuning.caching": "CACHE_NOTHING"},
    )
    assert list(found.keys()) == ["originalData", "ruleOutcomes", "rowLevelOutcomes"]
    assert found["originalData"] is frame
    outcomes = found["ruleOutcomes"].toDF()
    assert outcomes.columns == ["Rule", "Outcome", "FailureReason", "EvaluatedMetrics", "EvaluatedRule"]
    rows = found["rowLevelOutcomes"].toDF().orderBy("id").collect()
    complete, small, unique = 'IsComplete "name"', 'ColumnValues "id" < 3', 'IsUnique "name" where "id > 1"'
    assert [(row.DataQualityRulesPass, row.DataQualityRulesFail) for row in rows] == [
        ([complete, small, unique], []),
        ([complete, small], [unique]),
        ([complete], [small, unique]),
        ([unique], [complete, small]),
    ]
    assert {tuple(row.DataQualityRulesSkip) for row in rows} == {("RowCount > 9",)}
    assert [row.DataQualityEvaluationResult for row in rows] == ["Passed", "Failed", "Failed", "Failed"]
    assert rows[0]["a b.c"] == "7"


def test_rows_that_a_condition_leaves_out_may_be_skipped(frame, quality):
    options = {"rowLevelConfiguration.filteredRowLabel": "SKIPPED"}
    rule = 'IsComplete "score" where "id > 2"'
    found = quality().process_rows(frame, f"Rules = [ {rule} ]", {}, options)
    rows = found["rowLevelOutcomes"].toDF().orderBy("id").collect()
    assert [
        (row.DataQualityRulesPass, row.DataQualityRulesFail, row.DataQualityRulesSkip) for row in rows
    ] == [
        ([], [], [rule]),
        ([], [], [rule]),
        ([], [rule], []),
        ([rule], [], []),
    ]


def test_connected_rules_may_be_judged_row_by_row(frame, quality):
    rule = '(ColumnValues "id" > 2) or (ColumnValues "id" < 3)'
    options = {"compositeRuleEvaluation.method": "ROW"}
    found = quality().process_rows(frame, f"Rules = [ {rule} ]", {}, options)
    assert [row.Outcome for row in found["ruleOutcomes"].toDF().collect()] == ["Passed"]
    by_column = quality().process_rows(frame, f"Rules = [ {rule} ]")
    assert [row.Outcome for row in by_column["ruleOutcomes"].toDF().collect()] == ["Failed"]
    rows = by_column["rowLevelOutcomes"].toDF().collect()
    assert {row.DataQualityEvaluationResult for row in rows} == {"Passed"}


def test_rows_that_a_statement_gives_pass(frame, quality):
    rule = 'CustomSql "select id, name from primary where id > 2"'
    first = quality().process_rows(frame, f"Rules = [ {rule} ]")
    other = frame.filter(lambda row: row["id"] < 0)
    quality().process_rows(other, f"Rules = [ {rule} ]")  # its `primary` is another
    rows = first["rowLevelOutcomes"].toDF().orderBy("id").collect()
    assert [row.DataQualityEvaluationResult for row in rows] == ["Failed", "Failed", "Passed", "Passed"]


def test_other_frames_are_known_to_statements(frame, quality):
    rule = 'CustomSql "select count(*) from primary p join more m on p.id = m.id" = 4'
    found = quality().process_rows(frame, f"Rules = [ {rule} ]", additional_data_sources={"more": frame})
    assert found["ruleOutcomes"].toDF().first().Outcome == "Passed"


def test_what_fails_and_what_has_no_effect_is_noted(frame, quality, session):
    publishing = {
        "dataQualityEvaluationContext": "node",
        "enableDataQualityCloudWatchMetrics": True,
        "enableDataQualityResultsPublishing": True,
        "resultsS3Prefix": "s3://x/",
        "colour": "red",
    }
    ruleset = "Rules = [ RowCount > 9, ColumnCount > 0 ] Analyzers = [ RowCount ]"
    reason = "Value: 4 does not meet the constraint requirement!"
    quality().process_rows(frame, ruleset, publishing)
    assert session.notes == [
        "data quality: no CloudWatch metrics are published; what fails is in this summary",
        "data quality: resultsS3Prefix has no effect; write the frame ruleOutcomes to keep the results",
        "data quality: the unknown option 'colour' has no effect",
        f"data quality node: 1 of 2 rules failed: RowCount > 9 ({reason})",
        "data quality node: analyzers have no effect (RowCount)",
    ]


def test_an_empty_frame(session, quality):
    """A run that finds nothing new has a frame without records and without fields."""
    glue = importlib.import_module("awsglue.context").GlueContext(None)
    collection = importlib.import_module("awsglue.dynamicframe").DynamicFrameCollection({}, glue)
    found = quality().process_rows(
        collection["none"], 'Rules = [ ColumnCount > 0, RowCount = 0, IsUnique "id" ]'
    )
    assert [row.Outcome for row in found["ruleOutcomes"].toDF().collect()] == ["Failed", "Passed", "Failed"]
    assert found["rowLevelOutcomes"].count() == 0


@pytest.mark.parametrize(
    ("ruleset", "error", "said"),
    [
        (
            'Rules = [ Entropy "id" > 1 ]',
            UnsupportedFeature,
            "the data quality rule Entropy is not there yet",
        ),
        ('Rules = [ IsComplete "id" where "no such (" ]', UsageError, "has provided an invalid where clause"),
        ('Rules = [ CustomSql "select nothing from primary" > 1 ]', UsageError, "has no valid SQL"),
        ('Rules = [ RowCount matches "x" ]', UsageError, "compares a number"),
        ('Rules = [ ColumnNamesMatchPattern "(" ]', UsageError, "has no valid pattern"),
        ('Rules = [ ColumnValues "id" > NULL ]', UsageError, "compares by size with NULL"),
        ('Rules = [ CustomSql "select 1 as one" ]', UsageError, "at least one column that matches"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_words(frame, quality, ruleset, error, said):
    with pytest.raises(error, match=said):
        quality().process_rows(frame, ruleset)["rowLevelOutcomes"].count()


def test_rules_on_columns_cost_no_pass_and_others_one(frame, quality, monkeypatch):
    collected = []
    of = type(frame.toDF())
    original = of.collect
    monkeypatch.setattr(of, "collect", lambda self: collected.append(1) or original(self))
    quality().process_rows(frame, 'Rules = [ ColumnCount > 0, ColumnExists "id" ]')
    assert collected == []
    passing = [rule for rule, passed in RULES.items() if passed and "CustomSql" not in rule]
    once = [rule for rule in passing if "Unique" not in rule]
    quality().process_rows(frame, f"Rules = [ {', '.join(once)} ]")
    assert collected == [1]

"""The parser of DQDL: what AWS documents is taken, what is not DQDL is refused with its line."""

import ast
from datetime import timedelta
from decimal import Decimal

import pytest

from placekeeper.model.errors import UnsupportedFeature, UsageError
from placekeeper.runtime.quality.dqdl import parse_ruleset
from placekeeper.runtime.quality.dqdl import unsupported_rules as unsupported_in
from placekeeper.runtime.quality.rule_types import ELSEWHERE, RULE_TYPES
from placekeeper.runtime.quality.ruleset import Check, Combination, Condition, Keyword, Now
from placekeeper.runtime.quality.script_look import unsupported_rules


def one(rule: str) -> Check | Combination:
    (found,) = parse_ruleset(f"Rules = [ {rule} ]").rules
    return found


def condition(rule: str) -> Condition | None:
    check = one(rule)
    assert isinstance(check, Check)
    return check.condition


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ColumnCount > 0", Condition(">", (Decimal(0),))),
        ("RowCount between 1 and 10", Condition("between", (Decimal(1), Decimal(10)))),
        ('Completeness "a" = "1.0"', Condition("=", ("1.0",))),
        ('ColumnValues "a" >= -2.5e3', Condition(">=", (Decimal("-2500"),))),
        (
            'ColumnValues "a" not between "2022-01-01" and "2022-02-01"',
            Condition("not between", ("2022-01-01", "2022-02-01")),
        ),
        ('ColumnValues "a" in [ "US", NULL, empty, WHITESPACES_ONLY ]', Condition("in", ("US", *Keyword))),
        ('ColumnValues "a" not in [1,2,]', Condition("not in", (Decimal(1), Decimal(2)))),
        (r'ColumnValues "a" matches "\d{3}-\"x\""', Condition("matches", (r'\d{3}-"x"',))),
        ('ColumnValues "a" not matches "x"', Condition("not matches", ("x",))),
        ('ColumnValues "a" != NULL', Condition("!=", (Keyword.NULL,))),
        ('ColumnValues "d" > (now() - 3 days)', Condition(">", (Now(timedelta(days=-3)),))),
        ('ColumnValues "d" <= now() + 1 hour', Condition("<=", (Now(timedelta(hours=1)),))),
        ('ColumnValues "d" < now()', Condition("<", (Now(timedelta()),))),
        ('DataFreshness "d" <= 24 hours', Condition("<=", (Decimal(86_400),))),
        (
            'DataFreshness "d" between 1 day and 2 days',
            Condition("between", (Decimal(86_400), Decimal(172_800))),
        ),
        ('ColumnDataType "d" = "DECIMAL(5, 2)"', Condition("=", ("DECIMAL(5, 2)",))),
    ],
)
def test_conditions(rule: str, expected: Condition) -> None:
    assert condition(rule) == expected


def test_a_rule_with_all_its_parts() -> None:
    rule = one('ColumnValues "a b"  in ["x"]\n where "c > 1" with threshold between 0.2 and 0.9')
    threshold = Condition("between", (Decimal("0.2"), Decimal("0.9")))
    text = 'ColumnValues "a b" in ["x"] where "c > 1" with threshold between 0.2 and 0.9'
    assert rule == Check("ColumnValues", ("a b",), Condition("in", ("x",)), "c > 1", threshold, text)


def test_columns_without_quotes_and_several() -> None:
    assert one('IsPrimaryKey colA "col B"') == Check(
        "IsPrimaryKey", ("colA", "col B"), None, None, None, 'IsPrimaryKey colA "col B"'
    )


def test_rules_are_connected_in_brackets() -> None:
    rule = one('(RowCount > 0) or ((IsComplete "a") AND (IsUnique "a"))')
    assert isinstance(rule, Combination)
    assert rule.operator == "or"
    inner = rule.parts[1]
    assert isinstance(inner, Combination)
    assert (inner.operator, inner.text) == ("and", '(IsComplete "a") AND (IsUnique "a")')
    assert rule.text == '(RowCount > 0) or ((IsComplete "a") AND (IsUnique "a"))'


def test_a_document_with_everything() -> None:
    ruleset = parse_ruleset(
        """
        # Example rules: Completeness "colA" between 0.4 and 0.8, ColumnCount > 10
        mySql = "select count(*) from primary"
        DefaultLabels = ["team" = "a"]
        Rules = [
            CustomSql $mySql between 0 and 100, // the constant
            CustomSQL "select id from primary" with threshold > 0.5,
            (IsComplete "a") labels = ["criticality" = "high"],
        ]
        Analyzers = [ DistinctValuesCount "Name", AllStatistics ]
        """
    )
    assert [check.arguments for check in ruleset.rules] == [
        ("select count(*) from primary",),
        ("select id from primary",),
        ("a",),
    ]
    assert ruleset.analyzers == ("DistinctValuesCount", "AllStatistics")
    assert ruleset.has_labels


@pytest.mark.parametrize("name", ELSEWHERE)
def test_rules_that_are_not_there_are_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedFeature, match=f"the data quality rule {name} is not there yet"):
        parse_ruleset(f'Rules = [ ColumnCount > 0, {name} "a" > 0.5 ]')


def test_a_misspelt_rule_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        UnsupportedFeature, match="no data quality rule 'IsCompleted'; did you mean IsComplete"
    ):
        parse_ruleset('Rules = [ IsCompleted "a" ]')
    with pytest.raises(UnsupportedFeature, match=r"dynamic data quality rules \(avg"):
        parse_ruleset("Rules = [ RowCount > avg(last(3)) ]")


@pytest.mark.parametrize("condition", ['= "MONEY"', '> "DATE"', 'in ["DATE"]', '= "DECIMAL(40,1)"', "= 1"])
def test_a_type_that_no_value_is_tested_for_is_refused(condition: str) -> None:
    with pytest.raises(UnsupportedFeature, match="takes = or != and one of the types BOOLEAN, DATE"):
        parse_ruleset(f'Rules = [ ColumnDataType "a" {condition} ]')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"expected Rules = \[ … \], and found its end"),
        ("Rules = [ RowCount ]", "line 1: expected 'between' or"),
        ("Rules = [\n RowCount > \n]", "line 3: expected a number, a string or now"),
        ("Rules = [ IsComplete ]", "expected the column of IsComplete"),
        ("Rules = [ RowCount > 0 RowCount > 1 ]", "expected ']', and found 'RowCount'"),
        ("Rules = [ (RowCount > 0) and (RowCount > 1) or (RowCount > 2) ]", "brackets around rules"),
        ("Rules = [ CustomSql $nothing > 1 ]", "a constant that is defined before"),
        ("Rules = [ RowCount > 0; ]", "unexpected ';' in line 1"),
        ('Rules = [ DataFreshness "d" <= 24 ]', "expected 'seconds' or"),
        ("Rules = [ ColumnNamesMatchPattern ]", "expected the pattern of ColumnNamesMatchPattern"),
        ('Rules = [ ColumnCorrelation "a" > 0 ]', "expected the column of ColumnCorrelation"),
        ('Rules = [ ColumnValues "d" > now() - 3 moons ]', "a number and one of seconds"),
        ("Rules = [" + "(" * 80, "at most 50 brackets"),
    ],
)
def test_what_is_not_dqdl_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_ruleset(text)


def test_an_empty_list_is_a_ruleset() -> None:
    assert parse_ruleset("Rules = []").rules == ()


def test_all_rules_that_are_not_there_are_named_at_once() -> None:
    text = """Rules = [
        Entropy "b" > last() where "b in (1, 2)",
        (Entropy "a" between 1 and 2) and (IsComplete "a"),
        IsCompleted "a",
        RowCount > avg(last(3)),
        SchemaMatch "x" in [1, 2] with threshold between 0 and 1,
        IsUnique "a"
    ]"""
    assert [line for line, _ in unsupported_in(text)] == [2, 3, 4, 5, 6]
    with pytest.raises(UnsupportedFeature) as refused:
        parse_ruleset(text)
    for name in ("Entropy", "IsCompleted", "avg", "SchemaMatch"):
        assert name in str(refused.value)


SCRIPT = '''\
from awsgluedq.transforms import EvaluateDataQuality
DEFAULT = """
    Rules = [ ColumnCount > 0 ]
"""
own = """
    Rules = [
        IsComplete "a",
        ReferentialIntegrity "order_date" "b.{a}" = 1,
        Entropy "a" > 1
    ]
"""
later = "Rules = [ {} ]".format(rules)
made = f"Rules = [ Entropy {column} > 1 ]"
'''


def test_the_look_names_the_line_of_a_rule_that_is_not_there() -> None:
    [(line, fault), (next_line, _)] = unsupported_rules(ast.parse(SCRIPT))
    assert (line, next_line) == (8, 9)
    assert "ReferentialIntegrity is not there yet" in fault
    assert (
        unsupported_rules(
            ast.parse(SCRIPT.replace("ReferentialIntegrity", "ColumnCorrelation").replace("Entropy", "Mean"))
        )
        == ()
    )


def test_the_line_of_a_rule_is_that_of_its_first_word() -> None:
    assert [line for line, _ in unsupported_in('Rules = [\n  ColumnDataType "a" = "VARCHAR"\n]')] == [2]
    assert [line for line, _ in unsupported_in("Rules = [\n  RowCount > avg(\n last(3)\n)\n]")] == [2]


def test_each_type_has_how_it_is_measured() -> None:
    from placekeeper.runtime.quality.measures import _MEASURES

    assert _MEASURES.keys() == RULE_TYPES.keys()
    assert not RULE_TYPES.keys() & set(ELSEWHERE)

"""Predicates over partition keys."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.key_order import order_texts
from placekeeper.rules.catalog.narrowing import narrowing_of
from placekeeper.rules.catalog.partition_values import NULL_VALUE, value_of
from placekeeper.rules.catalog.predicates import folder_test, predicate_of
from predicate_cases import KEYS as MANY_KEYS
from predicate_cases import PREDICATES
from predicate_cases import ROWS as MANY_ROWS

KEYS = [("Year", "int"), ("region", "string"), ("day", "date")]
ROWS = [
    ("2025", "eu", "2025-12-31"),
    ("2026", "eu", "2026-01-31"),
    ("2026", "us-east", "2026-02-01"),
    ("2027", NULL_VALUE, "2027-01-01"),
]

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def chosen(text: str, rows: Sequence[Sequence[str]] = ROWS) -> list[int]:
    matches = predicate_of(text, KEYS)
    return [number for number, row in enumerate(rows) if matches(row)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("year = 2026", [1, 2]),
        ("YEAR == '2026'", [1, 2]),
        ("2026 <= year", [1, 2, 3]),
        ("year <> 2026", [0, 3]),
        ("year != 2026 and region = 'eu'", [0]),
        ("year > 2025 and year < 2027", [1, 2]),
        ("(year = 2025 or year = 2027) and not year = 2025", [3]),
        ("year between 2026 and 2027", [1, 2, 3]),
        ("year not between 2026 and 2027", [0]),
        ("year in (2025, '2027')", [0, 3]),
        ("region in ('eu')", [0, 1]),
        ("region not in ('eu')", [2]),
        ("region like 'us%'", [2]),
        ("region like '_u'", [0, 1]),
        ("(region) like 'us%' and ((year) = (2026))", [2]),
        ("region not like '%u%'", []),
        ("region is null", [3]),
        ("region is not null", [0, 1, 2]),
        ("region = 'eu' or year > 2026", [0, 1, 3]),
        ("not (region = 'eu' and year = 2025)", [1, 2, 3]),
        ("day >= date '2026-02-01'", [2, 3]),
        ("day < '2026-01-01'", [0]),
        ("year = -1", []),
        ("1 = 1 and year > 2025.5", [1, 2, 3]),
        ("'a' = 'b' or year = 2026.0", [1, 2]),
        ("region = '__HIVE_DEFAULT_PARTITION__'", [3]),
        ("region <> '__HIVE_DEFAULT_PARTITION__'", [0, 1, 2]),
        ("region in ('eu', '__HIVE_DEFAULT_PARTITION__')", [0, 1, 3]),
        (" and ".join(["year = 2026"] * 200), [1, 2]),
    ],
)
def test_what_a_predicate_means(text: str, expected: list[int]) -> None:
    assert chosen(text) == expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("100%", r"100\\%", True),
        ("1000", r"100\\%", False),
        ("a\nc", "a_c", True),
        ("a.c", "a.c", True),
        ("abc", "a.c", False),
        ("ab", "a%b", True),
        ("a", "a%a", False),
        ("aba", "a%a", True),
        ("abcbd", "%b%b%", True),
        ("abcd", "%b%b%", False),
        ("abab", "%ab%ab%ab", False),
        ("", "%%", True),
        ("a" * 60, "%a" * 30 + "%b", False),  # a backtracking matcher would not end
    ],
)
def test_like(value: str, pattern: str, expected: bool) -> None:
    assert predicate_of(f"t like '{pattern}'", [("t", "string")])([value]) is expected


def test_a_text_is_compared_with_a_number_as_a_number() -> None:
    assert [predicate_of("m >= 2", [("m", "string")])([value]) for value in ("02", "10", "x")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "year",
        "year =",
        "year = 'x'",
        "absent = 1",
        "year = region",
        "upper(region) = 'EU'",
        "region < '__HIVE_DEFAULT_PARTITION__'",
        "day > 20260101",
        "1 = 'x'",
        "year in (select 1)",
        "region rlike 'x'",
        "year between symmetric 2027 and 2025",
        "region like 'a%' escape 'a'",
        "year + 1 = 2026",
        "year = 2026; drop table t",
        "select 1",
        "year like '2%'",
        "day = 'tomorrow'",
        "(" * 2000 + "year = 1" + ")" * 2000,
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        predicate_of(text, KEYS)


def test_a_value_that_is_none_of_its_type_is_named() -> None:
    with pytest.raises(InvalidInputException, match="'x' is not of the type int"):
        chosen("year = 1", [("x", "eu", "2026-01-01")])


def test_a_value_that_cannot_be_read_counts_only_where_nothing_else_excludes_it() -> None:
    rows = [("x", "eu", "2026-01-01"), ("x", NULL_VALUE, "2026-01-01")]
    for text in ("year = 1 and region = 'us'", "region = 'us' and year = 1"):
        assert chosen(text, rows) == []
    with pytest.raises(InvalidInputException, match="'x' is not of the type int"):
        chosen("year = 1 and region = 'eu'", rows)


def test_only_the_keys_of_a_predicate_have_to_be_readable() -> None:
    assert chosen("region = 'eu'", [("x", "eu", "tomorrow")]) == [0]


@pytest.mark.parametrize(
    ("text", "type", "value"),
    [
        ("007", "int", 7),
        ("2026-1-2", "date", date(2026, 1, 2)),
        ("2026-01-01 05:00:00+05:00", "timestamp", datetime(2026, 1, 1)),
        ("2_026", "int", None),
        ("20260102", "date", None),
        ("2026-W01-1", "date", None),
    ],
)
def test_values(text: str, type: str, value: object) -> None:
    if value is not None:
        assert value_of(text, type) == value
        return
    with pytest.raises(ValueError, match=f"'{text}' is not of the type {type}"):
        value_of(text, type)


@pytest.mark.parametrize(("text", "expected"), PREDICATES)
def test_functions_mean_what_they_mean_in_spark(text: str, expected: list[int]) -> None:
    """tests/engine_contract/test_partition_predicates.py asks Spark."""
    matches = predicate_of(text, MANY_KEYS, now=NOW)
    assert [number for number, row in enumerate(MANY_ROWS) if matches(row)] == expected
    for number in expected:
        texts = order_texts(MANY_ROWS[number], [type for _, type in MANY_KEYS])
        for range in narrowing_of([text], MANY_KEYS, now=NOW):
            found = texts[range.place]
            assert found is not None
            assert range.among is None or found in range.among
            assert (range.low or "") <= found <= (range.high or "\U0010ffff")


def test_functions_are_no_part_of_an_expression_of_the_api() -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        predicate_of("year(day) = 2026", KEYS)


def test_functions_of_folders() -> None:
    wanted = folder_test(["to_date(concat(year, '-', month, '-01')) >= '2026-03-01'"])
    assert wanted({"Year": "2026", "month": "3"})
    assert not wanted({"year": "2026", "month": "02"})
    assert not wanted({"year": "2026"})
    with pytest.raises(InvalidInputException, match="needs the time of a run"):
        folder_test(["day = current_date"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "year == '2026' adn day='02'",
            "'adn' does not fit at character 16, in \"year == '2026' adn day='02'\"",
        ),
        ("year = ", "something is missing after '=' at character 6, in 'year = '"),
        ("year in ('1', '2'", "there is no ) after \"'2'\" at character 15, in "),
        ("region = 'eu", "a text in it has no quote at its end"),
        ("year = 1\n and month and and x", "at line 2, character "),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(InvalidInputException, match="is not understood: ") as error:
        predicate_of(text, KEYS)
    assert told in str(error.value)
    assert "sqlglot" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["n < 1e999999999", "1e999999999 > n", "n <> -1e999999999", "n in (5, 1e999999999)"]
)
@pytest.mark.parametrize("now", [None, NOW])
def test_a_number_with_a_large_exponent_is_never_written_out(text: str, now: datetime | None) -> None:
    keys = [("n", "int")]
    narrowing_of([text], keys, now=now)
    assert predicate_of(text, keys, now=now)(["5"])


@pytest.mark.parametrize("text", ["cast(n as int) = 5", "cast(n as string) = '5'", "int(n) = 5"])
def test_a_value_with_a_large_exponent_is_never_written_out(text: str) -> None:
    with pytest.raises(InvalidInputException, match="cannot be read"):
        predicate_of(text, [("n", "decimal(10,2)")], now=NOW)(["1e999999999"])


@pytest.mark.parametrize("moment", ["0001-01-01 00:00:00+05:00", "9999-12-31 23:59:59-05:00"])
def test_times_beyond_the_years_that_there_are(moment: str) -> None:
    keys = [("ts", "timestamp")]
    with pytest.raises(ValueError, match="is not of the type timestamp"):
        value_of(moment, "timestamp")
    for text in (f"ts < timestamp '{moment}'", f"ts = '{moment}'"):
        with pytest.raises(InvalidInputException, match="is not understood"):
            predicate_of(text, keys)
    with pytest.raises(InvalidInputException, match="cannot be read"):
        predicate_of("ts = '2026-01-01'", keys)([moment])
    with pytest.raises(InvalidInputException, match="cannot be read"):
        predicate_of("cast(t as timestamp) = '2026-01-01'", [("t", "string")], now=NOW)([moment])
    assert order_texts([moment], ["timestamp"])[0] is None


@pytest.mark.parametrize("text", ["2026_01", "\uff11", "\u0663", "1__0", "1_0.5", "0x10", "1e1_0"])
@pytest.mark.parametrize("type", ["int", "bigint", "decimal(10,2)", "double", "float", "date", "timestamp"])
def test_only_plain_digits_make_a_number(text: str, type: str) -> None:
    with pytest.raises(ValueError, match="is not of the type"):
        value_of(text, type)


@pytest.mark.parametrize(
    ("text", "type"), [("nan", "double"), ("-Infinity", "float"), ("+1e-3", "double"), (".5", "decimal(3,1)")]
)
def test_other_numbers_that_there_are(text: str, type: str) -> None:
    assert value_of(text, type) is not None


def test_a_text_that_is_no_number_of_sql_is_none_beside_a_number() -> None:
    for text in ("2026_01", "\uff12\uff10\uff12\uff16\uff10\uff11"):
        assert not predicate_of("b > 202512", [("b", "string")])([text])


@pytest.mark.parametrize("text", ["n = \uff11", "n = 1_0", "d > date '2026-01-01' + interval '1_0' days"])
def test_only_plain_digits_make_a_number_of_a_predicate(text: str) -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        predicate_of(text, [("n", "int"), ("d", "date")], now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "trim('0' FROM m) = '1'",
            "trim(m, '0') = '1'",
            "trim('0', m) = '1'",
            "trim(LEADING '0' FROM m) = '1'",
        ),
        *("ltrim('0', m) = '1'", "rtrim('0', m) = '1'", "btrim(m, '0') = '1'", "trim(BOTH FROM m) = '1'"),
        *("upper(m, 'x') = '1'", "to_date(m, 'yyyy', 'x') = d", "length(m, 1) = 2", "isnull(m, n)"),
        *("extract(day from d, 1) = 1", "d = current_date('Asia/Tokyo')", "d < current_timestamp(3)"),
        *("if(m = '1', 2, 3, 4) = 2", "case m when '1' then true end", "d = cast(m as date format 'yyyy')"),
        *("concat(distinct m) = '1'", "upper(m) over () = '1'", "upper(m) filter (where true) = '1'"),
        "d - interval '1' year to month > d",
    ],
)
def test_no_argument_is_dropped(text: str) -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        predicate_of(text, [("m", "string"), ("n", "int"), ("d", "date")], now=NOW)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("n = cast(2026.9 as int)", "2026", True),
        ("n = cast(2026.9 as int)", "2027", False),
        ("n = cast(2026 as int)", "2026", True),
        ("n = 2026L", "2026", True),
        ("n = cast(5 as decimal(3,2))", "5", True),
        ("n = cast(2026.9 as decimal)", "2027", True),
        ("n = -cast(2.9 as int)", "-2", True),
        ("n < 2026.5D", "2026", True),
    ],
)
def test_a_literal_is_cast(text: str, value: str, expected: bool) -> None:
    keys = [("n", "int")]
    assert predicate_of(text, keys, now=NOW)([value]) is expected
    for range in narrowing_of([text], keys, now=NOW):
        found = order_texts([value], ["int"])[0] or ""
        inside = range.among is None or found in range.among
        assert inside or not expected


@pytest.mark.parametrize(
    "text",
    [
        "n = cast(2026.9 as int)",
        "n = cast(300 as tinyint)",
        "n = cast(2026.9 as decimal)",
        "n = cast(1.1 as float)",
    ],
)
def test_a_cast_that_changes_a_literal_is_no_literal(text: str) -> None:
    with pytest.raises(InvalidInputException, match="is not understood"):
        predicate_of(text, [("n", "int")])
    assert not narrowing_of([text], [("n", "int")])


@pytest.mark.parametrize(
    ("type", "texts"),
    [
        (
            "timestamp",
            "latest,x,2026-02-30,2026-01-01 24:00:00,2026-01-01 10:00:00+19:00,123,20260105,2026-13-01",
        ),
        ("date", "latest,2026-02-30,20260105,123,2026-13,2026-01-05x,2026-,2026-001-01"),
        ("int", "1.5,1e2,x,99999999999,1_0,\uff11"),
        ("tinyint", "300"),
        ("bigint", "99999999999999999999"),
        ("boolean", "x,2,tru"),
        ("double", "x,1.5.1,1_0"),
        ("decimal(5,2)", "x,1d,1_0,100000,1e99999999999999999999"),
    ],
)
def test_a_tried_cast_is_null_where_it_is_in_spark(type: str, texts: str) -> None:
    matches = predicate_of(f"try_cast(k as {type}) is null", [("k", "string")], now=NOW)
    assert [text for text in texts.split(",") if not matches([text])] == []


@pytest.mark.parametrize(
    ("type", "texts"),
    [
        (
            "timestamp",
            "2026-01-01 10:30,2026-01,2026,2026-01-01 10,2026-01-01 10:30:00 UTC,10:30:00,T10,now",
        ),
        ("timestamp", "202601,0000-01-01,+2026-01-01,0001-01-01 00:00:00+05:00"),
        ("date", "202601,0000-01-01,+2026-01-01,-2026,today,epoch"),
        ("double", "1d,1F,nan,Infinity,-inf,0x1p3"),
    ],
)
def test_a_tried_cast_is_refused_where_spark_has_a_value_and_we_have_none(type: str, texts: str) -> None:
    matches = predicate_of(f"try_cast(k as {type}) is null", [("k", "string")], now=NOW)
    for text in texts.split(","):
        with pytest.raises(InvalidInputException, match="cannot be read"):
            matches([text])


@pytest.mark.parametrize("now", [None, NOW])
def test_a_text_beside_a_boolean_is_a_boolean(now: datetime | None) -> None:
    keys = [("active", "string")]
    for text in ("active = true", "true = active", "active <> false", "not active = false"):
        matches = predicate_of(text, keys, now=now)
        for value in ("true", "True", "TRUE", "t", "yes", "y", "1"):
            assert matches([value])
        assert not any(matches([value]) for value in ("false", "F", "no", "n", "0", NULL_VALUE))
        assert not narrowing_of([text], keys, now=now)
    assert predicate_of("active = 'true'", keys, now=now)(["true"])
    assert not predicate_of("active = 'true'", keys, now=now)(["TRUE"])


@pytest.mark.parametrize("now", [None, NOW])
def test_a_number_is_not_compared_with_a_boolean(now: datetime | None) -> None:
    for type in ("int", "date", "double"):
        with pytest.raises(InvalidInputException, match="is not understood"):
            predicate_of("k = true", [("k", type)], now=now)


MIXED_KEYS = [("m", "string"), ("i", "int"), ("dc", "decimal(6,2)"), ("db", "double"), ("d", "date")]
MIXED_KEYS += [("ts", "timestamp"), ("b", "boolean"), ("f", "float")]
MIXED_ROW = ("01", "1", "1.50", "1.5", "2026-01-05", "2026-01-05 00:00:00", "true", "1.5")


@pytest.mark.parametrize(
    "text",
    [
        *("m in (1, 2)", "m not in (1, 2)", "m in ('a', 1)", "m in (true)", "m in (date '2026-01-05')"),
        *("i in ('01')", "i not in ('01')", "i in (null, '01')", "i in (1.0, '2')", "i in (1, '2', '03')"),
        *("dc in ('1.5')", "dc not in ('1.50')", "db in ('1.5')", "f in ('1.5')", "b in ('true')"),
        *(
            "d in ('2026-1-5')",
            "d in ('2026-01-05', timestamp '2026-01-06 00:00:00')",
            "ts in ('2026-01-05')",
        ),
        *("substr(m, 1, 2) in (1)", "year(d) in ('02026')", "'01' in (i)", "i in (m)", "i + 1 in ('02')"),
        *("case when m in (1) then true else false end", "i = 1 and (d > '2026-01-01' or m in (1))"),
    ],
)
def test_a_list_of_other_types_is_refused_where_ansi_decides(text: str) -> None:
    with pytest.raises(InvalidInputException, match="not understood: by its ANSI setting Spark compares"):
        predicate_of(text, MIXED_KEYS, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            ("m in ('01', '2')", True),
            ("m not in ('1')", True),
            ("i in (1, '2')", True),
            ("i in ('1')", True),
        ),
        *(
            ("i in (1.0, 2)", True),
            ("dc in (1.5)", True),
            ("dc not in (1.5, 2)", False),
            ("f in (1.5)", True),
        ),
        *(("d in ('2026-01-05')", True), ("d in (date '2026-01-05')", True), ("b in (true)", True)),
        *(("ts in ('2026-01-05 00:00:00')", True), ("i in (1, null)", True), ("m in (null)", False)),
        *(("year(d) in ('2026')", True), ("m in ('01', '__HIVE_DEFAULT_PARTITION__')", True)),
        *(("i in (2, '__HIVE_DEFAULT_PARTITION__')", False), ("i in (1L)", True), ("db in (1, 1.5)", True)),
        *(("m in (cast('01' as string))", True), ("d in (ts)", True), ("cast(m as int) in (1)", True)),
    ],
)
def test_a_list_is_understood_where_ansi_says_nothing(text: str, expected: bool) -> None:
    assert predicate_of(text, MIXED_KEYS, now=NOW)(MIXED_ROW) is expected


def test_a_list_of_an_expression_of_the_api_may_have_several_types() -> None:
    for text in ("m in (1, 2)", "i in ('01')", "dc in ('1.5')", "d in ('2026-1-5')"):
        assert predicate_of(text, MIXED_KEYS)(MIXED_ROW)


@pytest.mark.parametrize("value", ["1.5", "x", "1e0", "2026_01"])
def test_a_text_that_spark_casts_by_its_settings_is_refused_beside_a_number(value: str) -> None:
    for text in ("s <= 1", "1 >= s", "s between 0 and 1", "s <> 10L"):
        with pytest.raises(InvalidInputException, match=f"'{value}' is no whole number"):
            predicate_of(text, [("s", "string")], now=NOW)([value])
    assert predicate_of("s <= 1.5", [("s", "string")], now=NOW)(["01.5"])


@pytest.mark.parametrize("now", [None, NOW])
@pytest.mark.parametrize("text", ["'a' < '{}'", "'{}' >= ''", "'a' between region and '{}'", "'{}' < '{}'"])
def test_null_has_no_order_among_literals(text: str, now: datetime | None) -> None:
    with pytest.raises(InvalidInputException, match="stands for null, which has no order"):
        predicate_of(text.replace("{}", NULL_VALUE), KEYS, now=now)


@pytest.mark.parametrize("text", ["(u < 2024) IS NULL", "u <> 2024", "if(u > 2024, false, true)", "u > 2024"])
def test_a_large_text_beside_an_int_is_refused(text: str) -> None:
    holds = predicate_of(text, [("u", "string")], now=NOW, computes=True)
    assert holds(["2025"]) == (text not in ("(u < 2024) IS NULL", "if(u > 2024, false, true)"))
    with pytest.raises(InvalidInputException, match="ANSI setting"):
        holds(["3000000000"])

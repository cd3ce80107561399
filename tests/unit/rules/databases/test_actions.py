"""Statements around the rows of a write: where one ends, and which are outside of the transaction."""

import pytest

from placekeeper.model.errors import UsageError
from placekeeper.rules.databases.actions import apart, refuse_locked, shown, statements, without_texts


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, ()),
        ("", ()),
        (" ; ; ", ()),
        ("a; b ;c", ("a", "b", "c")),
        (["a; b", " c "], ("a", "b", "c")),
        (["begin; a; commit"], ("a",)),
        (["create function f() begin a; end"], ("create function f() begin a; end",)),
        ("x 'it''s; '; y", ("x 'it''s; '", "y")),
        ('x "a;b"; y `c;d`', ('x "a;b"', "y `c;d`")),
        ("do $$ a; b; $$; c", ("do $$ a; b; $$", "c")),
        ("do $x$ a; $$ b; $x$; c", ("do $x$ a; $$ b; $x$", "c")),
        ("a -- one; two\n; b /* ; */", ("a -- one; two", "b /* ; */")),
        ("begin; a; b; end;", ("a", "b")),
        ("START  TRANSACTION; a; COMMIT work", ("a",)),
        ("-- nothing\n; a", ("a",)),
        ("(select 1)", ("(select 1)",)),
        ("begin atomic a", ("begin atomic a",)),
        ("a 'open; b", ("a 'open; b",)),
    ],
)
def test_statements(value: object, found: tuple[str, ...]) -> None:
    assert statements("preactions", value) == found


@pytest.mark.parametrize(
    ("product", "value", "found"),
    [
        ("mysql", r"a 'it\'s; x'; b", (r"a 'it\'s; x'", "b")),
        ("mysql", r'a "it\"s; x"; b', (r'a "it\"s; x"', "b")),
        ("mariadb", "a # it's; x\n; b", ("a # it's; x", "b")),
        ("mysql", "# no; thing\n; a", ("a",)),
        ("mysql", "/*! a */; b", ("/*! a */", "b")),
        ("mariadb", "/*M!100100 a */; b", ("/*M!100100 a */", "b")),
        ("mysql", "/* a /* b */; c", ("c",)),
        ("mysql", "a 1--1; b", ("a 1--1", "b")),
        ("postgresql", r"a E'it\'s; x'; b", (r"a E'it\'s; x'", "b")),
        ("postgresql", r"a E'\''; b", (r"a E'\''", "b")),
        ("postgresql", r"a 'c:\'; b", (r"a 'c:\'", "b")),
        ("postgresql", r"a date'\'; b", (r"a date'\'", "b")),
        ("postgresql", "/* a /* b */ ; c */ d; e", ("/* a /* b */ ; c */ d", "e")),
        ("postgresql", "a #> 'x'; b", ("a #> 'x'", "b")),
        ("postgresql", "a $1$2; b", ("a $1$2", "b")),
        (
            "postgresql",
            "create function f() begin atomic select case when 1 then 2 end; select 2; end; b",
            ("create function f() begin atomic select case when 1 then 2 end; select 2; end", "b"),
        ),
        ("sqlite", "create trigger t begin a; b; end; c", ("create trigger t begin a; b; end", "c")),
        ("mysql", ["create procedure p() begin a; b; end"], ("create procedure p() begin a; b; end",)),
    ],
)
def test_statements_end_as_their_product_has_it(product: str, value: object, found: tuple[str, ...]) -> None:
    assert statements("postactions", value, product) == found


def test_a_stored_program_of_mysql_is_given_as_a_list() -> None:
    with pytest.raises(UsageError, match=r"preactions has a stored program of MySQL.*give a list"):
        statements("preactions", "create procedure p() begin a; b; end; c", "mysql")


@pytest.mark.parametrize(
    "statement", ["/*! truncate t */", "# why\ntruncate t", "/* a /* b */ */ truncate t"]
)
def test_a_statement_behind_comments_is_known(statement: str) -> None:
    assert apart((statement,), (), ddl=True, truncate=True) == ((statement,), (), (), ())


@pytest.mark.parametrize(
    "value",
    [
        "a; rollback",
        ["SAVEPOINT x"],
        "/* no */ Rollback",
        "commit and chain",
        "END AND CHAIN",
        ["a; COMMIT AND NO CHAIN"],
        "start transaction read write",
        "begin isolation level serializable",
        "prepare transaction 'x'",
        "xa start 'x'",
        "set @@autocommit = 1",
        "set session sql_mode = '', AutoCommit = 1",
    ],
)
def test_what_would_undo_part_of_the_transaction_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="undone as a whole"):
        statements("postactions", value)


@pytest.mark.parametrize("value", [1, ["a", 2], {"a": "b"}])
def test_what_is_no_statement_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="postactions must be statements"):
        statements("postactions", value)


def test_statements_that_commit_by_themselves_come_outside() -> None:
    before = ("insert a", "TRUNCATE t", "insert b")
    after = ("insert c", "create temporary table x", "create table y", "insert d")
    assert apart(before, after, ddl=True, truncate=True) == (before[:2], before[2:], after[:2], after[2:])
    assert apart(before, after, ddl=False, truncate=True) == (before[:2], before[2:], after, ())
    assert apart(before, after, ddl=False, truncate=False) == ((), before, after, ())


@pytest.mark.parametrize(
    "statement", ["flush tables", "check table t", "call p()", "execute immediate 'x'", "lock tables t write"]
)
def test_what_is_not_known_to_stay_in_a_transaction_comes_outside(statement: str) -> None:
    assert apart((statement,), ("select 1",), ddl=True, truncate=True)[0] == (statement,)
    assert apart(("select 1",), (statement,), ddl=True, truncate=True)[3] == (statement,)


def test_a_statement_that_waits_for_the_run_itself_is_refused() -> None:
    refuse_locked(("TRUNCATE others", "DELETE FROM t"), ["t"])
    for read in ("t", "SELECT * FROM t WHERE x"):
        with pytest.raises(UsageError, match=r"`TRUNCATE TABLE T` would wait .* which reads t, "):
            refuse_locked(("select 1", "TRUNCATE TABLE T"), [read])


def test_long_statements_are_shown_short() -> None:
    assert shown("select\n  1") == "`select 1`"
    assert shown("x" * 200) == f"`{'x' * 77}…`"


def test_texts_in_statements_are_not_shown() -> None:
    statement = "CREATE ROLE a PASSWORD 'top''secret; x' $x$hidden$x$ BOGUS"
    assert shown(statement) == "`CREATE ROLE a PASSWORD '…' '…' BOGUS`"
    assert shown("SET PASSWORD = 'topsecret") == "`SET PASSWORD = '…'`"
    said = "syntax error at or near \"BOGUS\" LINE 1: CREATE ROLE a PASSWORD 'top''sec..."
    assert without_texts(said, statement) == 'syntax error at or near "BOGUS"'
    said = "check the manual near 'PASSWORD 'top''secret; x' BO' at line 1"
    assert without_texts(said, statement) == "check the manual at line 1"
    assert without_texts("wrong: top''secret; x", statement) == "wrong: …"

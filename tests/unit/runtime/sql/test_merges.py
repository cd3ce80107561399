"""MERGE INTO, UPDATE and DELETE FROM as they are written, and whose columns their expressions mean."""

import pytest
from pyspark.errors import AnalysisException

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood
from placekeeper.runtime.sql.merges import Clause, Deed, Rows, change_said
from placekeeper.runtime.sql.scopes import Scope, with_own_names

TABLE = Scope((("t",),), {"id": "T0", "a": "T1", "s": "T2"})
SOURCE = Scope((("s",), ("shop", "s")), {"id": "S0", "x": "S1", "b c": "S2"})
MERGE = "MERGE INTO shop.t USING v ON t.id = v.id"


def test_a_merge() -> None:
    said = change_said(
        Cursor(
            "merge into g.shop.t AS x using (select a.id from a join b on a.id = b.id) v\n"
            "ON x.id = v.id and case when v.on then 1 end = 1 -- why\n"
            "WHEN MATCHED AND CASE WHEN v.when THEN true ELSE false END THEN DELETE\n"
            "WHEN MATCHED THEN UPDATE SET x.a = f(v.a, 1), b = CASE WHEN v.b = ',' THEN 1 END\n"
            "WHEN NOT MATCHED BY TARGET THEN INSERT (id, `b c`) VALUES (v.id, (1 + 2) * 3)\n"
            "WHEN NOT MATCHED BY SOURCE THEN UPDATE SET a = a + 1;"
        )
    )
    assert said.source is not None
    assert (said.target, said.names, said.source.names) == (("g", "shop", "t"), (("x",),), (("v",),))
    assert said.source.text == "(select a.id from a join b on a.id = b.id) v"
    assert said.on == "x.id = v.id and case when v.on then 1 end = 1"
    assert said.clauses == (
        Clause(Rows.MATCHED, Deed.DELETE, "CASE WHEN v.when THEN true ELSE false END"),
        Clause(
            Rows.MATCHED,
            Deed.UPDATE,
            values=((("x", "a"), "f(v.a, 1)"), (("b",), "CASE WHEN v.b = ',' THEN 1 END")),
        ),
        Clause(Rows.OF_SOURCE, Deed.INSERT, values=((("id",), "v.id"), (("b c",), "(1 + 2) * 3"))),
        Clause(Rows.OF_TABLE, Deed.UPDATE, values=((("a",), "a + 1"),)),
    )


def test_update_and_delete() -> None:
    update = change_said(Cursor("UPDATE shop.t SET a = 1, b = c WHERE d = 3"))
    assert update.names == (("shop", "t"), ("t",))
    assert update.clauses == (Clause(Rows.MATCHED, Deed.UPDATE, "d = 3", ((("a",), "1"), (("b",), "c"))),)
    delete = change_said(Cursor("DELETE FROM shop.t u"))
    assert (delete.names, delete.clauses) == ((("u",),), (Clause(Rows.MATCHED, Deed.DELETE),))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (MERGE, "a clause WHEN … THEN … was expected"),
        (f"{MERGE} WHEN MATCHED THEN INSERT *", "UPDATE SET was expected"),
        (f"{MERGE} WHEN NOT MATCHED THEN DELETE", "INSERT was expected"),
        (f"{MERGE} WHEN NOT MATCHED BY SOURCE THEN UPDATE SET *", "a name was expected"),
        (f"{MERGE} WHEN MATCHED THEN DELETE WHEN MATCHED THEN DELETE", "only the last may omit"),
        (f"{MERGE} WHEN NOT MATCHED THEN INSERT (a, b) VALUES (1)", "names 2 columns, and has 1 values"),
        ("MERGE INTO shop.t USING v WHEN MATCHED THEN DELETE", "was expected"),
        ("UPDATE shop.t SET a = WHERE b", "a value was expected"),
        ("DELETE FROM shop.t WHERE", "a condition was expected"),
        ("DELETE FROM shop.t u v", "expected to end"),
    ],
)
def test_what_is_no_statement(sql: str, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said):
        change_said(Cursor(sql))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("t.id = s.id AND x > 1", "`T0` = `S0` AND `S1` > 1"),
        ("s.`b c` || shop.s.x", "`S2` || `S1`"),
        ("s.field", "`T2`.field"),  # a field of the table's column s
        ("t.a.b.c + a.q[0]", "`T1`.b.c + `T1`.q[0]"),
        ("transform(a, y -> y + S.X)", "transform(`T1`, y -> y + `S1`)"),
        ("coalesce(x, 'x', current_date)", "coalesce(`S1`, 'x', current_date)"),
    ],
)
def test_columns_get_their_own_names(text: str, made: str) -> None:
    assert with_own_names(text, (TABLE, SOURCE), "here") == made


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("id = 1", AnalysisException, "AMBIGUOUS_REFERENCE"),
        ("t.x = 1", AnalysisException, "UNRESOLVED_COLUMN"),
        ("nowhere", AnalysisException, "UNRESOLVED_COLUMN"),
        ("a IN (SELECT 1)", UnsupportedFeature, "a query within an expression"),
        ("exists(SELECT 1)", UnsupportedFeature, "a query within an expression"),
        ("a = max(x)", UnsupportedFeature, "functions over several rows"),
        ("row_number() OVER (ORDER BY a) = 1", UnsupportedFeature, "functions over several rows"),
        ("a = = 1", NotUnderstood, "here"),
        ("count(*) > 1", UnsupportedFeature, "functions over several rows"),
    ],
)
def test_expressions_that_are_refused(text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        with_own_names(text, (TABLE, SOURCE), "here")

"""JOIN … USING: each side's own key can be named, on Sail as on Spark."""

import pytest

from placekeeper.model.errors import UnsupportedFeature

pytestmark = pytest.mark.spark_tests(4)


@pytest.fixture
def spark(engine):
    session = engine.session
    views = {
        "t": ([(1, 7, "a"), (2, 8, "b"), (None, 9, "n")], "id int, k int, x string"),
        "u": ([(1, "p"), (3, "q")], "id int, y string"),
        "w": ([(7, "c"), (9, "d")], "k int, z string"),
    }
    for name, (rows, columns) in views.items():
        session.createDataFrame(rows, columns).createOrReplaceTempView(name)
    yield session
    for name in views:
        session.catalog.dropTempView(name)


LEFT = "SELECT t.id, count(*) n FROM t LEFT JOIN u USING (id)"

QUERIES = {
    "left": ("SELECT t.id, x, y FROM t LEFT JOIN u USING (id)", ["id", "x", "y"],
             [(1, "a", "p"), (2, "b", None), (None, "n", None)]),
    "other-side": ("SELECT u.ID, x FROM t LEFT JOIN u USING (id)", ["ID", "x"],
                   [(1, "a"), (None, "b"), (None, "n")]),
    "alias": ("SELECT a.id AS n, b.y FROM t AS a JOIN u b USING (id)", ["n", "y"], [(1, "p")]),
    "right": ("SELECT t.id, id k FROM t RIGHT JOIN u USING (id)", ["id", "k"], [(1, 1), (None, 3)]),
    "full": ("SELECT t.id l, u.id r, id FROM t FULL JOIN u USING (id)", ["l", "r", "id"],
             [(1, 1, 1), (2, None, 2), (None, 3, 3), (None, None, None)]),
    "clauses": (f"{LEFT} WHERE u.id IS NULL AND t.id > 0 GROUP BY t.id HAVING max(t.id) > 1 ORDER BY t.id",
                ["id", "n"], [(2, 1)]),
    "query": ("SELECT s.id, t.x FROM (SELECT id, y FROM u WHERE (id) IN (1, 3)) AS s JOIN t USING (id)",
              ["id", "x"], [(1, "a")]),
    "chain": ("SELECT t.id, w.k, t.k + 1 m, y, z FROM t LEFT JOIN u USING (id) LEFT JOIN w USING (k)",
              ["id", "k", "m", "y", "z"],
              [(1, 7, 8, "p", "c"), (2, None, 9, None, None), (None, 9, 10, None, "d")]),
    "within": ("WITH f AS (SELECT t.id, y FROM t JOIN u USING (id)) SELECT * FROM f JOIN u USING (id)",
               ["id", "y", "y"], [(1, "p", "p")]),
    "all": ("SELECT * FROM t JOIN u USING (id)", ["id", "k", "x", "y"], [(1, 7, "a", "p")]),
    "outputs": ("SELECT count(t.ID), sum(u.id) * 2, count(DISTINCT t.id) FROM t JOIN u USING (id)",
                ["count(ID)", "(sum(id) * 2)", "count(DISTINCT id)"], [(1, 2, 1)]),
    "output-signs": ("SELECT t.id+1,(u.id=1), cast(t.id AS INT), coalesce(t.id,u.id) FROM t JOIN u USING(id)",
                     ["(id + 1)", "(id = 1)", "id", "coalesce(id, id)"], [(2, True, 1, 1)]),
    "output-within": ("SELECT * FROM (SELECT count(u.id) FROM t JOIN u USING (id)) s", ["count(id)"], [(1,)]),
    "exists": ("SELECT x FROM t WHERE EXISTS (SELECT 1 FROM u JOIN t t2 USING (id) WHERE t2.id = t.id)",
               ["x"], [("a",)]),
    "exists-below": ("SELECT t.x FROM t JOIN u USING (id) WHERE EXISTS (SELECT 1 FROM w WHERE u.id+6 = w.k)",
                     ["x"], [("a",)]),
    "in": ("SELECT x FROM t WHERE id IN (SELECT coalesce(u.id, 0) FROM u JOIN t t2 USING (id))", ["x"],
           [("a",)]),
    "unnamed": ("SELECT id, t.x, '`t.id`' FROM t JOIN u USING (id) -- t.id", None, [(1, "a", "`t.id`")]),
}  # fmt: skip


@pytest.mark.parametrize("case", QUERIES)
def test_queries(spark, case):
    query, columns, rows = QUERIES[case]
    frame = spark.sql(query)
    assert columns in (None, frame.columns)
    assert sorted(map(tuple, frame.collect()), key=repr) == sorted(rows, key=repr)


def test_all_columns_of_a_side_are_refused(engine, spark):
    if engine.name != "sail":
        assert spark.sql("SELECT t.* FROM t JOIN u USING (id)").collect() == [(1, 7, "a")]
        return
    with pytest.raises(UnsupportedFeature, match=r"t\.\* in a query with JOIN … USING .*Name the columns"):
        spark.sql("SELECT t.* FROM t JOIN u USING (id)")


def test_a_cross_join_with_keys_is_refused(engine, spark):
    query = "SELECT t.id FROM t CROSS JOIN u USING (id)"
    if engine.name != "sail":
        assert spark.sql(query).collect() == [(1,)]
        return
    with pytest.raises(UnsupportedFeature, match=r"CROSS JOIN … USING is not .*on Sail: .*Write JOIN"):
        spark.sql(query)


def test_an_output_without_a_name_that_is_known_is_refused(engine, spark):
    query = "SELECT CASE WHEN t.id > 1 THEN 2 END FROM t JOIN u USING (id)"
    if engine.name != "sail":
        assert spark.sql(query).columns == ["CASE WHEN (id > 1) THEN 2 END"]
        return
    with pytest.raises(UnsupportedFeature, match=r"CASE WHEN .* has no name .*Write AS and a name behind it"):
        spark.sql(query)

"""Random queries over what a source gives: Sail answers them as if it had all columns made."""

import csv
import io
import json
import os
import random

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Window
from pyspark.sql import functions as sql

from placekeeper.runtime.engines.registry import installed

pytestmark = pytest.mark.skipif(not installed().sail, reason="the plans of Spark are not seen")

COUNT = int(os.environ.get("PLACEKEEPER_FUZZ", "0")) // 4 or 40
"""Queries of each kind of source."""

NAMES = ["id", "amount", "a.b", "Kind", "day", "two words"]
SEEKING = ("filtered", "sort")
"""Steps that find columns which an earlier step has dropped."""
NEW = ["id", "ID", "x", "amount", "kind", "a.b", "s", "n", "c1"]


def csv_frame(files):
    text = io.StringIO(newline="")
    rows = [[f"{n:02}", f"{n * 7 % 5}.5", f"t{n % 3}", f"k{n % 2}", f"d{n % 4}", f"w{n}"] for n in range(30)]
    csv.writer(text, lineterminator="\n").writerows([NAMES, *rows])
    files.put("a.csv", text.getvalue())
    files.put("b.csv", "id,amount,a.b,Kind,day\n70,7.5\n")
    return files.scan("csv", withHeader=True)


def json_frame(files):
    rows = [
        {"id": f"{n:02}", "amount": n * 7 % 5, "a.b": f"t{n % 3}", "Kind": f"k{n % 2}", "day": None}
        | ({"s": {"x": n, "id": f"i{n}"}} if n % 3 else {})
        | {"two words": n if n % 4 else "odd"}
        | ({"day": f"d{n % 4}"} if n % 5 else {})
        for n in range(30)
    ]
    files.put("a.json", "".join(json.dumps(row) + "\n" for row in rows))
    return files.scan("json")


class Query:
    """A random query. It is made anew of the same seed, so that both sides have the same."""

    def __init__(self, frame, seed):
        self.draw = random.Random(seed)
        self.first = self.frame = frame
        self.steps = []

    def made(self):
        for _ in range(self.draw.randint(1, 5)):
            step = self.draw.choice(STEPS)
            self.steps.append(step.__name__)
            step(self)
        return self.frame

    def names(self):
        return self.frame.columns or ["id"]

    def name(self):
        """Most often a column that is there; else one that an earlier step had."""
        if self.draw.random() < (0.5 if self.steps[-1] in SEEKING else 0.1):
            return quoted(self.draw.choice(self.first.columns))
        name = self.draw.choice(self.names())
        name = self.draw.choice([name, name, name.upper()])
        return (
            f"s.{self.draw.choice(['x', 'id'])}" if name == "s" and self.draw.random() < 0.5 else quoted(name)
        )

    def column(self):
        name = self.name()
        if self.draw.random() < 0.2:
            try:
                return self.draw.choice([self.first, self.frame])[name]
            except PySparkException:
                pass
        return sql.col(name)

    def value(self, depth=0):
        """An expression of one row, most often a text."""
        kind = self.draw.randrange(9 if depth < 2 else 2)
        if kind < 3:
            return self.column()
        if kind == 3:
            return sql.concat(self.text(depth), sql.lit("-"), self.text(depth))
        if kind == 4:
            return sql.when(self.condition(depth), self.text(depth)).otherwise(self.text(depth))
        if kind == 5:
            return sql.coalesce(self.text(depth), sql.lit("none"))
        if kind == 6:
            return sql.upper(self.text(depth))
        if kind == 7:
            return sql.expr(f"concat({self.name()}, 'x')")
        return sql.array_join(
            sql.transform(
                sql.array(self.text(depth)), lambda one: sql.concat(one, self.column().cast("string"))
            ),
            "+",
        )

    def text(self, depth=0):
        return self.value(depth + 1).cast("string")

    def condition(self, depth=0):
        kind = self.draw.randrange(5)
        if kind == 0:
            return self.column().isNotNull()
        if kind == 1:
            return self.text(depth).rlike("[0-4]")
        if kind == 2:
            return (self.text(depth) > "1") | self.column().isNull()
        if kind == 3:
            return ~self.text(depth).isin("k0", "d1", "t2")
        return sql.expr(f"{self.name()} IS NOT NULL")


def quoted(name):
    return f"`{name}`"


def select(query):
    columns = [
        query.value().alias(query.draw.choice(NEW)) if query.draw.random() < 0.5 else query.column()
        for _ in range(query.draw.randint(0 if query.draw.random() < 0.1 else 1, 4))
    ]
    if query.draw.random() < 0.1:
        columns.append(
            query.draw.choice([sql.explode(sql.array(sql.lit(1), sql.lit(2))).alias("x"), sql.col("*")])
        )
    query.frame = query.frame.select(*columns)


def select_expr(query):
    query.frame = query.frame.selectExpr(
        *(
            f"concat({query.name()}, 'e') AS `{query.draw.choice(NEW)}`"
            for _ in range(query.draw.randint(1, 3))
        )
    )


def with_column(query):
    query.frame = query.frame.withColumn(query.draw.choice([*NEW, *query.names()]), query.value())


def with_columns(query):
    names = query.draw.sample(NEW[2:], 2)
    query.frame = query.frame.withColumns({name: query.value() for name in names})


def with_window(query):
    window = Window.partitionBy(query.column()).orderBy(*map(quoted, query.names()))
    query.frame = query.frame.withColumn("n", sql.row_number().over(window))


def renamed(query):
    query.frame = query.frame.withColumnRenamed(query.draw.choice(query.names()), query.draw.choice(NEW))


def renamed_all(query):
    names = query.names()
    query.frame = query.frame.toDF(
        *query.draw.choice([names[::-1], names[1:] + names[:1], [f"c{n}" for n in range(len(names))]])
    )


def drop(query):
    query.frame = query.frame.drop(query.draw.choice(query.names()))


def filtered(query):
    query.frame = query.frame.filter(query.condition())


def sort(query):
    query.frame = query.frame.sort(
        query.draw.choice([query.column().desc(), query.column(), sql.lit(1)]), *map(quoted, query.names())
    )


def first_few(query):
    sort(query)
    query.frame = query.frame.limit(query.draw.randint(1, 9))


def sorted_and_dropped(query):
    by = query.draw.choice([sql.lit(query.draw.randint(1, 2)), query.column()])
    query.frame = query.frame.sort(by, *map(quoted, query.names())).limit(6).select(query.column())


def groups(query):
    keys = [query.column() for _ in range(query.draw.randint(0, 2))]
    values = [
        query.draw.choice([sql.max, sql.min, sql.count, sql.countDistinct])(query.text()).alias(
            query.draw.choice(NEW)
        )
        for _ in range(query.draw.randint(1, 2))
    ]
    query.frame = query.frame.groupBy(*keys).agg(*values)


def counts(query):
    query.frame = query.frame.groupBy(query.column()).count()


def grand(query):
    query.frame = query.frame.agg(sql.count("*").alias("n"), sql.max(query.text()).alias("x"))


def rolled_up(query):
    query.frame = query.frame.rollup(query.column(), query.column()).agg(sql.max(query.text()).alias("x"))


def aliased(query):
    query.frame = query.frame.alias("t")


def distinct(query):
    query.frame = query.frame.distinct()


def both(query):
    query.frame = query.frame.union(query.frame.select(*map(quoted, query.names()[::-1])))


def joined(query):
    name = query.draw.choice(query.names())
    query.frame = query.frame.join(query.frame.groupBy(quoted(name)).agg(sql.count("*").alias("m")), name)


def filled(query):
    query.frame = query.frame.na.fill("none")


def viewed(query):
    query.frame.createOrReplaceTempView("random_view")
    query.frame = query.frame.sparkSession.sql(f"SELECT {query.name()} AS v, * FROM random_view")


STEPS = [
    *[select, select, filtered, sort, groups, with_column, sorted_and_dropped] * 4,
    *(
        select_expr,
        with_columns,
        with_window,
        renamed,
        renamed_all,
        renamed_all,
        drop,
        first_few,
        counts,
        grand,
        rolled_up,
        aliased,
        distinct,
        both,
        joined,
        filled,
        viewed,
    ),
]


def answer(frame, seed):
    """The rows of a query in an order of their own, None if it fails; and its steps, or why it fails."""
    query = Query(frame, seed)
    try:
        made = query.made()
        if query.draw.random() < 0.2:
            return [made.count(), made.isEmpty()], query.steps
        table = made.toArrow()
    except PySparkException as error:
        return None, (str(error), query.steps)
    columns = [list(map(str, column.to_pylist())) for column in table.columns]
    return [table.schema.names, table.num_rows, sorted(zip(*columns, strict=True))], query.steps


@pytest.mark.parametrize("source", [csv_frame, json_frame])
def test_answers_are_those_of_all_columns(engine, files, monkeypatch, source):
    frame, answered = source(files).dataframe, 0
    for seed in range(COUNT):
        with monkeypatch.context() as patch:
            patch.setattr(engine._unused_columns, "leave_out", lambda *_: None)
            wanted, _ = answer(frame, seed)
        if wanted is not None:  # what fails may fail in another way
            answered += 1
            found, steps = answer(frame, seed)
            assert found == wanted, (seed, steps)
    assert answered > COUNT // 2  # else this would say little

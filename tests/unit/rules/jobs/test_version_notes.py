"""What a script does differently under another version of Glue, line by line."""

import ast

import pytest

from placekeeper.rules.jobs.version_notes import VERSION_DIFFERENCES, version_notes


def notes(source: str, version: str) -> tuple[tuple[int, str], ...]:
    return version_notes(ast.parse(source), version)


USES = {
    "cast": 'df.select(df.a.cast("int"))',
    "parsing-times": "spark.sql(\"SELECT to_date(a, 'yyyy') FROM t\")",
    "division": 'spark.sql("SELECT a / b FROM t")',
    "element-at": "df.select(F.element_at('a', 3))",
    "create-table": 'spark.sql("CREATE TABLE t AS SELECT 1")',
    "java-column": "from pyspark.sql.column import _to_java_column",
    "emrfs": 'conf.set("fs.s3.maxConnections", "100")',
    "removed-modules": "import distutils.util",
    "numpy-names": "np.NaN",
    "simplify-ddb-json": "frame.simplify_ddb_json()",
    "match-statement": "if (n := 10) > 5: print(n)",
}


@pytest.mark.parametrize("row", VERSION_DIFFERENCES, ids=lambda row: row.name)
def test_each_difference_is_found_on_its_line(row) -> None:
    [(line, sentence)] = notes(f"import sys\n\n{USES[row.name]}\n", "3.0")
    assert line == 3
    assert sentence.endswith(f": below Glue {row.since} {row.below}; from {row.since} on {row.then}")


@pytest.mark.parametrize("name", ["simplify-ddb-json", "match-statement"])
def test_what_a_version_has_is_not_named(name: str) -> None:
    assert notes(USES[name], "6.0") == ()


@pytest.mark.parametrize(
    "source",
    [
        "",
        "frame = ApplyMapping.apply(frame=f, mappings=[('a', 'int', 'b', 'int')])",
        "spark.sql('SELECT a, b FROM t WHERE a > 3')",
        "spark.sql('CREATE TABLE t USING parquet AS SELECT 1')",
        "from pyspark.sql.column import Column",
        "'s3://bucket/a/b'",
    ],
)
def test_what_is_alike_is_not_named(source: str) -> None:
    assert notes(source, "5.1") == ()


def test_notes_come_by_line_each_once() -> None:
    found = notes("a.cast('int').cast('int')\nb = [\n c.cast('int')]\n", "5.1")
    assert [line for line, _ in found] == [1, 3]

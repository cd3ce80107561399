"""Each difference is recognised by the look at the script or caught by a guard, and documented as a row."""

import ast

import pytest

from differences_table import HEADER, differences_table
from placekeeper.runtime.engines.differences import DIFFERENCES
from placekeeper.runtime.engines.recognition import Difference
from placekeeper.runtime.engines.script_scan import findings

BY_NAME = {row.name: row for row in DIFFERENCES}


def test_names_are_distinct() -> None:
    assert len(BY_NAME) == len(DIFFERENCES)


@pytest.mark.parametrize("name", BY_NAME)
def test_each_is_looked_for_or_guarded(name: str) -> None:
    row = BY_NAME[name]
    assert row.is_looked_for or row.is_guarded
    assert "Sail" in row.reason
    assert not row.reason.endswith(".")
    assert not row.instead.endswith(".")


@pytest.mark.parametrize("name", BY_NAME)
def test_the_look_finds_the_example_and_nothing_else_in_it(name: str) -> None:
    row = BY_NAME[name]
    found = findings(row.example)
    assert {finding.difference.name for finding in found} == ({name} if row.is_looked_for else set())


def _every_use(row: Difference) -> list[str]:
    """A line of a script for each name, pattern and setting that the look has of a row."""
    look = row.look
    functions = sorted(look.functions)
    settings = [
        (setting.name, value) for setting in look.settings for value in sorted(setting.values) or ["x"]
    ]
    return [
        *(f"x.{name}" for name in sorted(look.attributes)),
        *(f"{name}(x)" for name in sorted(look.calls)),
        *(f"from pyspark.sql.functions import {name}; {name}(x)" for name in functions),
        *(f"from pyspark.sql.functions import *; {name}(x)" for name in functions),
        *(f"from pyspark.sql import functions as fn; fn.{name}(x)" for name in functions),
        *(f"import pyspark.sql.functions as fn; fn.{name}(x)" for name in functions),
        *(f"sc.{name}(x)" for name in sorted(look.context_calls)),
        *(f"from {name} import x" for name in sorted(look.modules)),
        *(f"from pyspark.sql import {name}" for name in sorted(look.classes)),
        *(f"spark.read.option('{name}', '{value}')" for name, value in settings),
        *(f"spark.read.format('{name}').load('x')" for read in look.reads for name in sorted(read.formats)),
        *(f"df.write.format('{name}').save('x')" for write in look.writes for name in sorted(write.formats)),
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (row.name, line)
        for row in DIFFERENCES
        for line in _every_use(row)
        if row.name != "json-multiline"  # the option alone makes it, and the example has that
    ],
)
def test_the_look_finds_every_name_of_a_row(name: str, line: str) -> None:
    ast.parse(line)
    assert name in {finding.difference.name for finding in findings(line)}


def test_the_table_for_the_docs_has_a_row_for_each() -> None:
    lines = differences_table().splitlines()
    assert lines[: len(HEADER)] == list(HEADER)
    rows = lines[len(HEADER) :]
    assert len(rows) == len(DIFFERENCES)
    for row, line in zip(DIFFERENCES, rows, strict=True):
        assert line.count("|") == HEADER[0].count("|")
        assert line.startswith(f'| <a id="{row.name}"></a>`{row.example}`')
        assert row.reason in line.replace("`", "")

"""Each guard on a Sail session catches the example of its row."""

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import functions

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.differences import DIFFERENCES

GUARDED = {row.name: row for row in DIFFERENCES if row.is_guarded}


@pytest.fixture
def sail(engine: Engine) -> Engine:
    if engine.name != "sail":
        pytest.skip("Spark is what the guards send scripts to")
    return engine


@pytest.mark.parametrize("name", GUARDED)
def test_a_guard_catches_the_example(sail: Engine, name: str) -> None:
    row = GUARDED[name]
    script = {"spark": sail.session, "df": sail.session.range(1), "F": functions}
    if row.guard.missing_paths:
        with pytest.raises(AnalysisException, match="PATH_NOT_FOUND"):
            exec(row.example, script)
        return
    with pytest.raises(UnsupportedFeature, match="is not available on Sail: ") as raised:
        exec(row.example, script)
    said = str(raised.value)
    assert f": {row.reason}. " in said
    assert "--engine spark" in said
    assert row.instead in said


@pytest.mark.parametrize("name", [name for name, row in GUARDED.items() if row.guard.functions])
def test_guarded_functions_refuse(sail: Engine, name: str) -> None:
    del sail  # its guards are in place
    for function in GUARDED[name].guard.functions & set(dir(functions)):
        with pytest.raises(UnsupportedFeature, match=GUARDED[name].reason):
            getattr(functions, function)()


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("input-file-name", "SELECT input_file_name() FROM x"),
        ("approximations", "SELECT approx_percentile(x, 0.5) FROM x"),
        ("set-dynamic-overwrite", "SET spark.sql.sources.partitionOverwriteMode=dynamic"),
    ],
)
def test_guarded_statements_refuse(sail: Engine, name: str, statement: str) -> None:
    with pytest.raises(UnsupportedFeature, match=GUARDED[name].reason):
        sail.session.sql(statement)


def test_a_table_is_not_overwritten_while_the_session_says_dynamic(sail: Engine) -> None:
    spark = sail.session
    spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    try:
        for overwrite in (
            lambda: spark.sql("INSERT OVERWRITE TABLE t SELECT 1"),
            lambda: spark.range(1).write.insertInto("t", overwrite=True),
            lambda: spark.range(1).write.mode("overwrite").saveAsTable("t"),
        ):
            with pytest.raises(UnsupportedFeature, match=GUARDED["dynamic-overwrite"].reason):
                overwrite()
    finally:
        spark.conf.unset("spark.sql.sources.partitionOverwriteMode")

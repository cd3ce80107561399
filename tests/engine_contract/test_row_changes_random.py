"""Random MERGE statements over random tables do what the reference does (tests/merge_reference.py)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyspark.errors import AnalysisException

from lake_runs import LakeRuns, lake_runs
from merge_reference import Case, Row, Violation
from placekeeper.runtime.engines.base import Engine

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning:pyiceberg")]
SEEDS = 12
COLUMNS = pa.schema([("id", pa.int64()), ("v", pa.int32()), ("name", pa.string())])


@pytest.fixture
def runs(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LakeRuns]:
    with lake_runs(engine, monkeypatch, tmp_path) as made:
        yield made


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.spark_cases(2)
def test_iceberg(runs: LakeRuns, seed: int) -> None:
    keys = ("", "PARTITIONED BY (name)", "PARTITIONED BY (bucket(3, id), name)")[seed % 3]
    runs.do(f"CREATE TABLE shop.t (id BIGINT, v INT, name STRING) USING iceberg {keys}")
    _same(runs, Case.random(seed), counts_all=True)


@pytest.mark.parametrize("seed", range(SEEDS, SEEDS * 2))
@pytest.mark.spark_cases(2)
def test_delta(runs: LakeRuns, seed: int, tmp_path: Path) -> None:
    keys = (None, ["name"])[seed % 2]
    write_deltalake(str(tmp_path / "t"), COLUMNS.empty_table(), partition_by=keys)
    runs.do(f"CREATE TABLE shop.t USING delta LOCATION 'file://{tmp_path}/t'")
    _same(runs, Case.random(seed), counts_all=False)


def _same(runs: LakeRuns, case: Case, *, counts_all: bool) -> None:
    with runs.run() as spark:
        for rows in case.files:
            spark.createDataFrame(rows, "id bigint, v int, name string").select("id", "v", "name").writeTo(
                "shop.t"
            ).append()
    wanted = [row for file in case.files for row in file]
    is_violation = True
    with suppress(Violation):
        wanted = case.expected(counts_all=counts_all)
        is_violation = False
    if is_violation:
        with pytest.raises(AnalysisException, match="MERGE_CARDINALITY_VIOLATION"):
            _merge(runs, case)
    else:
        _merge(runs, case)
    with runs.run() as spark:
        found = [tuple(row) for row in spark.sql("SELECT id, v, name FROM shop.t").collect()]
    assert _sorted(found) == _sorted(wanted), case.sql


def _merge(runs: LakeRuns, case: Case) -> None:
    with runs.run() as spark:
        spark.createDataFrame(
            case.source, "id bigint, v int, name string, flag boolean"
        ).createOrReplaceTempView("v")
        spark.sql(case.sql)


def _sorted(rows: Sequence[Row]) -> list[Any]:
    return sorted(rows, key=str)

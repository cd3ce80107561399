"""There is one table of types, and everything that knows types by name agrees with it."""

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from placekeeper import runtime
from placekeeper.rules.catalog import partition_values
from placekeeper.runtime.types.fields import glue_name
from placekeeper.runtime.types.spark import from_spark, spark_type
from placekeeper.runtime.types.table import FROM_SPARK, GLUE_NAMES, INTEGRAL, LOCAL_TIMESTAMP, NAMED, TYPES


@pytest.mark.parametrize("row", TYPES, ids=lambda row: str(row.arrow))
def test_a_row_is_the_same_type_everywhere(row):
    assert glue_name(row.arrow) == row.glue
    assert spark_type(row.arrow) == row.spark
    assert from_spark(row.spark) == row.arrow
    assert all(NAMED[name] == row.arrow for name in row.names)


def test_no_name_has_two_meanings():
    names = [name for row in TYPES for name in row.names]
    assert len(names) == len(set(names))
    assert len({row.arrow for row in TYPES}) == len(TYPES)


def test_every_type_can_be_named_but_null_and_the_local_timestamp():
    unnamed = {row.arrow for row in TYPES if not row.names}
    assert unnamed == {pa.null(), LOCAL_TIMESTAMP}
    assert all(row.glue in row.names for row in TYPES if row.names)


def test_partition_keys_have_types_of_the_table():
    assert set(partition_values._PARSERS) <= set(NAMED)


def test_whole_numbers_go_from_narrow_to_wide():
    widths = [NAMED[name].bit_width for name in INTEGRAL]
    assert widths == sorted(widths) == [8, 16, 32, 64]


def test_glue_has_a_class_for_every_type(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(runtime.__file__).parent / "shim"))
    from awsglue import gluetypes

    assert set(GLUE_NAMES.values()) <= set(gluetypes._all_type_map)
    for name in [name for name in sys.modules if name.split(".")[0] == "awsglue"]:
        monkeypatch.delitem(sys.modules, name)


def test_every_class_of_spark_has_one_type():
    assert all(from_spark(kind()) == arrow for kind, arrow in FROM_SPARK.items() if _has_no_length(kind))


def _has_no_length(kind):
    return kind.__name__ not in ("CharType", "VarcharType")

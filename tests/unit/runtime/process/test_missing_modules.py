"""Imports of modules that only Spark has say what to do."""

import pytest

from placekeeper.runtime.process.studio_modules import StudioModules


def test_delta_tables_of_python() -> None:
    with pytest.raises(ModuleNotFoundError, match="--engine spark") as raised:
        StudioModules().find_spec("delta")
    assert raised.value.name == "delta"
    assert StudioModules().find_spec("deltalake") is None

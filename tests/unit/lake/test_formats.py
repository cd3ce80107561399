"""A lake format whose library is not installed says what to install."""

import sys

import pytest

from placekeeper.lake.formats import FORMATS, Lakes, load
from placekeeper.model.errors import MissingExtra
from placekeeper.model.publication import SnapshotAdded


def _uninstall(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    for name in list(sys.modules):
        is_ours = name.startswith("placekeeper.lake.") and name != "placekeeper.lake.formats"
        if name.partition(".")[0] == library or is_ours:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_reading_and_publishing_name_the_extra(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _uninstall(monkeypatch, FORMATS[format].library)
    with pytest.raises(MissingExtra, match=f"reading the table d.t needs the extra '{format}'"):
        load(format, "reading the table d.t")
    effect = SnapshotAdded(id="a", database="d", table="t", format=format, table_id="u", run_id="r", files=())
    with pytest.raises(MissingExtra, match=rf"publishing to the table d\.t \({format}\) needs the extra"):
        Lakes(None, None).added(effect, {})  # type: ignore[arg-type] - nobody comes that far

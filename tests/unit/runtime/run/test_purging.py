"""What is listed to be deleted: the objects in a folder, whatever characters its name has."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.run.purging import objects_under


def test_a_folder_of_an_overwrite_is_not_a_pattern(tmp_path: Path) -> None:
    for name in ("proj1", "proj[12]"):
        (tmp_path / name / "out").mkdir(parents=True)
        (tmp_path / name / "out" / "1.parquet").write_bytes(b"x")
    objects = ObjectStores(base=str(tmp_path / "proj[12]"))
    context = cast(Any, SimpleNamespace(objects=objects))
    folder = objects.normalise("out") + "/"
    assert [meta.path for meta in objects_under(context, [folder])] == [f"{folder}1.parquet"]

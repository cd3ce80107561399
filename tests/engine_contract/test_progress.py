"""What tasks read is counted where the run is followed, on every engine."""

from pathlib import Path
from typing import Any

import pytest

from placekeeper.launch.progress_file import ProgressFile, ProgressReader
from placekeeper.model.progress import Count, Stage
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.scan import scan


@pytest.mark.parametrize(("format_name", "row"), [("csv", b"1,2\n"), ("json", b'{"a": 1}\n')])
def test_every_object_and_row_is_counted_once(
    files: Any, tmp_path: Path, format_name: str, row: bytes
) -> None:
    for number in range(5):
        files.put(f"{number}.{format_name}", row * (number + 1))
    chosen, path = files.chosen(), tmp_path / "progress"
    rows, size = 15, sum(meta.size for meta in chosen)

    frame = scan(
        files.engine,
        files.objects,
        chosen,
        FORMATS.reader(format_name, {}),
        None,
        progress=ProgressFile(str(path)),
    )
    assert len(frame.dataframe.collect()) == rows

    counts: dict[Stage, Count] = {}
    for stage, more in ProgressReader(path).new():
        counts[stage] = counts.get(stage, Count()) + more
    assert counts == {
        Stage.TYPING: Count(done=5, total=5, size=size, total_size=size),
        Stage.READING: Count(done=5, total=5, size=size, total_size=size, rows=rows),
    }

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


def test_rows_of_a_source_are_counted_as_often_as_they_are_read(files: Any, tmp_path: Path) -> None:
    for number in range(3):
        files.put(f"{number}.csv", b"1,2\n" * 4)
    progress = ProgressFile(str(tmp_path / "progress"))

    frame = scan(
        files.engine,
        files.objects,
        files.chosen(),
        FORMATS.reader("csv", {}),
        None,
        progress=progress.of_source(1),
    )
    assert progress.reads() == {}  # nobody has evaluated it
    frame.dataframe.collect()
    assert progress.reads()[1].rows == 12
    frame.dataframe.collect()
    again = progress.reads()
    assert {source: found.rows for source, found in again.items()} == {1: 24}
    assert again[1].seconds > 0

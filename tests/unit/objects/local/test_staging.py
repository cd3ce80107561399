"""Local output that many tasks write into one folder at the same time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from placekeeper.objects.local.staging import LocalStagingFile

_TASKS, _FILES = 8, 50


def test_tasks_that_finish_do_not_take_the_folder_from_those_that_begin(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "day=1"

    def write(task: int) -> None:
        for number in range(_FILES):
            file = LocalStagingFile(f"file://{folder}/{task}-{number}.json", run_id="jr_1", immediate=True)
            file.write(b"{}\n")
            file.finish(rows=1)

    with ThreadPoolExecutor(_TASKS) as tasks:
        list(tasks.map(write, range(_TASKS)))
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{task}-{number}.json" for task in range(_TASKS) for number in range(_FILES)}

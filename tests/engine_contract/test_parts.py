"""A task gets its own part of the objects, and what is sent to it does not grow with the others."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pytest
from pyspark.serializers import CloudPickleSerializer

from placekeeper.launch.progress_file import ProgressFile
from placekeeper.model.objects import ObjectMeta
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.engines.base import Engine
from placekeeper.runtime.engines.parts import HandedOut, hand_out_by_rows
from placekeeper.runtime.formats.registry import FORMATS
from placekeeper.runtime.scan import cuts, scan
from placekeeper.runtime.scan.notices import Notices

COUNT = 7


class Spy:
    """The rows that are handed out; it takes the size of each function that is sent to tasks."""

    def __init__(self, rows: Any, sizes: list[int]) -> None:
        self._rows = rows
        self._sizes = sizes

    def mapInArrow(self, function: Any, schema: Any) -> Any:
        self._sizes.append(len(CloudPickleSerializer().dumps(function)))
        return self._rows.mapInArrow(function, schema)


class Watched:
    """An engine that tells the sizes of what is sent to tasks."""

    def __init__(self, engine: Engine) -> None:
        self.session, self.parallelism = engine.session, engine.parallelism
        self.sizes: list[int] = []
        self.handed_out = 0
        self._engine = engine

    def hand_out(self, parts: Iterable[bytes]) -> Any:
        self.handed_out += 1
        handed = self._engine.hand_out(parts)
        return HandedOut(Spy(handed.rows, self.sizes), handed.find)  # type: ignore[arg-type]

    def offer_columns(self, rows: Any, some: Any) -> None:
        pass


def read_parts(handed: HandedOut) -> list[str]:
    """The parts that each task has got."""
    find = handed.find

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parts = [part.to_pybytes().decode() for batch in batches for part in find(batch)]
        yield pa.record_batch({"parts": [",".join(parts)]})

    return sorted(row.parts for row in handed.rows.mapInArrow(run, "parts string").collect())


def test_each_part_is_in_one_task_alone(engine: Engine) -> None:
    handed = engine.hand_out(f"part {number}".encode() for number in range(COUNT))
    expected = [f"part {number}" for number in range(COUNT)]
    assert read_parts(handed) == expected
    assert read_parts(handed) == expected  # a DataFrame is evaluated as often as a script asks for it


def test_rows_bring_each_part_once(engine: Engine) -> None:
    handed = hand_out_by_rows(engine.session, [f"{number}".encode() for number in range(COUNT)])
    assert sorted(",".join(read_parts(handed)).split(",")) == [str(number) for number in range(COUNT)]
    assert len(CloudPickleSerializer().dumps(handed.find)) < 200


def test_rows_bring_each_part_to_a_task_of_its_own(engine: Engine) -> None:
    if engine.name != "spark":
        pytest.skip("on Sail tasks run on this machine, so that parts come by a file")
    handed = hand_out_by_rows(engine.session, [f"{number}".encode() for number in range(COUNT)])
    assert read_parts(handed) == [str(number) for number in range(COUNT)]


def test_a_retried_task_finds_the_same_part(engine: Engine) -> None:
    """An engine gives a retried or speculative task the same row, and a row has one part for ever."""
    handed = engine.hand_out(f"part {number}".encode() for number in range(COUNT))
    rows = pa.record_batch({"id": [5]})
    assert [part.to_pybytes() for part in handed.find(rows)] == [b"part 5"]
    engine.hand_out([b"of another read"])
    assert [part.to_pybytes() for part in handed.find(rows)] == [b"part 5"]
    assert read_parts(handed)[5] == "part 5"


@pytest.mark.parametrize(("format_name", "content"), [("csv", "a,b\n"), ("json", '{"a": 1}\n')])
def test_what_is_sent_does_not_grow_with_the_objects(
    engine: Engine, files: Any, tmp_path: Any, format_name: str, content: str
) -> None:
    """JSON sends a function that finds schemas, and both send one that reads."""
    few, many = (sent(engine, files, tmp_path, format_name, content, count) for count in (10, 10_000))
    assert len(few) == len(many)
    assert few == pytest.approx(many, abs=100)
    assert max(few) < 10_000


def sent(
    engine: Engine, files: Any, folder: Any, format_name: str, content: str, count: int
) -> Sequence[int]:
    """The sizes of what is sent to tasks, for a read of so many objects."""
    files.put(f"0.{format_name}", content)
    first = files.chosen()[0]
    watched = Watched(engine)
    scan(
        watched,  # type: ignore[arg-type]
        Same(first),
        [msgspec.structs.replace(first, path=f"{first.path}{number:05}") for number in range(count)],
        FORMATS.reader(format_name, {}),
        None,
        notices=Notices.below(folder),
        progress=ProgressFile(str(folder / "progress")),
    )
    return watched.sizes


def test_a_scan_hands_out_once(engine: Engine, files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose schema the driver finds, and that cuts large objects."""
    monkeypatch.setattr(cuts, "CUT_BYTES", 1)
    files.put("a.csv", "a,b\n" * 1000)
    files.put("a.json", '{"a": 1}\n')
    for format_name in ("csv", "json"):
        watched = Watched(engine)
        metas = [meta for meta in files.chosen() if meta.path.endswith(format_name)]
        scan(watched, files.objects, metas, FORMATS.reader(format_name, {}), None)  # type: ignore[arg-type]
        assert watched.handed_out == 1


class Same(ObjectStores):
    """A store whose objects all have the content of one."""

    def __init__(self, first: ObjectMeta) -> None:
        super().__init__()
        object.__setattr__(self, "first", first)

    def __reduce__(self) -> Any:
        return (Same, (self.first,))

    def open(self, object: ObjectMeta) -> AbstractContextManager[BinaryIO]:
        return super().open(self.first)

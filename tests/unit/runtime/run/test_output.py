"""The output of a run: effects become visible in the order of the manifest, kind after kind."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from placekeeper.model.errors import PublishFailed
from placekeeper.model.exchange import Reverted
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.publication import ObjectsPurged, StagedFile, SuccessMarked
from placekeeper.ports.effects import Effects
from placekeeper.runtime.run.output import Output


class Partition(msgspec.Struct, frozen=True, kw_only=True, tag_field="effect", tag="partition"):
    """A toy kind."""

    name: str


class Kind:
    """Remembers what it was asked for, in one list for all kinds."""

    def __init__(self, calls: list[Any]) -> None:
        self.calls = calls
        self.failure: Exception | None = None

    def publish(self, effect: Any) -> None:
        if self.failure is not None:
            raise self.failure
        self.calls.append(effect)

    def take_back(self, effect: Any) -> None:
        self.calls.append(("taken back", effect))


class Client:
    """The server of the run."""

    def __init__(self, calls: list[Any]) -> None:
        self.calls = calls

    def published(self, ordinal: int) -> None:
        self.calls.append("published")

    def replaced(self, folders: list[str]) -> None:
        self.calls.append(("replaced", folders))

    def publish_failed(self, error: str, ordinal: int) -> Reverted:
        self.calls.append("publish failed")
        return Reverted(version=3)


def file(name: str, *, staged: bool = True) -> StagedFile:
    path = f"file:///out/{name}"
    return StagedFile(path=path, size=1, rows=1, staged=f"{path}.staged" if staged else None)


@pytest.fixture
def world() -> tuple[Output, list[Any], Kind]:
    calls: list[Any] = []
    files, partitions = Kind(calls), Kind(calls)
    effects = Effects({StagedFile: files, Partition: partitions})  # type: ignore[dict-item]
    client: Any = Client(calls)
    output = Output("jr_1", files, effects, client, calls.append)  # type: ignore[arg-type]
    return output, calls, partitions


def test_all_files_are_visible_before_what_names_them(world: tuple[Output, list[Any], Kind]) -> None:
    output, calls, _ = world
    files = [file(f"{n}") for n in range(9)]
    partition: Any = Partition(name="p=1")
    output.add("file:///out/", "sink", (*files, partition))
    assert [(sink.files, sink.rows, sink.bytes) for sink in output.sinks] == [(9, 9, 9)]
    assert output.manifest == (*files, partition)
    assert output.publish(lambda _: None)
    assert set(calls[: calls.index(partition)]) >= set(files)
    assert calls[calls.index(partition) :] == [
        partition,
        "publish.all-visible",
        "published",
        "publish.settled",
    ]
    points = [call for call in calls if isinstance(call, str) and call.startswith("publish.")]
    assert points[:3] == ["publish.before-first", "publish.after-first", "publish.half"]
    assert output.manifest == ()


def test_what_cannot_succeed_is_taken_back_by_the_server(world: tuple[Output, list[Any], Kind]) -> None:
    output, calls, partitions = world
    partition: Any = Partition(name="p=1")
    output.add("file:///out/", "sink", (file("a"), partition))
    partitions.failure = PublishFailed("the table is gone")
    with pytest.raises(PublishFailed, match=r"the table is gone.*back to the state before \(version 3\)"):
        output.publish(lambda _: None)
    assert "publish failed" in calls
    assert "published" not in calls


def test_what_is_visible_already_waits_for_nothing(world: tuple[Output, list[Any], Kind]) -> None:
    output, _, _ = world
    output.add("file:///out/", "sink", [file("a", staged=False)])
    assert output.manifest == ()
    assert [sink.files for sink in output.sinks] == [1]
    assert not output.hides("file:///out/")


def test_an_effect_that_comes_after_the_decision_is_done_at_once(
    world: tuple[Output, list[Any], Kind],
) -> None:
    output, calls, _ = world
    assert output.publish(lambda _: None)
    partition: Any = Partition(name="p=1")
    output.add("file:///out/", "sink", (file("a", staged=False), partition))
    assert calls == [partition]
    assert output.manifest == ()


def test_a_batch_is_published_when_it_ends_and_nothing_else(world: tuple[Output, list[Any], Kind]) -> None:
    output, calls, _ = world
    output.add("file:///out/", "", (file("before"),))
    for name in ("one", "two"):
        with output.batch():
            output.add("file:///out/", "", (file(name),))
            assert output.hides(f"file:///out/{name}")
            assert file(name) not in calls
        assert calls[-1] == file(name)
    assert output.manifest == (file("before"),)
    assert [(sink.rows, sink.of_batches) for sink in output.sinks] == [(1, False), (2, True)]
    assert output.written == 3


def test_what_is_overwritten_is_told_when_it_is_visible(world: tuple[Output, list[Any], Kind]) -> None:
    output, calls, _ = world
    output.finish([], at_once=True, overwritten=["now/"])
    output.finish([], at_once=False, overwritten=["later/"])
    output.finish([], at_once=True, overwritten=["later/"])

    def fail() -> None:
        output.finish([], at_once=False, overwritten=["failed/"])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), output.batch():
        fail()
    for name in ("one/", "failed/"):
        with output.batch():
            output.finish([], at_once=False, overwritten=[name, "later/"])
    assert calls == [("replaced", [name]) for name in ("now/", "one/", "failed/")]


def test_what_a_batch_wrote_is_taken_back_when_it_fails(world: tuple[Output, list[Any], Kind]) -> None:
    output, calls, _ = world
    output.add("file:///out/", "", (file("before"),))

    def work() -> None:
        output.add("file:///out/", "", (file("one"), file("two")))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), output.batch():
        work()
    assert calls == [("taken back", file("two")), ("taken back", file("one"))]
    assert output.manifest == (file("before"),)
    assert [sink.rows for sink in output.sinks] == [1]


def test_a_batch_that_cannot_be_published_whole_is_taken_back(
    world: tuple[Output, list[Any], Kind],
) -> None:
    output, calls, partitions = world
    partitions.failure = PublishFailed("no")
    with pytest.raises(PublishFailed), output.batch():
        output.add("file:///out/", "", (file("one"), Partition(name="p")))  # type: ignore[arg-type]
    assert calls == [file("one"), ("taken back", Partition(name="p")), ("taken back", file("one"))]


def test_a_batch_whose_old_objects_stay_keeps_its_new_ones() -> None:
    calls: list[Any] = []
    kind, broken = Kind(calls), Kind(calls)
    broken.failure = OSError("the store is away")
    output = Output(
        "jr_1",
        kind,  # type: ignore[arg-type]
        Effects({StagedFile: kind, ObjectsPurged: broken}),
        Client(calls),  # type: ignore[arg-type]
        calls.append,
    )
    old = ObjectMeta(path="file:///out/old", last_modified_ms=0, size=1)

    def work() -> None:
        output.add("file:///out/", "", (file("new"),))
        output.finish([ObjectsPurged(objects=(old,))], at_once=False)

    with pytest.raises(PublishFailed, match=r"is visible, and not all .*: the store is away"), output.batch():
        work()
    assert [call for call in calls if isinstance(call, tuple)] == []
    assert file("new") in calls
    assert output.manifest == ()


def test_what_cannot_be_taken_back_does_not_wait_for_the_commit(
    world: tuple[Output, list[Any], Kind],
) -> None:
    output, _, partitions = world
    partitions.take_back = _fail  # type: ignore[method-assign]

    def work() -> None:
        output.add("file:///out/", "", (Partition(name="p"),))  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(OSError, match="the store is away"), output.batch():
        work()
    assert output.manifest == ()


def _fail(_effect: object) -> None:
    raise OSError("the store is away")


def test_what_a_batch_overwrites_and_writes_is_published_whole(
    world: tuple[Output, list[Any], Kind],
) -> None:
    output, calls, _ = world
    for number in range(50):
        output.add("file:///out/", "", (file(f"before/{number}"),))
    with output.batch():
        output.withdraw(["file:///out/before/"])
        for number in range(50):
            output.add("file:///out/", "", (file(f"new/{number}"),))
    assert [file(f"new/{number}") for number in range(50)] == [call for call in calls if call in calls[-50:]]
    assert output.manifest == ()


def test_threads_that_write_and_overwrite_lose_no_file(world: tuple[Output, list[Any], Kind]) -> None:
    output, _, _ = world
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work(thread: int) -> None:
        for number in range(50):
            output.withdraw([f"file:///out/none{thread}/"])
            output.add("file:///out/", "", (file(f"{thread}/{number}"),))

    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(work, range(8)))
    finally:
        sys.setswitchinterval(before)
    assert len(output.manifest) == 8 * 50
    assert output.written == 8 * 50


def test_deletions_come_after_files_and_the_mark_comes_last() -> None:
    calls: list[Any] = []
    kind = Kind(calls)
    effects = Effects({StagedFile: kind, ObjectsPurged: kind, SuccessMarked: kind})
    output = Output("jr_1", kind, effects, Client(calls), calls.append)  # type: ignore[arg-type]
    old = ObjectMeta(path="file:///out/old", last_modified_ms=0, size=1)
    purge, mark = ObjectsPurged(objects=(old,)), SuccessMarked(path="file:///out/_SUCCESS")
    output.finish([purge, mark], at_once=False)
    output.finish([mark], at_once=False)
    output.add("file:///out/", "", (file("a"),))
    assert output.manifest == (file("a"), purge, mark)
    assert output.deleted == {"file:///out/old"}
    assert output.hides("file:///out/old")
    output.publish(lambda _note: None)
    assert [call for call in calls if not isinstance(call, str)] == [file("a"), purge, mark]


def test_what_is_overwritten_in_the_same_run_is_withdrawn() -> None:
    calls: list[Any] = []
    kind = Kind(calls)
    output = Output("jr_1", kind, Effects({StagedFile: kind}), Client(calls), calls.append)  # type: ignore[arg-type]
    output.add("file:///out/", "", (file("a/1"), file("b/1")))
    output.withdraw(["file:///out/a/"])
    assert calls == [("taken back", file("a/1"))]
    assert output.manifest == (file("b/1"),)
    output.withdraw([])
    assert (output.stages("file:///out/b/"), output.stages("file:///out/a/")) == (True, False)

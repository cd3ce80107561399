"""Objects are cut into tasks by bytes."""

from hypothesis import given
from hypothesis import strategies as st

from placekeeper.model.objects import ObjectMeta, ObjectMetas
from placekeeper.runtime.scan.bins import OPEN_BYTES, TASK_BYTES, TASKS_AT_ONCE, openings_of
from placekeeper.runtime.scan.bins import bins as bins_of_costs
from placekeeper.runtime.scan.bins import groups as groups_of_objects


def bins(chosen, *, parallelism):
    metas = ObjectMetas.of(chosen)
    costs = openings_of(metas) + metas.column("size").to_numpy()
    places = bins_of_costs(costs, parallelism=parallelism)
    return tuple(tuple(chosen[place] for place in some) for some in places)


def groups(chosen, *, size, parallelism):
    places = groups_of_objects(ObjectMetas.of(chosen), size=size, parallelism=parallelism)
    return tuple(tuple(chosen[place] for place in some) for some in places)


def objects(sizes):
    return [ObjectMeta(path=f"s3://b/{n:05}", last_modified_ms=0, size=size) for n, size in enumerate(sizes)]


@given(st.lists(st.integers(0, 10**9), max_size=60), st.integers(1, 16))
def test_every_object_once_and_evenly(sizes, parallelism):
    chosen = objects(sizes)
    parts = bins(chosen, parallelism=parallelism)
    assert sorted(meta.path for part in parts for meta in part) == [meta.path for meta in chosen]
    assert all(parts)
    assert len(parts) >= min(parallelism, len(chosen))
    assert all(list(part) == sorted(part, key=lambda meta: meta.path) for part in parts)
    loads = [sum(meta.size + OPEN_BYTES for meta in part) for part in parts]
    largest = max((size + OPEN_BYTES for size in sizes), default=0)
    assert max(loads, default=0) - min(loads, default=0) <= largest


def test_about_one_task_per_64_mb():
    parts = bins(objects([TASK_BYTES // 8] * 800), parallelism=4)
    assert 100 <= len(parts) <= 116


def test_tasks_that_run_at_once_have_the_same_to_do():
    parts = bins(objects([5 * TASK_BYTES // 8] * 4), parallelism=2)
    assert [len(part) for part in parts] == [1] * 4  # and not three tasks, of which one has two objects


def test_very_many_tiny_objects_are_not_very_many_tasks():
    parts = bins(objects([20] * 20_000), parallelism=2)
    assert len(parts) == 2 * TASKS_AT_ONCE


def test_local_files_are_tasks_by_their_bytes_for_none_waits_for_a_store():
    local = [ObjectMeta(path=f"file:///in/{n:05}", last_modified_ms=0, size=20) for n in range(20_000)]
    assert len(bins(local, parallelism=2)) == 2
    assert len(bins([*local, *objects([20] * 20_000)], parallelism=2)) == 2 * TASKS_AT_ONCE


def test_nothing_to_read_is_no_task():
    assert bins([], parallelism=4) == ()


def test_groups_are_of_one_folder_and_of_a_size() -> None:
    chosen = [
        ObjectMeta(path=path, last_modified_ms=1, size=size)
        for path, size in (
            ("s3://b/d=1/a", 4),
            ("s3://b/d=1/b", 6),
            ("s3://b/d=1/c", 1),
            ("s3://b/d=2/a", 99),
        )
    ]

    found = [[meta.path[-5:] for meta in part] for part in groups(chosen, size=10, parallelism=2)]

    assert found == [["d=1/a", "d=1/b"], ["d=1/c"], ["d=2/a"]]
    assert len(groups(chosen[:3], size=None, parallelism=1)) == 1
    assert groups([], size=None, parallelism=2) == ()

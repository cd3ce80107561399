"""Looking into the files of a target: each, or a sample of each folder."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from placekeeper.model.crawling import Classifier
from placekeeper.model.objects import ObjectMeta
from placekeeper.ports.objects import Objects
from placekeeper.rules.crawling.csv_files import named
from placekeeper.rules.crawling.headers import HEADER, with_headers_of_others
from placekeeper.rules.crawling.shapes import SeenFile, Shape
from placekeeper.runtime.crawling.classifying import Looked, look_into

_AT_ONCE: Final = 8
_MOST_NAMED: Final = 20


class Seen(Struct, frozen=True):
    """Files with what is known of them, and the paths of those that were not recognised."""

    files: list[SeenFile]
    bad: list[str]


def looked_into(
    objects: Objects,
    folders: Mapping[str, Sequence[ObjectMeta]],
    classifiers: Sequence[Classifier],
    *,
    sample: int | None,
    say: Callable[[str], None],
) -> Seen:
    """The files of some folders. Those that no classifier recognises are named, and left out."""
    chosen = [meta for metas in folders.values() for meta in (metas[:sample] if sample else metas)]
    rest = [meta for metas in folders.values() for meta in (metas[sample:] if sample else ())]
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look")
    try:
        found = list(pool.map(lambda meta: look_into(objects, meta, classifiers), chosen))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # a crawl that is stopped waits for none
    shapes = [looked.shape for looked in found if looked.shape is not None]
    seen: list[SeenFile] = []
    bad: list[str] = []
    for meta, looked in zip(chosen, found, strict=True):
        shape = looked.shape or _empty_csv(looked, shapes)
        if shape is not None:
            seen.append(_file(meta, shape))
            continue
        bad.append(meta.path)
        if len(bad) <= _MOST_NAMED:
            say(f"{meta.path}: skipped: {looked.why_not}")
    if len(bad) > _MOST_NAMED:
        say(f"{len(bad) - _MOST_NAMED:,} more files were skipped in the same way")
    if rest:
        say(f"{len(rest):,} files were not looked into: SampleSize is {sample}")
    return Seen([*with_headers_of_others(seen), *(_file(meta, None) for meta in rest)], bad)


def _file(meta: ObjectMeta, shape: Shape | None) -> SeenFile:
    return SeenFile(path=meta.path, size=meta.size, modified_ms=meta.last_modified_ms, shape=shape)


def _empty_csv(looked: Looked, shapes: Sequence[Shape]) -> Shape | None:
    """A file that is just the header of another one: a CSV file without rows."""
    if not looked.lone:
        return None
    like = next((one for one in shapes if one.form.detail(HEADER) and one.first == looked.lone), None)
    if like is None:
        return None
    return replace(like, columns=tuple(zip(named(like.first), like.below, strict=True)), records=0)

"""Natively read objects of a run, which are looked at again before its commit decides.

The scan checks an object when it opens it. An engine's own reader does not, and reads late: what it has read
is what was listed only if the objects are still the same afterwards.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from placekeeper.model.errors import ObjectChanged
from placekeeper.model.objects import ObjectMeta, object_rows
from placekeeper.model.wording import counted
from placekeeper.ports.objects import Objects
from placekeeper.runtime.formats.shared.footers import DescribesFooters
from placekeeper.runtime.scan.bins import is_local
from placekeeper.runtime.scan.looks import looks

OPTION: Final = "--native-reading never"
_ADVICE: Final = (
    " The engine's own reader reads this source, so its objects must stay as they are until the run commits."
    " If the script itself deletes, moves or overwrites them before that, say "
    f"{OPTION}, or nativeReading 'never' for the source: then each object is checked while it is read."
)
_THREADS: Final = 16
_LISTED_FOR_ONE: Final = 100
"""Objects that a store lists in the time of one look at an object."""


@dataclass(frozen=True)
class NativeRead:
    """Objects as they were listed below `paths`, and how many the listing had.

    `reader` is there where pages have checksums at which the engine does not look.
    """

    objects: Objects
    metas: Sequence[ObjectMeta]
    paths: Sequence[str]
    recurse: bool
    listed: int
    reader: DescribesFooters | None = None


@dataclass
class NativeReads:
    """The native reads of a run that its next commit looks at.

    A read belongs to the job that was initialised when it was made. When that job's commit has decided and
    the next one is initialised, nobody looks at the read any more.
    """

    _reads: list[NativeRead] = field(default_factory=list)
    _checked: int = 0
    _decided: int = 0
    _lock: Lock = field(default_factory=Lock)

    def add(self, read: NativeRead) -> None:
        """The run reads this."""
        with self._lock:
            self._reads.append(read)

    def lost_rows(self, read: NativeRead, known: int, found: int) -> ObjectChanged:
        """The error of a read that has brought `found` rows, where the footers say `known`."""
        said = f"it had {counted(known, 'row')}, and the engine has read {found:,}"
        is_committed = not any(one is read for one in self._reads[self._decided :])
        return ObjectChanged(", ".join(read.paths), said, "" if is_committed else _ADVICE, is_committed)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._reads)

    def keep(self, count: int) -> None:
        """Forget all but the first ones: nobody uses what the others have read any more."""
        with self._lock:
            del self._reads[count:]
            self._checked = min(self._checked, count)
            self._decided = min(self._decided, count)

    def decide(self) -> None:
        """A commit has decided about all that there are: they were what was listed."""
        self._decided = len(self._reads)

    def begin_next(self) -> None:
        """Another job is initialised: forget what a commit has decided about."""
        with self._lock:
            del self._reads[: self._decided]
            self._checked = max(0, self._checked - self._decided)
            self._decided = 0

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all objects."""
        return frozenset(meta.path for read in self._reads for meta in read.metas)

    def look(self) -> None:
        """Raise ObjectChanged unless all objects are what was listed.

        Raises RecordUnreadable for a page that has another checksum than it should have; pages are looked at
        once. Raises ListingFailed and OSError when a store does not answer.
        """
        for number, read in enumerate(self._reads):
            for meta, now in _now(read):
                _compare(meta, now, is_committed=number < self._decided)
        for number, read in enumerate(self._reads[self._checked :], self._checked + 1):
            if read.reader is not None:
                _check_pages(read.objects, read.reader, read.metas)
            self._checked = number


def _now(read: NativeRead) -> Iterator[tuple[ObjectMeta, ObjectMeta | None]]:
    """Each object, and what is there now."""
    is_near = all(map(is_local, read.metas))
    if not is_near and read.listed <= _LISTED_FOR_ONE * len(read.metas):
        wanted, found = {meta.path for meta in read.metas}, dict[str, ObjectMeta]()
        for batch in read.objects.listing(read.paths, recurse=read.recurse, in_order=True):
            found |= {meta.path: meta for meta in object_rows(batch) if meta.path in wanted}
        yield from ((meta, found.get(meta.path)) for meta in read.metas)
    else:
        yield from zip(read.metas, looks(lambda meta: read.objects.stat(meta.path), read.metas), strict=True)


def _compare(meta: ObjectMeta, now: ObjectMeta | None, *, is_committed: bool) -> None:
    if now is None:
        found = "it is gone"
    elif (meta.e_tag, meta.size, meta.last_modified_ms) != (now.e_tag, now.size, now.last_modified_ms):
        found = f"its e_tag was {meta.e_tag} in the listing and is now {now.e_tag}"
    else:
        return
    raise ObjectChanged(meta.path, found, "" if is_committed else _ADVICE, is_committed)


def _check_pages(objects: Objects, reader: DescribesFooters, metas: Sequence[ObjectMeta]) -> None:
    def check(meta: ObjectMeta) -> None:
        with objects.open(meta) as file:
            reader.check_pages(file, meta.path)

    with ThreadPoolExecutor(max_workers=_THREADS) as threads:
        for _ in threads.map(check, metas):
            pass

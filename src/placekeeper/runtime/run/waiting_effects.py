"""Effects of a run that wait to be published. Several threads of a script may add to them at once."""

from collections.abc import Iterable, Sequence
from itertools import count
from threading import RLock

from placekeeper.model.publication import (
    CatalogEffect,
    Effect,
    ItemsPut,
    Manifest,
    ObjectsPurged,
    ObjectsTransitioned,
    PartitionsDropped,
    RowsWritten,
    StagedFile,
    SuccessMarked,
)

_LAST = (RowsWritten, PartitionsDropped, ObjectsPurged, ObjectsTransitioned, SuccessMarked)
"""What comes after all else is visible, in this order: what cannot be taken back."""


class WaitingEffects:
    """Effects, each under a number that grows."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._numbers = count()
        self._by_number: dict[int, Effect] = {}

    def all(self) -> list[Effect]:
        """Those that wait, as they came."""
        with self._lock:
            return list(self._by_number.values())

    def in_order(self) -> Manifest:
        """Those that wait, in the order of publication."""
        return _in_order(self.all())

    def mark(self) -> int:
        """The number of now: what is added later has a higher one."""
        return next(self._numbers)

    def add(self, effects: Iterable[Effect], *, once: bool = False) -> None:
        """Let effects wait; with `once`, only those that do not wait yet."""
        with self._lock:
            known = self.all() if once else ()
            self._by_number.update((next(self._numbers), effect) for effect in effects if effect not in known)

    def take_since(self, mark: int) -> Manifest:
        """Take out what has come since a mark, in the order of publication."""
        with self._lock:
            found = [number for number in self._by_number if number > mark]
            return _in_order([self._by_number.pop(number) for number in found])

    def take_below(self, folders: Sequence[str]) -> Manifest:
        """Take out the files in folders, by their URIs with a slash at the end."""
        under = tuple(folders)
        with self._lock:
            found = [
                number
                for number, effect in self._by_number.items()
                if isinstance(effect, StagedFile) and under and effect.path.startswith(under)
            ]
            return tuple(self._by_number.pop(number) for number in found)

    def clear(self) -> None:
        """Let nothing wait any more."""
        with self._lock:
            self._by_number.clear()


def files_of(effects: Iterable[Effect]) -> Sequence[StagedFile]:
    """Those that are files: a run counts their rows and bytes, and they may be visible from the beginning."""
    return [effect for effect in effects if isinstance(effect, StagedFile)]


def places_of(effects: Iterable[Effect]) -> Sequence[str]:
    """Where effects will be visible: paths of files, and tables of databases."""
    return [
        effect.path if isinstance(effect, StagedFile) else effect.uri
        for effect in effects
        if isinstance(effect, StagedFile | RowsWritten)
    ]


def is_done(effect: Effect) -> bool:
    """Whether it was visible from the beginning."""
    return isinstance(effect, ItemsPut) or any(file.is_visible for file in files_of([effect]))


def is_at_once(effect: Effect) -> bool:
    """Whether it waits for no commit."""
    return isinstance(effect, CatalogEffect | RowsWritten) and effect.at_once


def rows_of(effects: Iterable[Effect]) -> int:
    """How many rows were written, to files and to tables elsewhere."""
    return sum(effect.rows for effect in effects if isinstance(effect, StagedFile | RowsWritten | ItemsPut))


def bytes_of(effects: Iterable[Effect]) -> int:
    """The size of what was written, where it is known."""
    return sum(effect.size for effect in effects if isinstance(effect, StagedFile | ItemsPut))


def _in_order(effects: Iterable[Effect]) -> Manifest:
    """Objects are deleted when all else is visible, and then that is told."""
    return tuple(sorted(effects, key=_place))


def _place(effect: Effect) -> int:
    """The place of an effect in the order of publication."""
    return _LAST.index(type(effect)) + 1 if type(effect) in _LAST else 0

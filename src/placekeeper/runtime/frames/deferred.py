"""A frame that is made when something needs it, and once."""

from collections.abc import Callable
from threading import RLock

from placekeeper.runtime.frames.frame import Frame


class Deferred:
    """Makes a frame at the first call of `frame`. What making it raised, it raises again each time."""

    def __init__(self, make: Callable[[], Frame]) -> None:
        self._make: Callable[[], Frame] | None = make
        self._lock = RLock()
        self._frame: Frame | None = None
        self._error: Exception | None = None

    @classmethod
    def of(cls, frame: Frame) -> "Deferred":
        """One whose frame is there."""
        deferred = cls(lambda: frame)
        deferred.frame()
        return deferred

    @property
    def is_made(self) -> bool:
        """Whether the frame is there."""
        return self._frame is not None

    def frame(self) -> Frame:
        """The frame. Raises what making it raises."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._frame is None:
                make, self._make = self._make, None  # what it was made of may go
                assert make is not None  # noqa: S101 - there is a frame or an error after the first call
                try:
                    self._frame = make()
                except Exception as error:
                    self._error = error
                    raise
            return self._frame

    def checked(self, check: Callable[[Frame], None]) -> "Deferred":
        """The same frame, looked at when it is made; now, if it is there."""

        def make() -> Frame:
            frame = self.frame()
            check(frame)
            return frame

        return Deferred.of(make()) if self.is_made else Deferred(make)

"""Failed evaluations, counted: a script may catch what an engine raises, and the run must not forget it."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Any

from pyspark.errors import AnalysisException

from placekeeper.runtime.engines.patches import Patches


class Failures:
    """Counts evaluations that have failed, or may have: one too many costs time, one too few is silent."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()
        self._here = local()

    @property
    def count(self) -> int:
        """How many there were."""
        return self._count

    def add(self) -> None:
        """The engine has raised something while it may have read."""
        if not getattr(self._here, "expected", False):
            with self._lock:
                self._count += 1

    @contextmanager
    def expected(self) -> Iterator[None]:
        """What the engine raises in this thread meanwhile answers a question of ours."""
        self._here.expected = True
        try:
            yield
        finally:
            self._here.expected = False

    def watch_java(self, patches: Patches, captured: Any) -> None:
        """Count what comes from the JVM; `captured` is PySpark's module that makes exceptions of it.

        Spark's analysis reads no rows, so what it refuses is no failed evaluation.
        """
        original = captured.convert_exception

        @functools.wraps(original)
        def converted(error: Any) -> Any:
            made = original(error)
            if not isinstance(made, AnalysisException):
                self.add()
            return made

        patches.attribute(captured, "convert_exception", converted)

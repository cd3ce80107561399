"""The part of a run's session that is its context's."""

from pyspark.sql import SparkSession

from placekeeper.runtime.run.context import RunContext
from placekeeper.runtime.run.secrets import Secrets


class ContextSession:
    """A part of JobSession: what it is of, and what is said of it."""

    _context: RunContext

    @property
    def run_id(self) -> str:
        """This run's id."""
        return self._context.run_id

    @property
    def said_before(self) -> tuple[str, ...]:
        """Notes that people have read before the script began."""
        return self._context.said_before

    @property
    def secrets(self) -> Secrets:
        """The passwords that the run knows."""
        return self._context.secrets

    @property
    def spark(self) -> SparkSession:
        """The engine's session."""
        return self._context.engine.session

    def now_ms(self) -> int:
        """The injected clock."""
        return self._context.clock.now_ms()

    def note(self, sentence: str) -> None:
        """Say something at the end of the run; the same sentence is said once."""
        self._context.note(sentence)

    def warn(self, sentence: str) -> None:
        """The same of what is probably a mistake: it stands last in the summary."""
        self._context.warn(sentence)

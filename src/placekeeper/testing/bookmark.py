"""What a state remembers of its jobs, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass

from placekeeper.control.service import Control
from placekeeper.model.bookmark import BookmarkEntry
from placekeeper.model.errors import EntityNotFoundException, UsageError
from placekeeper.model.plan import Reason


@dataclass(frozen=True)
class Bookmark:
    """The bookmarks of a state. `name` is the one given to Job.init; if there is one only, leave it out."""

    _control: Control

    @property
    def names(self) -> tuple[str, ...]:
        """All bookmarks, by name."""
        return tuple(self._control.bookmarks.newest())

    def entry(self, name: str | None = None) -> BookmarkEntry:
        """The newest entry: `version`, `run`, `attempt`, `run_id`. Raises EntityNotFoundException."""
        return self._control.bookmarks.get(self._named(name))

    def contexts(self, name: str | None = None) -> tuple[str, ...]:
        """The transformation contexts that are remembered."""
        return tuple(sorted(self._control.bookmarks.state(self._named(name))[1]))

    def files(self, name: str | None = None, *, context: str | None = None) -> Mapping[str, tuple[str, ...]]:
        """What the next run would do with each object: URIs by reason, such as `new`, `done`, `changed`.

        A reason that no object has is an empty tuple. With `context`, of that source alone. Raises
        EntityNotFoundException before the first commit: only the script knows its sources then.
        """
        found: dict[str, list[str]] = {reason.value: [] for reason in Reason}
        plan = self._control.planner.plan(self._named(name), explain=True)
        known = [source.context for source in plan.sources]
        if context is not None and context not in known:
            raise UsageError(f"the bookmark has no context '{context}', it has {', '.join(known)}")
        for source in plan.sources:
            if context in (None, source.context):
                for decision in source.decisions:
                    found[decision.reason.value].append(decision.object.path)
        return {reason: tuple(paths) for reason, paths in found.items()}

    def reset(self, name: str | None = None) -> None:
        """Forget everything, so that the next run reads all."""
        self._control.bookmarks.reset(self._named(name))

    def rewind(self, run_id: str, name: str | None = None) -> None:
        """Go back to the end of a run: what came later is read again. Raises EntityNotFoundException."""
        self._control.bookmarks.reset(self._named(name), run_id)

    def _named(self, name: str | None) -> str:
        if name is not None:
            return name
        if not self.names:
            raise EntityNotFoundException(
                "no job has a bookmark yet: run a script that calls job.init with glue_job first"
            )
        if len(self.names) > 1:
            raise UsageError(f"there is more than one bookmark: name one of {', '.join(self.names)}")
        return self.names[0]

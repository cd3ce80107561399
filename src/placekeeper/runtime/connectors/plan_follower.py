"""A run that follows a plan: it reads what was planned, all of it and nothing else (invariant 2)."""

from collections.abc import Collection, Mapping

from placekeeper.control.bookmarks.plan_file import Plan, check_state
from placekeeper.model.errors import PlanStale, UsageError
from placekeeper.model.exchange import Opened
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Decisions, Selection
from placekeeper.model.source import SourceOfObjects
from placekeeper.model.wording import counted

_SHOWN = 3


class PlanFollower:
    """Holds a run to a plan: compares what the run reads with what was planned, source by source."""

    def __init__(self, plan: Plan) -> None:
        self._name = plan.name
        self._plan = plan
        self._sources = {source.context: source for source in plan.sources}
        self._objects = {
            source.context: {d.object.path: d.object for d in source.decisions if d.reason.is_read}
            for source in plan.sources
        }
        self._read: set[str] = set()

    def objects(self, opened: Opened, context: str, source: SourceOfObjects) -> Mapping[str, ObjectMeta]:
        """The planned objects of a source, by path.

        Raises PlanStale when the run has opened something else than what the plan was made from, UsageError
        when the plan is for another bookmark, or the run reads a range of versions.
        """
        if opened.range is not None:
            raise UsageError(
                "a plan says what the next run reads, not what earlier ones have read: leave out "
                "--job-bookmark-from and --job-bookmark-to"
            )
        if opened.name != self._name:
            raise UsageError(
                f"the plan is for the bookmark {self._name}, and this run has the bookmark {opened.name}"
            )
        check_state(self._plan, opened.state_version)
        if context not in self._sources:
            raise PlanStale(self._name, f"it does not know the source '{context}' that the script reads")
        if not self._sources[context].source.lists_like(source):
            raise PlanStale(self._name, f"the source '{context}' is made of other objects now")
        self._read.add(context)
        return self._objects[context]

    def check(self, context: str, selection: Selection, *, less: Collection[str] = ()) -> None:
        """Raises PlanStale when a source does not have all that was planned of it.

        `less` are paths that the run itself has found to be bad, and goes on without.
        """
        chosen = Decisions.of(selection.chosen).objects.column("path").to_pylist()
        missing = sorted(self._objects[context].keys() - set(chosen) - set(less))
        if missing:
            shown = ", ".join(missing[:_SHOWN]) + (", …" if len(missing) > _SHOWN else "")
            raise PlanStale(
                self._name,
                f"{counted(len(missing), 'object')} of '{context}' changed, went away or are not to be read "
                f"now: {shown}",
            )

    def check_all_read(self, name: str) -> None:
        """The bookmark `name` is about to be committed.

        Raises PlanStale when the script has not read a source of which something was planned for it.
        """
        if name != self._name:
            return
        for context, objects in self._objects.items():
            if objects and context not in self._read:
                raise PlanStale(self._name, f"the script did not read the source '{context}' by its bookmark")

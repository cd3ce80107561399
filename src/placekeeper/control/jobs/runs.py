"""Job runs: read and stop them, and keep what a job process reports."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from placekeeper.control.fence import check_going_on
from placekeeper.control.jobs.late_output import late_notes
from placekeeper.control.jobs.start import digest, no_run
from placekeeper.model.errors import AccessDeniedException, EntityNotFoundException
from placekeeper.model.exchange import EndedRuns, RunsQuestion, SummaryKept, SummaryRequest
from placekeeper.model.jobs import JobRun, JobRunState, OutputFate
from placekeeper.model.page import Page
from placekeeper.model.publication import PublicationState, RowsWritten
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.jobs.lifecycle import leading_to


class NotStopped(msgspec.Struct, frozen=True):
    """Why a run was not stopped: an item of BatchStopJobRun's Errors."""

    run_id: str
    code: str
    message: str


class Runs:
    """The use cases of runs for callers and job processes. Every other transition is `Lifecycle`'s."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get(self, job_name: str, run_id: str) -> JobRun:
        """Raises EntityNotFoundException."""
        run = self.find(run_id)
        if run.job_name != job_name:
            raise no_run(run_id)
        return run

    def find(self, run_id: str) -> JobRun:
        """A run by its id alone. Raises EntityNotFoundException."""
        with self._store.read_once() as tx:
            run = tx.runs.get(run_id)
        if run is None:
            raise no_run(run_id)
        return run

    def page(self, job_name: str | None, *, before: int | None, limit: int) -> Page[tuple[int, JobRun]]:
        """Runs newest first with their ordinals, those before the ordinal `before`; of one job if named.

        A page ends by number or by size.

        Raises EntityNotFoundException for a job that neither exists nor ever ran.
        """
        with self._store.read() as tx:
            found = tx.runs.page(job_name, before=before, limit=limit)
            if not found.items and job_name is not None and before is None and tx.jobs.get(job_name) is None:
                raise EntityNotFoundException(f"Job with name: {job_name} not found.")
        return found

    def stop(self, job_name: str, run_id: str) -> NotStopped | None:
        """Ask a run to stop. Returns None if it will stop, or is stopping already.

        A run that nobody has taken ends at once; one that runs is ended by its launcher.
        """
        now_ms = self._clock.now_ms()
        with self._store.write() as tx:
            run = tx.runs.get(run_id)
            if run is None or run.job_name != job_name:
                return NotStopped(run_id, "EntityNotFoundException", str(no_run(run_id)))
            taken = tx.runs.move(
                run_id,
                from_states=[JobRunState.WAITING, JobRunState.STARTING],
                to=JobRunState.STOPPED,
                launcher=None,
                now_ms=now_ms,
            ) or tx.runs.move(
                run_id,
                from_states=leading_to(JobRunState.STOPPING),
                to=JobRunState.STOPPING,
                launcher=run.launcher,
                now_ms=now_ms,
            )
        if taken or run.state is JobRunState.STOPPING:
            return None
        return NotStopped(
            run_id,
            "JobRunInTerminalStateException",
            f"Job run {run_id} has ended already: it is {run.state.value}.",
        )

    def by_token(self, token: str) -> JobRun:
        """The run that holds a token. Raises AccessDeniedException."""
        with self._store.read_once() as tx:
            run = tx.runs.by_token(digest(token))
        if run is None or run.state.is_final:
            raise AccessDeniedException("this token does not belong to a run in progress")
        return run

    def put_summary(self, run: JobRun, request: SummaryRequest) -> SummaryKept:
        """Save a run's summary, with notes about late output of earlier runs; returns these.

        Raises AccessDeniedException if the run has ended meanwhile.
        """
        with self._store.write() as tx:
            check_going_on(tx, run)
            late = tuple(late_notes(tx, run))
            summary = replace(request.summary, notes=(*request.summary.notes, *late))
            tx.runs.put_summary(run.id, summary, error_message=request.error_message)
        return SummaryKept(notes=late)

    def add_staging(self, run: JobRun, target: str) -> None:
        """Remember where a run stages output, so that leftovers are found.

        Raises AccessDeniedException when it has ended meanwhile.
        """
        with self._store.write() as tx:
            check_going_on(tx, run)
            tx.runs.add_staging(run.id, target)

    def ended(self, question: RunsQuestion) -> EndedRuns:
        """Whose runs have all ended and have nothing left to publish; a run that nobody knows is none.

        Nor is one whose rows were given up and stay where they are, since other rows of it are in a table.
        """
        with self._store.read() as tx:
            unsettled = {publication.run_id for publication in tx.publications.unsettled()}
            known = {one: tx.runs.states_of(one) for one in dict.fromkeys(question.beginnings)}
            unsettled |= {run for states in known.values() for run in states if _keeps_rows(tx, run)}
        ended = [
            one
            for one, states in known.items()
            if states and unsettled.isdisjoint(states) and all(state.is_final for state in states.values())
        ]
        return EndedRuns(beginnings=tuple(ended))

    def told_by_output(self, runs: Sequence[JobRun]) -> Mapping[str, int]:
        """The rows that ended runs have published after their summary, or without one: they were killed."""
        silent = [
            run.id
            for run in runs
            if run.state.is_final and (run.summary is None or run.summary.fate is OutputFate.WAITS)
        ]
        found: dict[str, int] = {}
        with self._store.read() as tx:
            for run_id in silent:
                publications = tx.publications.of_run(run_id)
                if publications and all(one.state is PublicationState.PUBLISHED for one in publications):
                    found[run_id] = sum(
                        getattr(effect, "rows", 0)
                        for one in publications
                        for effect in one.manifest
                        if not getattr(effect, "given_up", False)
                    )
        return found

    def counts(self, states: Sequence[JobRunState]) -> Mapping[JobRunState, int]:
        """How many runs are in each of the states, where there are any."""
        with self._store.read_once() as tx:
            return tx.runs.counts(states)


def _keeps_rows(tx: Transaction, run_id: str) -> bool:
    """Whether staging tables of a run have rows that a person may still want."""
    return any(
        isinstance(effect, RowsWritten) and effect.given_up
        for publication in tx.publications.of_run(run_id)
        if publication.state is PublicationState.PUBLISHED
        for effect in publication.manifest
    )

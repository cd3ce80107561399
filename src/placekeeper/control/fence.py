"""The check that a run may still write, made again in the transaction that writes for it.

A job process that was given up for dead may still live, and a job may be deleted while its runs go on.
"""

from placekeeper.model.errors import AccessDeniedException, EntityNotFoundException
from placekeeper.model.jobs import Job, JobRun
from placekeeper.ports.store import Transaction


def check_going_on(tx: Transaction, run: JobRun) -> None:
    """Raises AccessDeniedException if a run has ended, or has another launcher, since it was read."""
    now = tx.runs.get(run.id)
    if now is None or now.state.is_final or now.launcher != run.launcher:
        raise AccessDeniedException(
            f"run {run.id} has ended already, or its launcher was given up for dead. "
            "Nothing of this call was saved. Run the job again"
        )


def check_has_job(tx: Transaction, run: JobRun) -> None:
    """Raises EntityNotFoundException when the job of a run was deleted."""
    if job_of(tx, run) is None:
        raise EntityNotFoundException(
            f"The job {run.job_name} was deleted while its run {run.id} went on, and its bookmark with it. "
            "Nothing was committed. Create the job and run it again."
        )


def job_of(tx: Transaction, run: JobRun) -> Job | None:
    """The job of a run; None if it was deleted, even if another job has its name now."""
    job = tx.jobs.get(run.job_name)
    return None if job is None or job.created_ms > run.started_ms else job

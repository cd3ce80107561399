"""How many runs of a job go on is read off one index, however many those of other jobs are."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.drop_index("ix_job_runs_state", "job_runs")
    op.create_index("ix_job_runs_state", "job_runs", ["state", "job_name"])

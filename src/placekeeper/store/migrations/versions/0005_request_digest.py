"""A start sent again is known by its request; open runs with a launcher and tags are found by indexes."""

from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.drop_column("launchers", "pid")

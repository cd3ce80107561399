"""A run may publish several times: its publications are numbered from 0."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    with op.batch_alter_table("publications") as table:
        table.add_column(sa.Column("ordinal", sa.Integer, nullable=False, server_default="0"))
        table.drop_constraint("pk_publications", type_="primary")
        table.create_primary_key("pk_publications", ["run_id", "ordinal"])

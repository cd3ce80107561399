"""When a partition of the catalog was changed or filled last: a crawl that began before leaves it alone."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.add_column("catalog_partitions", sa.Column("modified_ms", sa.BigInteger))

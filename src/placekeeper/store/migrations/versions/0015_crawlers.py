"""Crawlers, classifiers and crawls."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    _crawlers()
    op.create_table(
        "classifiers",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "crawls",
        sa.Column("ordinal", _ID, primary_key=True, autoincrement=True),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("crawler", _TEXT, nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("classifiers", _TEXT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("error_message", _TEXT),
        sa.Column("launcher", _TEXT),
        sa.Column("token_digest", sa.String(64), nullable=False),
        sa.Column("counts", _TEXT, nullable=False),
        sa.Column("has_ended_well", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(
            ["crawler"], ["crawlers.name"], name="fk_crawls_crawlers", ondelete="CASCADE"
        ),
    )
    op.create_index("ux_crawls_id", "crawls", ["id"], unique=True)
    op.create_index("ux_crawls_token_digest", "crawls", ["token_digest"], unique=True)
    op.create_index("ix_crawls_crawler", "crawls", ["crawler", "ordinal"])
    op.create_index("ix_crawls_state", "crawls", ["state"])


def _crawlers() -> None:
    op.create_table(
        "crawlers",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("schedule", _TEXT, nullable=False),
        sa.Column("schedule_state", sa.String(16), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "crawled_folders",
        sa.Column("crawler", _TEXT, nullable=False),
        sa.Column("folder", _TEXT, nullable=False),
        sa.Column("files", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("newest_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("crawler", "folder", name="pk_crawled_folders"),
        sa.ForeignKeyConstraint(
            ["crawler"], ["crawlers.name"], name="fk_crawled_folders_crawlers", ondelete="CASCADE"
        ),
    )

"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.create_table(
        "bookmarks",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("deleted_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_bookmarks"),
    )
    live = sa.text("deleted_ms IS NULL")
    op.create_index(
        "ux_bookmarks_live_name", "bookmarks", ["name"], unique=True, sqlite_where=live, postgresql_where=live
    )
    op.create_table(
        "bookmark_versions",
        sa.Column("bookmark_id", _ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("run_id", _TEXT),
        sa.Column("previous_run_id", _TEXT),
        sa.Column("state_version", sa.Integer),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("state", _TEXT),
        sa.Column("job_bookmark", _TEXT),
        sa.PrimaryKeyConstraint("bookmark_id", "version", name="pk_bookmark_versions"),
        sa.ForeignKeyConstraint(["bookmark_id"], ["bookmarks.id"], name="fk_bookmark_versions_bookmarks"),
        sa.CheckConstraint(
            "change <> 'commit' OR state IS NOT NULL", name="ck_bookmark_versions_commit_has_state"
        ),
    )
    op.create_index("ix_bookmark_versions_run_id", "bookmark_versions", ["run_id"])
    op.create_table(
        "jobs",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    op.create_table(
        "job_runs",
        sa.Column("ordinal", _ID, primary_key=True, autoincrement=True),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("job_name", _TEXT, nullable=False),
        sa.Column("job_spec", _TEXT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("previous_run_id", _TEXT),
        sa.Column("arguments", _TEXT),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
        sa.Column("completed_ms", sa.BigInteger),
        sa.Column("error_message", _TEXT),
        sa.Column("launcher", _TEXT),
        sa.Column("token_digest", sa.String(64), nullable=False),
        sa.Column("summary", _TEXT),
        sa.PrimaryKeyConstraint("ordinal", name="pk_job_runs"),
    )
    op.create_index("ux_job_runs_id", "job_runs", ["id"], unique=True)
    op.create_index("ux_job_runs_token_digest", "job_runs", ["token_digest"], unique=True)
    op.create_index("ix_job_runs_job_name", "job_runs", ["job_name", "ordinal"])
    op.create_index("ix_job_runs_state", "job_runs", ["state"])
    op.create_table(
        "run_staging",
        sa.Column("run_id", _TEXT, nullable=False),
        sa.Column("target", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "target", name="pk_run_staging"),
    )
    op.create_table(
        "publications",
        sa.Column("run_id", _TEXT, nullable=False),
        sa.Column("bookmark_id", _ID),
        sa.Column("version", sa.Integer),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("manifest", _TEXT, nullable=False),
        sa.Column("error", _TEXT),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("settled_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("run_id", name="pk_publications"),
        sa.ForeignKeyConstraint(
            ["bookmark_id", "version"],
            ["bookmark_versions.bookmark_id", "bookmark_versions.version"],
            name="fk_publications_bookmark_versions",
        ),
    )
    op.create_index("ix_publications_state", "publications", ["state"])

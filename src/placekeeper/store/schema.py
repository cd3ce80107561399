"""The tables, without those of the Data Catalog (catalog_schema.py, resource_schema.py).

Bookmarks are append-only: a version is inserted once and never updated.

An index over some rows is one on PostgreSQL too: the migrations make it. It is not said here, because with
the word `postgresql_where` SQLAlchemy loads that dialect into every process.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)
from sqlalchemy import (
    Text as PlainText,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# By its bytes, as on SQLite: a page goes on where the last one ended, whatever the database's locale.
Text = PlainText().with_variant(PlainText(collation="C"), "postgresql")
Id = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts by itself on SQLite

identity = Table(
    "identity",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("state_id", Text, nullable=False),  # the same as in the state's record, beside the segments
    CheckConstraint("one = 1", name="one_row"),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("deleted_ms", BigInteger),  # null while the bookmark lives
    # One live bookmark per name: a deleted and recreated job starts at 1 while its tombstone stays.
    Index(
        "ux_bookmarks_live_name",
        "name",
        unique=True,
        sqlite_where=text("deleted_ms IS NULL"),
    ),
)

bookmark_versions = Table(
    "bookmark_versions",
    metadata,
    # The primary key is the lock: who comes second with a version has lost the race.
    Column("bookmark_id", Id, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("change", String(16), nullable=False),
    Column("run", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("run_id", Text),
    Column("previous_run_id", Text),
    Column("state_version", Integer),  # the commit whose state is in force; null: the empty state
    Column("created_ms", BigInteger, nullable=False),
    Column("state", Text),  # JSON of the state; on commits only
    Column("job_bookmark", Text),  # AWS's string; on commits only
    ForeignKeyConstraint(["bookmark_id"], ["bookmarks.id"]),
    CheckConstraint("change <> 'commit' OR state IS NOT NULL", name="commit_has_state"),
    Index("ix_bookmark_versions_run_id", "run_id"),
)

merges = Table(
    "merges",
    metadata,
    # As with versions, the primary key is the lock: of two who merge the same, one has lost the race.
    Column("bookmark_id", Id, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("after_version", Integer, nullable=False),  # the newest version when it was made
    Column("created_ms", BigInteger, nullable=False),
    Column("merge", Text, nullable=False),  # JSON of Merge
    ForeignKeyConstraint(["bookmark_id"], ["bookmarks.id"]),
)

dropped_segments = Table(
    "dropped_segments",
    metadata,
    Column("key", Text, primary_key=True),  # merged into others, and no longer there
    Column("dropped_ms", BigInteger, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("bookmark_id", Id, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # order in the bookmark
    Column("kind", String(16), nullable=False),
    Column("run_id", Text),  # who noted it; null: a person
    Column("created_ms", BigInteger, nullable=False),
    Column("mark", Text, nullable=False),  # JSON of Mark
    ForeignKeyConstraint(["bookmark_id"], ["bookmarks.id"]),
    Index("ix_marks_kind", "kind", "run_id"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("spec", Text, nullable=False),  # JSON of CreateJob as it was sent
    Column("created_ms", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
)

# Of open runs the few that go on, however many wait; the index is found by these very words.
IS_TAKEN = text("completed_ms IS NULL AND launcher IS NOT NULL")

# A token is in use once somebody has taken the run; the index is found by these very words too.
HAS_LAUNCHER = text("launcher IS NOT NULL")

job_runs = Table(
    "job_runs",
    metadata,
    Column("ordinal", Id, primary_key=True, autoincrement=True),  # order of starting; pages go by it
    Column("id", Text, nullable=False),
    Column("job_name", Text, nullable=False),
    Column("job_spec", Text, nullable=False),  # the definition when the run started
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("previous_run_id", Text),
    Column("arguments", Text),
    Column("started_ms", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
    Column("completed_ms", BigInteger),
    Column("error_message", Text),
    Column("launcher", Text),  # who answers for the run (launchers.id); null: nobody has taken it yet
    Column("token_digest", String(64), nullable=False),
    Column("summary", Text),
    Column("running_ms", BigInteger),  # when its process began; its timeout counts from here
    Column("state_detail", Text),  # why it waits
    Column("client_token", Text),  # the caller's: the same start twice is one run
    Column("request_digest", String(64)),  # of the start with that token
    Index(  # not unique: a job may be made anew
        "ix_job_runs_client_token",
        "job_name",
        "client_token",
        sqlite_where=text("client_token IS NOT NULL"),
    ),
    Index("ux_job_runs_id", "id", unique=True),
    Index(
        "ux_job_runs_token_digest",
        "token_digest",
        unique=True,
        sqlite_where=HAS_LAUNCHER,
    ),
    Index("ix_job_runs_job_name", "job_name", "ordinal"),
    Index("ix_job_runs_state", "state", "job_name"),
    Index("ix_job_runs_taken", "ordinal", sqlite_where=IS_TAKEN),
)

launchers = Table(
    "launchers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("renewals", BigInteger, nullable=False),  # counted up while it lives: its lease
)

tags = Table(
    "tags",
    metadata,
    Column("resource", Text, primary_key=True),  # the last part of an ARN: job/NAME
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index("ix_tags_key", "key", "value", "resource"),
)

security_configurations = Table(
    "security_configurations",
    metadata,
    Column("name", Text, primary_key=True),
    Column("spec", Text, nullable=False),  # JSON of EncryptionConfiguration as it was sent
    Column("created_ms", BigInteger, nullable=False),
)

run_staging = Table(
    "run_staging",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("target", Text, primary_key=True),  # URI under which the run staged
)

publications = Table(
    "publications",
    metadata,
    Column("run_id", Text, primary_key=True),
    # Each Job.init after a Job.commit begins the next one.
    Column("ordinal", Integer, primary_key=True, autoincrement=False, server_default=text("0")),
    Column("bookmark_id", Id),
    Column("version", Integer),
    Column("state", String(16), nullable=False),
    Column("manifest", Text, nullable=False),
    Column("error", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("settled_ms", BigInteger),
    ForeignKeyConstraint(
        ["bookmark_id", "version"], ["bookmark_versions.bookmark_id", "bookmark_versions.version"]
    ),
    Index("ix_publications_state", "state"),
    Index("ix_publications_settled", "settled_ms"),
)

overwrites = Table(
    "overwrites",
    metadata,
    Column("run_id", Text, nullable=False),
    Column("folder", Text, nullable=False),  # URI with a slash at the end
    Index("ix_overwrites_run_id", "run_id"),
)

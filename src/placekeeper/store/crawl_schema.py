"""The tables of crawlers."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, String, Table

from placekeeper.store.schema import Id, Text, metadata

crawlers = Table(
    "crawlers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("spec", Text, nullable=False),  # JSON of CreateCrawler, without Name, Schedule and Tags
    Column("schedule", Text, nullable=False),
    Column("schedule_state", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)

crawled_folders = Table(
    "crawled_folders",
    metadata,
    Column("crawler", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("newest_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["crawler"], ["crawlers.name"], ondelete="CASCADE"),
)

classifiers = Table(
    "classifiers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", String(16), nullable=False),  # the member of CreateClassifier
    Column("spec", Text, nullable=False),  # JSON of it, without Name
    Column("created_ms", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)

crawls = Table(
    "crawls",
    metadata,
    Column("ordinal", Id, primary_key=True, autoincrement=True),  # order of starting; pages go by it
    Column("id", Text, nullable=False),
    Column("crawler", Text, nullable=False),
    Column("spec", Text, nullable=False),  # the crawler's when the crawl started
    Column("classifiers", Text, nullable=False),  # those that it names, too
    Column("state", String(16), nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("error_message", Text),
    Column("launcher", Text),  # who answers for the crawl (launchers.id); null: nobody has taken it yet
    Column("token_digest", String(64), nullable=False),
    Column("counts", Text, nullable=False),
    Column("has_ended_well", Boolean, nullable=False),
    ForeignKeyConstraint(["crawler"], ["crawlers.name"], ondelete="CASCADE"),
    Index("ux_crawls_id", "id", unique=True),
    Index("ux_crawls_token_digest", "token_digest", unique=True),
    Index("ix_crawls_crawler", "crawler", "ordinal"),
    Index("ix_crawls_state", "state"),
)

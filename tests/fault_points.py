"""The named points of a run at which tests kill its process, in their order."""

STORES = ["local", "s3"]

BEFORE_COMMIT = [
    "sink.announced",
    "sink.file-opened",
    "sink.file-staged",
    "sink.collected",
    "commit.called",
    "commit.segments-durable",
]
AFTER_COMMIT = [
    "commit.durable",
    "publish.before-first",
    "publish.after-first",
    "publish.half",
    "publish.table-changed",
    "publish.partitions-added",
    "publish.all-visible",
    "publish.settled",
    "commit.returns",
]


POINTS = [*BEFORE_COMMIT, *AFTER_COMMIT]

DROPPED = "publish.partitions-dropped"
"""In a run that purges a table: partitions are gone, and their files not yet."""

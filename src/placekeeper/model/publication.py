"""Output between staging and visibility: a manifest is a list of effects."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from placekeeper.model.catalog import SchemaChange
from placekeeper.model.databases import DatabaseTable, Login
from placekeeper.model.objects import ObjectMeta


class PublicationState(StrEnum):
    """Transitions: publishing → published, or publishing → reverting → reverted."""

    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REVERTING = "reverting"
    REVERTED = "reverted"


class UploadPart(msgspec.Struct, frozen=True, array_like=True):
    """One uploaded part of a multipart upload."""

    number: int
    e_tag: str


class StagedFile(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect", tag="file"
):
    """One output file that a task has staged and that is not visible yet.

    `path` is the URI at which it becomes visible. On a local disk `staged` is the URI of the staged file;
    on S3 it is None and `upload_id` with `parts` name the open multipart upload.
    """

    path: str
    size: int
    rows: int
    staged: str | None = None
    upload_id: str | None = None
    parts: tuple[UploadPart, ...] = ()

    @property
    def is_visible(self) -> bool:
        """Whether it was written to its final name and is already visible."""
        return self.staged is None and self.upload_id is None


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]
"""A name that every database can hold."""


class NewTable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A table as a write makes it: names and types of its columns and partition keys, and its files' form.

    `library` is Hive's serialization library, with its `library_parameters`. `parameters` are the table's.
    """

    columns: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...] = ()
    location: str
    library: str
    input_format: str
    output_format: str
    parameters: dict[str, str] = {}
    library_parameters: dict[str, str] = {}


class TableChange(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect", tag="table"
):
    """A table of the catalog that a write makes, or whose columns it changes as `change` says.

    `id` is the change's own: no other effect has it. `made` is the table if this makes it; its columns are
    those of the files. With `by_position` the files do not name their columns, so that the
    table must have them at the same places. `at_once` says that it does not wait for the run's commit and
    is never taken back. `run_id` is the run that writes; without one, the table does not name its job.
    """

    id: Name
    run_id: str = ""
    database: Name
    table: Name
    made: NewTable
    change: SchemaChange = SchemaChange.MERGE
    by_position: bool = False
    at_once: bool = False


class NewPartition(msgspec.Struct, frozen=True, array_like=True):
    """Values of partition keys, and the URI of the folder that has their files."""

    values: tuple[str, ...]
    location: str


class PartitionsAdded(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect", tag="partitions"
):
    """All partitions of one write; those that the table has already stay as they are.

    `id`, `by_position` and `at_once` are as those of TableChange.
    """

    id: Name
    database: Name
    table: Name
    partitions: tuple[NewPartition, ...]
    by_position: bool = False
    at_once: bool = False


class EmptiedPartition(msgspec.Struct, frozen=True, array_like=True):
    """Values of partition keys, the URI of the folder, and what tells the objects that are deleted in it."""

    values: tuple[str, ...]
    location: str
    digest: str


class PartitionsDropped(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect", tag="drop"
):
    """Partitions whose files a script has asked to delete; those in whose folders is anything else stay.

    They are dropped after all else is visible and before their files are deleted; that is never taken back.
    """

    id: Name
    database: Name
    table: Name
    partitions: tuple[EmptiedPartition, ...]
    at_once: bool = False


class ObjectsPurged(msgspec.Struct, frozen=True, kw_only=True, tag_field="effect", tag="purge"):
    """Objects that a script has asked to delete, as they were then; those that have changed since stay.

    They are deleted after every other effect but SuccessMarked is visible, and that is never taken back.
    """

    objects: tuple[ObjectMeta, ...]


class ObjectsTransitioned(msgspec.Struct, frozen=True, kw_only=True, tag_field="effect", tag="transition"):
    """Objects of S3 that a script has asked to move to a storage class; those that have changed since stay.

    They are moved when all else is visible and deleted, before SuccessMarked; that is never taken back.
    """

    objects: tuple[ObjectMeta, ...]
    storage_class: str


class SuccessMarked(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect", tag="success"
):
    """The empty object `_SUCCESS` of a folder, by its URI: it says that the folder's files are there.

    It comes after every other effect, and is never taken back.
    """

    path: str


LakeFormatName = Literal["iceberg", "delta"]
"""A lake format, by the name that states keep."""


class SnapshotAdded(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect", tag="snapshot"
):
    """One commit of a table of a lake format: it adds the data files of one write to the table.

    The files come before it in the manifest. With `overwrites`, nothing else is in the table afterwards, or
    with `by_partition` in their partitions. The data files `removed` go. With `is_alone` others may not have
    changed rows since the commit `base` (None: the first). `table_id` is the identity of the table.
    `id`, `run_id` and `at_once` are as those of TableChange; the commit keeps the id.
    """

    id: Name
    database: Name
    table: Name
    format: LakeFormatName
    table_id: str
    run_id: str
    files: tuple[str, ...]
    overwrites: bool = False
    by_partition: bool = False
    removed: tuple[str, ...] = ()
    is_alone: bool = False
    base: int | None = None
    at_once: bool = False


WriteMode = Literal["append", "overwrite", "upsert"]
"""What becomes of a database table's rows: they stay, they go, or those with equal keys change."""


class RowsWritten(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="effect", tag="rows"
):
    """Rows of one write to a table of a database; they wait in the table `staging` of the same schema.

    `login` is the database. Where a state keeps it, it has no password: `sealed` is the password, encrypted,
    or the `connection` of the catalog or the `secret` of that name has it. `own` says what of the login the
    script says itself then: `url`, `user`. Of the staged rows, those of `attempts` count, `rows` in all.
    `columns` are those of the table that they have. `made` has the table's columns with their SQL types, if
    it was not there, and `table_options` the end of the statement that makes it. With `anew`, a table that
    is there is dropped for it. `keys` tell rows of an upsert apart. `preactions` and `postactions` are
    statements of SQL. `id` and `at_once` are as those of TableChange; the database keeps the id. With
    `given_up`, somebody has said that the rows shall not reach the table any more.
    """

    id: Name
    run_id: str
    login: Login
    sealed: str = ""
    connection: str = ""
    secret: str = ""
    own: tuple[str, ...] = ()
    table: DatabaseTable
    staging: Name
    columns: tuple[str, ...] = ()
    made: tuple[tuple[str, str], ...] = ()
    anew: bool = False
    table_options: str = ""
    attempts: tuple[int, ...] = ()
    rows: int = 0
    mode: WriteMode = "append"
    keys: tuple[str, ...] = ()
    preactions: tuple[str, ...] = ()
    postactions: tuple[str, ...] = ()
    at_once: bool = False
    given_up: bool = False

    @property
    def uri(self) -> str:
        """Database and table, as summaries name them."""
        return f"{self.login.place}/{self.table.full}"


class ItemsPut(msgspec.Struct, frozen=True, kw_only=True, tag_field="effect", tag="put"):
    """Items that tasks have put into a table elsewhere: they are there, wait for nothing and stay.

    `size` is in bytes. It is counted in the summary of its run, and in no manifest.
    """

    table: str
    rows: int
    size: int


CatalogEffect = TableChange | PartitionsAdded | SnapshotAdded | PartitionsDropped
"""An effect of a run on the catalog."""

FinalEffect = PartitionsDropped | ObjectsPurged | ObjectsTransitioned | SuccessMarked
"""An effect that comes after all others are visible, deletions first."""

Effect = StagedFile | TableChange | PartitionsAdded | SnapshotAdded | RowsWritten | ItemsPut | FinalEffect
"""An effect of a run, which becomes visible only after the run has committed. It is the union of all kinds;
in JSON, the member `effect` tells them apart."""

Manifest = tuple[Effect, ...]
"""All effects of one run, in the order of publication; they are taken back in reverse."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One publication of a run; `bookmark_id` and `version` are those of its commit, if it has one.

    `ordinal` counts the publications that the run may make, from 0: a script may call Job.init again after
    Job.commit.
    """

    run_id: str
    ordinal: int = 0
    state: PublicationState
    manifest: Manifest
    bookmark_id: int | None = None
    version: int | None = None
    error: str | None = None

    @property
    def writes(self) -> tuple[RowsWritten, ...]:
        """The writes to databases that nobody has given up."""
        return tuple(one for one in self.manifest if isinstance(one, RowsWritten) and not one.given_up)

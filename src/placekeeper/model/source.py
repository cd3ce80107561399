"""The sources that transformation contexts read. In JSON, the member `kind` tells them apart."""

import msgspec

from placekeeper.model.catalog import TableRef
from placekeeper.model.databases import BookmarkKeys, DatabaseTable, LookBack
from placekeeper.model.policy import ReadingPolicy

DEFAULT_MAX_BAND_MS = 900_000


class Partition(msgspec.Struct, frozen=True, array_like=True):
    """A partition of a catalog's table: its location, ending in a slash, and when it was made (epoch ms)."""

    path: str
    created_ms: int


class ObjectSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A source of objects, with all that is needed to list it again without the script.

    `paths` are normalised URIs; `exclusions` are Unix globs matched against the whole URI;
    `excluded_classes` are S3's storage classes; `max_band_ms` is the width of the consistency window.
    """

    connection_type: str
    paths: tuple[str, ...]
    format: str
    recurse: bool = False
    exclusions: tuple[str, ...] = ()
    excluded_classes: tuple[str, ...] = ()
    max_band_ms: int = DEFAULT_MAX_BAND_MS
    reading: ReadingPolicy = ReadingPolicy()

    def lists_like(self, other: "ObjectSource") -> bool:
        """Whether both sources have the same objects, however they are read.

        A table stays the same as long as the same predicates choose its partitions, even if it gets new ones.
        """
        return self._listed == other._listed

    @property
    def _listed(self) -> tuple[object, ...]:
        return self._place, self.recurse, self.exclusions, self.excluded_classes

    @property
    def _place(self) -> object:
        return self.paths


class FileSource(ObjectSource, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="files"):
    """Objects below the paths that a script names, which may have wildcards.

    `predicates` are over the values of the folders `key=value` below them; each must be true.
    """

    predicates: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the source is called where it has no transformation context."""
        return self.paths[0]

    @property
    def kept(self) -> "FileSource":
        """The source as a state keeps it."""
        return self

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """None: only tables have them."""
        return ()

    @property
    def _place(self) -> object:
        return self.paths, self.predicates


class TableSource(ObjectSource, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="table"):
    """Objects of a catalog's table: `paths` are their folders, `partitions` the chosen partitions."""

    table: TableRef
    partitions: tuple[Partition, ...] = ()

    @property
    def predicates(self) -> tuple[str, ...]:
        """None over folders: the catalog has chosen the partitions."""
        return ()

    @property
    def name(self) -> str:
        """What the source is called where it has no transformation context."""
        return f"{self.table.database}.{self.table.name}"

    @property
    def kept(self) -> "TableSource":
        """The source as a state keeps it: without paths, because the catalog gives them at each run."""
        return msgspec.structs.replace(self, paths=(), partitions=())

    @property
    def _place(self) -> object:
        return self.table


class SnapshotSource(
    ObjectSource, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="snapshots"
):
    """A table of a lake format, whose metadata names its files: `paths` is empty, nobody lists them.

    `connection_type` and `format` name the lake format.
    """

    table: TableRef

    @property
    def predicates(self) -> tuple[str, ...]:
        """None over folders: it has no folders to be listed."""
        return ()

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """None that the catalog knows."""
        return ()

    @property
    def name(self) -> str:
        """What the source is called where it has no transformation context."""
        return f"{self.table.database}.{self.table.name}"

    @property
    def kept(self) -> "SnapshotSource":
        """The source as a state keeps it."""
        return self

    @property
    def _place(self) -> object:
        return self.table


class DatabaseSource(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="database"
):
    """A table of a database, with all that is needed to look at it again but who asks.

    `place` is the database (Login.place), and `relation` the table in it. `connection` is the name of the
    catalog's connection, `secret` that of a secret; without both, only the script knows the login. `table` is
    the catalog's table, if the script names one. `look_back` is how far behind the last key each run looks
    for rows that came late (docs/reference/database-bookmarks.md#looking-back).
    """

    connection_type: str
    place: str
    relation: DatabaseTable
    keys: BookmarkKeys
    connection: str = ""
    secret: str = ""
    table: TableRef | None = None
    look_back: LookBack = LookBack()
    reading: ReadingPolicy = ReadingPolicy()

    @property
    def name(self) -> str:
        """What the source is called where it has no transformation context."""
        return self.relation.full

    @property
    def format(self) -> str:
        """None: a database has rows and no files."""
        return ""

    @property
    def kept(self) -> "DatabaseSource":
        """The source as a state keeps it."""
        return self

    def lists_like(self, other: "Source") -> bool:
        """Whether both sources are one table, read by the same keys."""
        return isinstance(other, DatabaseSource) and (
            (self.place, self.relation, self.keys.columns, self.keys.descending)
            == (other.place, other.relation, other.keys.columns, other.keys.descending)
        )


class ItemSource(msgspec.Struct, frozen=True):
    """A table that no bookmark can follow, by its name in summaries: no state keeps it."""

    name: str


ListedSource = FileSource | TableSource
"""A source whose objects are listed."""

SourceOfObjects = ListedSource | SnapshotSource
"""A source whose rows are in objects."""

Source = SourceOfObjects | DatabaseSource
"""The source of one transformation context."""

"""Databases as values: where one is, a table in it, its bookmark keys, and which rows are meant."""

from typing import Annotated, Final, Literal

import msgspec

DEFAULT_PARTS: Final = 7
"""Into how many parts a table is cut where a script does not say it, as on AWS."""

KeyType = Literal["int", "decimal", "float", "text", "date", "timestamp", "timestamptz", "uuid", "bytes"]
"""The type of a key's value: `timestamp` is without a zone, `timestamptz` is an instant."""


class Login(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a database is, and who asks.

    `product` is a row of databases/products.py. `host` is empty and `port` 0 where the product has none or
    its own; of SQLite, `database` is the path of the file. `parameters` are those of the JDBC URL.
    """

    product: str
    host: str = ""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    database: str = ""
    user: str = ""
    password: str = ""
    parameters: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Login({self.place})"

    @property
    def place(self) -> str:
        """The database without who asks, as errors and summaries name it."""
        server = f"//{self.host}:{self.port}/" if self.port else f"//{self.host}/" if self.host else ""
        return f"{self.product}:{server}{self.database}"


class DatabaseTable(msgspec.Struct, frozen=True, order=True):
    """A table of a database, by its names as the database stores them; `schema` is "" where there is none."""

    def is_named_as(self, other: "DatabaseTable") -> bool:
        """Whether both name one table, without regard to case, and to a schema that one does not name."""
        is_one = not (self.schema and other.schema) or self.schema.lower() == other.schema.lower()
        return is_one and self.name.lower() == other.name.lower()

    schema: str
    name: str

    @property
    def full(self) -> str:
        """Both names, as errors and summaries show them."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


class KeyValue(msgspec.Struct, frozen=True, array_like=True):
    """The value of one key column, which is not null.

    `text` is the digits of a number, or the text itself. It is ISO 8601 for dates and times, with six or nine
    decimals and, of `timestamptz`, with the zone Z. It is hex for bytes and, with its hyphens, for a UUID.
    """

    type: KeyType
    text: str


Key = tuple[KeyValue, ...]
"""The values of all bookmark keys of a row, in their order. Keys are compared lexicographically, and only by
the database itself: it knows its collations."""


class BookmarkKeys(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The columns by which a table is read on, by their names as the database stores them.

    Runs read on in ascending order of the keys or, with `descending`, in descending order. `unique` says that
    no two rows share their keys. `row` are columns that tell the rows of one key apart: the primary key. It
    is empty if there is none; then only the whole row can.
    """

    columns: tuple[str, ...]
    descending: bool = False
    unique: bool = False
    row: tuple[str, ...] = ()


class KeyRange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rows whose keys come after one key and not after another, in the order of reading; None is no bound.

    With `to_before`, the rows at `upto` itself are not in it either. A bound may have fewer values than there
    are columns: then only the leading columns are compared with it.
    """

    after: Key | None = None
    upto: Key | None = None
    to_before: bool = False


class IdRange(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Whole numbers from `first` to `last`, both included."""

    first: int
    last: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One of several parts of a selection that are read beside each other; `condition` is SQL of the product.

    All parts together have each row exactly once.
    """

    condition: str


class Partitioning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a script wants rows to be cut into parts that are read beside each other.

    By a column of any type, or by an SQL expression that gives a whole number. With `lower` and `upper`,
    which Spark's reader has, a column is cut at equal distances between them; no row is left out.
    """

    column: str = ""
    expression: str = ""
    parts: int = DEFAULT_PARTS
    lower: str = ""
    upper: str = ""


class Rows(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which rows of a table or of a query are meant.

    Of a table with `keys`, those in any of `ranges`, those with their only key in any of `ids` (whole
    numbers), and with `nulls` those of which any key is null; without any of the three, all.
    `changed_since` keeps, on PostgreSQL, only rows whose version a transaction of that id or a later one has
    made. `columns` are those wanted, in this order; empty: all.
    """

    table: DatabaseTable | None = None
    query: str = ""
    keys: BookmarkKeys | None = None
    ranges: tuple[KeyRange, ...] = ()
    ids: tuple[IdRange, ...] = ()
    nulls: bool = False
    changed_since: int | None = None
    columns: tuple[str, ...] = ()
    part: Part | None = None


class TableColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column: its name and type as the database has them. `key_type` is None if it cannot be a key."""

    name: str
    sql_type: str
    key_type: KeyType | None
    nullable: bool = True


class TableShape(msgspec.Struct, frozen=True, kw_only=True):
    """A table as its database describes it.

    `unique` are the columns of its other unique constraints and indexes, `indexed` the leading columns of any
    index. `rows` is how many rows it has by the statistics, None if these do not say.
    """

    table: DatabaseTable
    columns: tuple[TableColumn, ...]
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexed: tuple[str, ...] = ()
    rows: int | None = None


class ListedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table or view that a database has."""

    table: DatabaseTable
    is_view: bool = False


class OpenTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction of somebody else that may still commit.

    `name` says whose it is, `since_us` when it began (epoch microseconds by the database's clock).
    """

    name: str
    since_us: int


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What a database says about the moment at which a session looks at it.

    `now_us` is its clock (epoch microseconds) after the moment: who begins later sees what the moment sees.
    `bound_us` is the clock before it (the same if None), `local_us` what that shows in the zone of the
    database (likewise), for times without a zone: what comes up to then may be read. `open` are the
    transactions that were open, oldest first; with `knows_open` false it does not tell them, and `unseen`
    says why and what to do, where it could tell. `oldest_xid` is, on PostgreSQL, the lowest id of a
    transaction whose rows may not have been visible (None elsewhere). `snapshot` lets other connections see
    the same rows, for as long as the session is open.
    """

    now_us: int
    bound_us: int | None = None
    local_us: int | None = None
    open: tuple[OpenTransaction, ...] = ()
    knows_open: bool = False
    unseen: str = ""
    oldest_xid: int | None = None
    snapshot: str | None = None


class LookBack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far each run looks behind the last key for rows that were committed late.

    `rows` counts rows behind the last key; `seconds` counts time, for a first key that is one. A key that is
    missing among whole numbers is asked for again for `missing_seconds`. With `hold_back_seconds`, rows whose
    first key is a time that is not older than that are left to the next run.
    """

    rows: int = 10_000
    seconds: int = 600
    missing_seconds: int = 86_400
    hold_back_seconds: int = 0


class MissingIds(msgspec.Struct, frozen=True, array_like=True):
    """Whole numbers below the last key that no row had, and since when (epoch ms by our clock)."""

    first: int
    last: int
    since_ms: int


class TableMark(msgspec.Struct, frozen=True, array_like=True):
    """What tells, at a moment, a table from one of its name that is made anew or emptied later.

    `table` is its id, `files` the id of where its rows lie, `numbers` likewise for its sequences.
    `next_xid` is the lowest id that no transaction had then. On MySQL, `table` is the time of its
    definition, and `files` is "" if the user may not know it.
    """

    table: str
    files: str
    numbers: str
    next_xid: int


Past = Literal["kept", "emptied", "replaced", "unknown"]
"""What became of a table since a mark: rows of then are there, all were removed, another table stands in its
place, or nobody can tell."""


class SampledRow(msgspec.Struct, frozen=True, array_like=True):
    """A row that was read: its only key, and the digests of its values; "" for null."""

    key: int
    cells: tuple[str, ...]


class RowSample(msgspec.Struct, frozen=True, array_like=True):
    """A few rows that were read, sorted by their key, and the columns that tell them apart.

    `salt` went into the digests; older bookmarks have none.
    """

    columns: tuple[str, ...]
    rows: tuple[SampledRow, ...]
    salt: str = ""


class Reached(msgspec.Struct, frozen=True, array_like=True):
    """How far an earlier run had read when the database's clock showed `now_us` (epoch microseconds).

    `last` is None if the table had no row yet.
    """

    now_us: int
    last: Key | None

"""Tables of lake formats, as values: their history of commits, and their data files."""

import msgspec


class TableCommit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit of a table: an Iceberg snapshot, or a version of a Delta table.

    `parent` is None for the first, and its commit may be forgotten by the table. `adds` says that it added
    rows and changed none; `rewrites` that it changed or replaced rows. Where neither is true, it has removed
    rows, or moved them to other files. With `begins` no file is in it that came before: the parent of such
    a commit is None because it has none, not because that one is forgotten.
    """

    id: int
    parent: int | None
    adds: bool = False
    rewrites: bool = False
    begins: bool = False


class TableHistory(msgspec.Struct, frozen=True, kw_only=True):
    """The commits that a table still knows. `current` is None for a table that never had one.

    `table_id` is the identity of the table, which a table made anew does not share.
    """

    table_id: str
    current: int | None
    commits: tuple[TableCommit, ...]


class LakeFile(msgspec.Struct, frozen=True, kw_only=True):
    """One data file of a table; `handle` is what the reader of its format needs to read it.

    `commit` is the one that has added it, None if that is not known; `rewritten` says that this commit has
    changed rows that were there before.
    """

    path: str
    size: int
    handle: bytes
    commit: int | None = None
    rewritten: bool = False

"""A crawl: list the targets, look into files, group them, and have the server change the catalog."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from placekeeper.model.crawling import (
    CrawlCounts,
    CrawlEnd,
    CrawlOutcome,
    CrawlTask,
    FoundTable,
    GoneTables,
    KnownTable,
)
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.wording import counted
from placekeeper.ports.databases import Databases
from placekeeper.ports.objects import Objects
from placekeeper.rules.catalog.schema_changes import columns_of
from placekeeper.rules.catalog.table_kinds import TableKind, kind_of
from placekeeper.rules.crawling.changes import (
    PIECE,
    changes_of_partitions,
    differing_partitions,
    key_names,
    location_of,
)
from placekeeper.rules.crawling.grouping import GroupedTable, grouped, table_of_file
from placekeeper.rules.crawling.options import CrawlOptions, options_of
from placekeeper.rules.crawling.splits import split_of
from placekeeper.rules.crawling.table_inputs import found_table, location_folder, with_keys
from placekeeper.rules.crawling.unread import Unread
from placekeeper.runtime.crawling.databases import DatabaseCrawl
from placekeeper.runtime.crawling.dynamodb import found_items
from placekeeper.runtime.crawling.left_out import refuse
from placekeeper.runtime.crawling.listing import Listed, check_there, listed
from placekeeper.runtime.crawling.new_folders import additions, new_among
from placekeeper.runtime.crawling.pieces import pieces_of
from placekeeper.runtime.crawling.seeing import Seen, looked_into

Say = Callable[[str], None]


class Server(Protocol):
    """What a crawl says to the server."""

    def crawl_table(self, found: FoundTable) -> CrawlOutcome:
        """Make or change a table."""
        ...

    def crawl_gone(self, gone: GoneTables) -> CrawlOutcome:
        """Say which tables have no files any more."""
        ...

    def crawl_end(self, end: CrawlEnd) -> None:
        """Say that all is done."""
        ...


class Crawling:
    """One crawl. What it does and what it leaves out is said, line by line."""

    def __init__(
        self,
        task: CrawlTask,
        objects: Objects,
        server: Server,
        say: Say,
        checkpoint: Say = lambda _: None,
        *,
        databases: Databases,
    ) -> None:
        self._task = task
        self._objects = objects
        self._server = server
        self._say = say
        self._checkpoint = checkpoint
        self._databases = DatabaseCrawl(databases, task.crawler, task.connections, task.tables, say)
        self._options: CrawlOptions = options_of(task.spec)
        self._bad: list[str] = []
        self._listed: list[Listed] = []
        self._locations = frozenset(location_of(known.spec) for known in task.tables)

    def run(self) -> None:
        """Raises UnsupportedFeature for what is not crawled, and ListingFailed; then nothing has changed but
        for tables that are named in the log."""
        refuse(self._task, self._say)
        targets = self._task.spec["Targets"]
        found = [
            *(table for target in targets.get("S3Targets") or () for table in self._of_folder(target)),
            *(table for known in self._task.targets for table in self._of_table(known)),
            *self._databases.found(targets.get("JdbcTargets") or ()),
            *(
                found_items(one, self._task.crawler, self._say)
                for one in targets.get("DynamoDBTargets") or ()
            ),
        ]
        self._check_named_tables(targets.get("CatalogTargets") or ())
        most = self._options.most_tables
        if most is not None and len(found) > most:
            raise UnsupportedFeature(
                f"The number of tables detected by crawler: {len(found)} is greater than the table threshold "
                f"value: {most}. Nothing was changed."
            )
        self._checkpoint("crawl.found")
        unread = self._unread
        made: dict[str, dict[str, Any]] = {}
        for table in found:
            there = tuple(unread.below(location_folder(table.spec)))
            made[self._apply(replace(table, unread=there))] = table.spec
        self._checkpoint("crawl.changed")
        if not self._task.targets and not self._adds_only:
            self._gone(made, unread, self._databases.gone())
        # A folder is new to the next crawl, too, as long as files of it are not recognised.
        bad = self._bad_folders
        seen = (folder for one in self._listed for folder in one.seen if folder.folder not in bad)
        folders = {folder.folder: folder for folder in seen}
        self._server.crawl_end(CrawlEnd(folders=tuple(folders.values())))
        self._checkpoint("crawl.ended")

    @property
    def _bad_folders(self) -> frozenset[str]:
        return frozenset(name for path in self._bad for name in (f"{path.rpartition('/')[0]}/", path))

    @property
    def _unread(self) -> Unread:
        """Where files are that no table has: what the catalog says of them stays."""
        bad = (f"{path.rstrip('/')}/" for path in self._bad_folders)
        return Unread([*bad, *(folder for one in self._listed for folder in one.others)])

    @property
    def _adds_only(self) -> bool:
        return self._options.only_new and bool(self._task.folders)

    def _of_folder(self, target: Mapping[str, Any]) -> list[FoundTable]:
        """The tables of an S3 target, which may be a local folder too.

        Raises ListingFailed for a local one that is not there: its disk may be away, its tables are not gone.
        """
        check_there(self._objects, target["Path"])
        listing = self._list(target["Path"], target.get("Exclusions") or ())
        folders = listing.folders
        if self._adds_only:
            folders = new_among(listing, self._task.folders, self._say)
        seen = self._look(folders, target.get("SampleSize"))
        if self._adds_only:
            return additions(listing.root, seen.files, self._task.tables, self._task.crawler, self._say)
        if listing.is_file:
            return [found_table(table_of_file(file), self._task.crawler) for file in seen.files]
        return [found_table(table, self._task.crawler) for table in self._group(listing.root, seen)]

    def _of_table(self, known: KnownTable) -> list[FoundTable]:
        """What a table of a catalog target has become."""
        name = f"{known.database}.{known.name}"
        location = location_folder(known.spec)
        if kind_of(known.spec) is not TableKind.FILES:
            self._say(f"table {name}: it has no files; it stays as it is")
            return []
        if not location:
            self._say(f"table {name}: it has no location; it stays as it is")
            return []
        listing = self._list(location.rstrip("/"), ())
        seen = self._look(listing.folders, None)
        if listing.is_file:
            tables = [table_of_file(file) for file in seen.files]
        else:
            tables = self._group(listing.root, seen, combines=True)
        mine = [table for table in tables if table.location.rstrip("/") == listing_place(listing, location)]
        for table in tables:
            if table not in mine:
                self._say(f"table {name}: {table.location} does not fit in; it is left out")
        if not mine:
            self._say(f"table {name}: nothing at {location} is of one form; it stays as it is")
            return []
        keys = key_names(known.spec)
        pairs = list(zip(mine[0].keys, keys, strict=False))
        if len(mine[0].keys) != len(keys) or any(new != old and new in keys for new, old in pairs):
            self._say(
                f"table {name}: its folders have the partition keys {list(mine[0].keys)}, and it has "
                f"{keys}; it stays as it is"
            )
            return []
        table = with_keys(mine[0], keys)
        return [found_table(table, self._task.crawler, existing=(known.database, known.name))]

    def _check_named_tables(self, targets: Sequence[Mapping[str, Any]]) -> None:
        there = {(known.database, known.name) for known in self._task.targets}
        for target in targets:
            for name in target["Tables"]:
                if (target["DatabaseName"].lower(), name.lower()) not in there:
                    self._say(f"table {target['DatabaseName']}.{name}: there is no such table")

    def _list(self, path: str, exclusions: Sequence[str]) -> Listed:
        said: list[str] = []
        found = listed(self._objects, path, exclusions, said, self._locations)
        files = sum(map(len, found.folders.values()))
        self._say(f"{path}: {counted(files, 'file')} in {counted(len(found.folders), 'folder')}")
        for sentence in said:
            self._say(sentence)
        self._listed.append(found)
        return found

    def _look(self, folders: Mapping[str, Sequence[ObjectMeta]], sample: int | None) -> Seen:
        seen = looked_into(self._objects, folders, self._task.classifiers, sample=sample, say=self._say)
        self._bad.extend(seen.bad)
        return seen

    def _group(self, root: str, seen: Seen, *, combines: bool = False) -> list[GroupedTable]:
        found = grouped(
            root, seen.files, combines=combines or self._options.combines, level=self._options.level
        )
        for sentence in found.said:
            self._say(sentence)
        return found.tables

    def _apply(self, table: FoundTable) -> str:
        """Have a table made or changed; its name. One of many partitions goes to the server in pieces."""
        name, into, said, counts = "", table.into, list[str](), CrawlCounts()
        for piece in pieces_of(table):
            outcome = self._server.crawl_table(replace(piece, into=into))
            name, into = outcome.table, outcome.where
            said += [sentence for sentence in outcome.said if sentence not in said]
            counts = counts.plus(outcome.counts) if piece.partitions else counts
            if into is None:  # it is gone meanwhile
                break
        self._checkpoint("crawl.table-changed")
        if len(table.partitions) > PIECE:
            said += changes_of_partitions(counts.partitions_created, counts.partitions_updated)
            if not self._options.inherits:
                parts = ((location_of(one.spec), columns_of(one.spec)) for one in table.partitions)
                said += differing_partitions(columns_of(table.spec), parts)
        self._say(f"table {name}: {'; '.join(said) or 'nothing has changed'}")
        return name

    def _gone(
        self,
        made: Mapping[str, Mapping[str, Any]],
        unread: Unread,
        gone_tables: Sequence[tuple[str, str]],
    ) -> None:
        """Tables of this crawler below its targets that were not found again. `made` are the others.
        `gone_tables` are those of databases."""
        places = {location_folder(spec): name for name, spec in made.items()}
        instead: dict[str, str] = {}
        roots = tuple(f"{one.root.rstrip('/')}/" for one in self._listed)
        gone = [*gone_tables]
        for known in self._task.tables:
            location, name = location_folder(known.spec), f"{known.database}.{known.name}"
            if name in made or not location.startswith(roots):
                continue
            if location in places:
                why = f"its files are the table {places[location]} too"
                self._say(f"table {name}: {why}; it stays as it is")
            elif unread.touches(location):
                bad = Unread(f"{path}/" for path in self._bad).touches(location)
                why = "no classifier recognises its files any more" if bad else "its files were left out"
                self._say(f"table {name}: {why}; it stays as it is")
            elif (split := split_of(known.spec, made)) and split.stays:
                self._say(
                    f"table {name}: {split.said}; it stays as it is, because files of its format are there. "
                    "Delete it, if the others replace it"
                )
            else:
                instead |= {name: split.said} if split else {}
                gone.append((known.database, known.name))
        if gone:
            for sentence in self._server.crawl_gone(GoneTables(tables=tuple(gone), instead=instead)).said:
                self._say(sentence)


def listing_place(listing: Listed, location: str) -> str:
    """The location of the table that a whole listing is, without the slash at its end."""
    return location.rstrip("/") if listing.is_file else listing.root.rstrip("/")

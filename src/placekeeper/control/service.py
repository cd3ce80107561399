"""All use cases of one state, for the server, the command line and job processes."""

from collections.abc import Callable

from msgspec import Struct

from placekeeper.control.bookmarks.history import Bookmarks, no_check
from placekeeper.control.bookmarks.marks import Marks
from placekeeper.control.bookmarks.planner import Planner, SourceDatabase
from placekeeper.control.bookmarks.transfer import Transfer
from placekeeper.control.catalog.catalogs import Catalogs
from placekeeper.control.catalog.changes import PartitionChanges, TableChanges
from placekeeper.control.catalog.connection_tests import ConnectionTest
from placekeeper.control.catalog.connections import Connections
from placekeeper.control.catalog.drops import PartitionDrops
from placekeeper.control.catalog.functions import Functions
from placekeeper.control.catalog.indexes import PartitionIndexes
from placekeeper.control.catalog.lake_changes import LakeChanges
from placekeeper.control.catalog.new_tables import NewTables
from placekeeper.control.catalog.partitions import Partitions
from placekeeper.control.catalog.search import Search
from placekeeper.control.catalog.settings import CatalogSettings
from placekeeper.control.catalog.statistics import Statistics
from placekeeper.control.catalog.tables import Catalog
from placekeeper.control.catalog.versions import TableVersions
from placekeeper.control.crawling.catalog_changes import CrawlChanges
from placekeeper.control.crawling.classifiers import Classifiers
from placekeeper.control.crawling.crawlers import Crawlers
from placekeeper.control.crawling.crawls import Crawls
from placekeeper.control.crawling.execution import CrawlExecution
from placekeeper.control.crawling.transitions import CrawlLifecycle
from placekeeper.control.jobs.definitions import Jobs
from placekeeper.control.jobs.execution import Execution
from placekeeper.control.jobs.runs import Runs
from placekeeper.control.jobs.start import Randomness, RunStarter
from placekeeper.control.jobs.transitions import Lifecycle
from placekeeper.control.ledger.compaction import Compaction
from placekeeper.control.ledger.housekeeping import Housekeeping
from placekeeper.control.publications import Publications
from placekeeper.control.replacing import Replacing
from placekeeper.control.security_configurations import SecurityConfigurations
from placekeeper.control.state.acceptance import Acceptance
from placekeeper.control.state.wholeness import Wholeness
from placekeeper.control.tags import Tags
from placekeeper.control.waiting_writes import WaitingWrites
from placekeeper.model.account import Account
from placekeeper.model.databases import Login
from placekeeper.ports.clock import Clock
from placekeeper.ports.crawl_launcher import CrawlLauncher
from placekeeper.ports.effects import Effects, RowsLook
from placekeeper.ports.keys import Keys
from placekeeper.ports.lake import Lakes
from placekeeper.ports.last_tidied import LastTidied
from placekeeper.ports.launcher import Launcher
from placekeeper.ports.ledger import Ledger
from placekeeper.ports.objects import Objects, Staging
from placekeeper.ports.record import NoRecord, Record
from placekeeper.ports.store import Store
from placekeeper.rules.databases.connection_properties import SecretFacts


class Control(Struct, frozen=True):
    """All use cases over one state."""

    bookmarks: Bookmarks
    marks: Marks
    jobs: Jobs
    runs: Runs
    run_starter: RunStarter
    lifecycle: Lifecycle
    publications: Publications
    waiting_writes: WaitingWrites
    replacing: Replacing
    tags: Tags
    security_configurations: SecurityConfigurations
    catalog: Catalog
    catalogs: Catalogs
    connections: Connections
    functions: Functions
    crawlers: Crawlers
    classifiers: Classifiers
    crawls: Crawls
    crawl_lifecycle: CrawlLifecycle
    crawl_changes: CrawlChanges
    catalog_settings: CatalogSettings
    table_versions: TableVersions
    partitions: Partitions
    partition_indexes: PartitionIndexes
    statistics: Statistics
    search: Search
    table_changes: TableChanges
    partition_changes: PartitionChanges
    lake_changes: LakeChanges
    partition_drops: PartitionDrops
    new_tables: NewTables
    planner: Planner
    transfer: Transfer
    compaction: Compaction
    housekeeping: Housekeeping
    wholeness: Wholeness
    acceptance: Acceptance
    account: Account
    clock: Clock

    def crawling(self, launcher: CrawlLauncher) -> CrawlExecution:
        """The use case that executes the crawls that `launcher` launches."""
        return CrawlExecution(self.crawls, self.crawl_lifecycle, launcher, self.clock)

    def execution(self, launcher: Launcher) -> Execution:
        """The use case that executes the runs that `launcher` launches."""
        return Execution(self.runs, self.lifecycle, self.publications, self.marks, launcher, self.clock)


class Ports(Struct, frozen=True, kw_only=True):
    """The adapters that the use cases need.

    `listed_connections` are the connection types of the sources that `objects` lists. `source_database`
    opens the database of a source. `secrets` says what a secret holds, and `connect` connects to a database
    once (see ConnectionTest).
    `record` is None for a state without one: then no bookmark is checked to be whole. `place` is the location
    of the state, for messages. `checkpoint` is called between the steps; tests kill the process there.
    """

    store: Store
    clock: Clock
    ledger: Ledger
    objects: Objects
    listed_connections: frozenset[str]
    source_database: SourceDatabase
    secrets: Callable[[str], SecretFacts]
    connect: Callable[[Login], None]
    staging: Staging
    lakes: Lakes
    effects: Effects
    rows_look: RowsLook
    keys: Keys
    random_hex: Randomness
    record: Record | None
    last_tidied: LastTidied
    checkpoint: Callable[[str], None]
    place: str


def control_plane(ports: Ports, *, grace_ms: int, retention_ms: int, account: Account) -> Control:
    """The use cases over one state.

    Garbage is kept for `grace_ms`; a rewind reaches as far back as `retention_ms`. Both are milliseconds.
    """
    store, clock, ledger, keys = ports.store, ports.clock, ports.ledger, ports.keys
    wholeness = Wholeness(store, ports.record or NoRecord(), ledger, ports.random_hex, ports.place)
    check = no_check if ports.record is None else wholeness.check_bookmark
    publications = Publications(store, clock, ports.effects, ports.rows_look, ports.checkpoint)
    bookmarks = Bookmarks(store, clock, publications, keys, check)
    marks, catalog = Marks(store, clock, keys), Catalog(store, clock)
    planner = _planner(ports, bookmarks, marks, catalog)
    return Control(
        bookmarks=bookmarks,
        marks=marks,
        jobs=Jobs(store, clock, publications),
        runs=Runs(store, clock),
        run_starter=RunStarter(store, clock, publications, ports.random_hex),
        lifecycle=Lifecycle(store, clock, ports.random_hex),
        publications=publications,
        waiting_writes=WaitingWrites(store, clock, publications, ports.rows_look, ports.checkpoint),
        replacing=Replacing(store, clock, publications),
        tags=Tags(store),
        security_configurations=SecurityConfigurations(store, clock, keys),
        catalog=catalog,
        catalogs=Catalogs(account),
        connections=Connections(store, clock, ConnectionTest(ports.secrets, ports.connect)),
        functions=Functions(store, clock),
        crawlers=Crawlers(store, clock),
        classifiers=Classifiers(store, clock),
        crawls=Crawls(store, clock, ports.random_hex),
        crawl_lifecycle=CrawlLifecycle(store, clock, ports.random_hex),
        crawl_changes=CrawlChanges(store, clock, ports.objects),
        catalog_settings=CatalogSettings(store, clock),
        table_versions=TableVersions(store),
        partitions=Partitions(store, clock),
        partition_indexes=PartitionIndexes(store),
        statistics=Statistics(store),
        search=Search(store),
        table_changes=TableChanges(store, clock),
        partition_changes=PartitionChanges(store, clock, ports.objects),
        lake_changes=LakeChanges(store, clock, ports.lakes),
        partition_drops=PartitionDrops(store, clock, ports.objects),
        new_tables=NewTables(store, catalog, ports.lakes),
        planner=planner,
        transfer=Transfer(store, clock, publications, bookmarks, planner, keys),
        compaction=Compaction(
            store, clock, ledger, ports.random_hex, ports.checkpoint, retention_ms=retention_ms
        ),
        housekeeping=Housekeeping(
            store,
            clock,
            ledger,
            ports.staging,
            ports.last_tidied,
            grace_ms=grace_ms,
            retention_ms=retention_ms,
        ),
        wholeness=wholeness,
        acceptance=Acceptance(wholeness, publications, clock, keys),
        account=account,
        clock=clock,
    )


def _planner(ports: Ports, bookmarks: Bookmarks, marks: Marks, catalog: Catalog) -> Planner:
    return Planner(
        bookmarks,
        marks,
        catalog,
        ports.objects,
        ports.ledger,
        ports.clock,
        listed_connections=ports.listed_connections,
        source_database=ports.source_database,
    )

"""The use cases together, as the faces see them."""

from dataclasses import dataclass

from placekeeper.control.bookmarks.history import Bookmarks, Expect, nothing_expected
from placekeeper.control.bookmarks.marks import Marks
from placekeeper.control.catalog.partitions import Partitions
from placekeeper.control.catalog.tables import Catalog
from placekeeper.control.jobs.definitions import Jobs
from placekeeper.control.jobs.runs import Runs
from placekeeper.control.jobs.start import Randomness, Starting
from placekeeper.control.jobs.transitions import Lifecycle
from placekeeper.control.publications import Publications
from placekeeper.control.security_configurations import SecurityConfigurations
from placekeeper.control.tags import Tags
from placekeeper.ports.clock import Clock
from placekeeper.ports.keys import Keys
from placekeeper.ports.objects import Staging
from placekeeper.ports.store import Store
from placekeeper.rules.bookmarks.sealing import NO_KEYS


@dataclass(frozen=True)
class Control:
    """The control plane without its faces."""

    bookmarks: Bookmarks
    marks: Marks
    jobs: Jobs
    runs: Runs
    starting: Starting
    lifecycle: Lifecycle
    publications: Publications
    tags: Tags
    security_configurations: SecurityConfigurations
    catalog: Catalog
    partitions: Partitions


def control_plane(
    *,
    store: Store,
    clock: Clock,
    staging: Staging,
    random_hex: Randomness,
    keys: Keys = NO_KEYS,
    expect: Expect = nothing_expected,
) -> Control:
    """The use cases over one state; `expect` refuses bookmarks that are not whole."""
    publications = Publications(store, clock, staging)
    return Control(
        bookmarks=Bookmarks(store, clock, publications, keys, expect),
        marks=Marks(store, clock, keys),
        jobs=Jobs(store, clock, publications),
        runs=Runs(store, clock),
        starting=Starting(store, clock, publications, random_hex),
        lifecycle=Lifecycle(store, clock, random_hex),
        publications=publications,
        tags=Tags(store),
        security_configurations=SecurityConfigurations(store, clock, keys),
        catalog=Catalog(store, clock),
        partitions=Partitions(store, clock),
    )

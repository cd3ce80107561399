"""A session that no state remembers: for notebooks and for tests of functions.

Every read reads all there is, output is visible at once, and `Job.init` and `Job.commit` may be called as
often as a cell is evaluated.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

import msgspec

from placekeeper.model.bookmark import BookmarkOption
from placekeeper.model.catalog import Databases, TableDefinition, TableRef, TableSnapshot
from placekeeper.model.connections import ConnectionTold
from placekeeper.model.errors import EntityNotFoundException, UnsupportedFeature
from placekeeper.model.exchange import Opened, OpenRequest
from placekeeper.model.publication import PartitionsAdded, SnapshotAdded, TableChange
from placekeeper.runtime.run.client import Client
from placekeeper.runtime.run.current import Session
from placekeeper.runtime.run.init_arguments import option_of
from placekeeper.runtime.run.session import JobSession

NO_BOOKMARK = (
    "no bookmark is kept here: every read reads all, and output is visible at once. A bookmark follows "
    "placekeeper run SCRIPT --job-bookmark-option job-bookmark-enable"
)

Tables = Callable[[TableRef], TableSnapshot]
"""Answers for the tables of a catalog. Raises EntityNotFoundException."""

_IN_A_RUN: Final = "run the script instead, by placekeeper run SCRIPT, or by the fixture glue_job in a test"

_T = TypeVar("_T")


def no_tables(ref: TableRef) -> TableSnapshot:
    """Refuse a table: there is no catalog."""
    raise UnsupportedFeature(
        f"there is no catalog here, so no table {ref.database}.{ref.name}. Read the files themselves with "
        "from_options, or run the script on a state that has the table: placekeeper run SCRIPT"
    )


class NobodyAnswers(Client):
    """The exchange with a server that is not there: what it would remember is forgotten."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def definition_to_read(self, ref: TableRef) -> TableDefinition:
        """The definition of a table that is read: there is nobody whose tables could be written."""
        try:
            return TableDefinition(spec=self._tables(ref).spec)
        except EntityNotFoundException:
            return TableDefinition(spec=None)

    def databases(self) -> Databases:
        """Raises UnsupportedFeature: only tables are known here, by their names."""
        raise UnsupportedFeature(f"the databases of the catalog are not listed here: {_IN_A_RUN}")

    def connection(self, name: str) -> ConnectionTold:
        """Raises UnsupportedFeature: no catalog has it."""
        raise UnsupportedFeature(f"there is no catalog here that has the connection {name}: {_IN_A_RUN}")

    def glue(self, operation: str, **_members: Any) -> dict[str, Any]:
        """Raises UnsupportedFeature: nobody is there to ask, or to keep a change."""
        raise UnsupportedFeature(f"there is no catalog here that could answer {operation}: {_IN_A_RUN}")

    def _call(self, name: str, request: msgspec.Struct, answer: type[_T]) -> _T:  # noqa: ARG002
        match request:
            case OpenRequest():
                opened: object = Opened(name=request.name, run=1, attempt=0)
            case TableRef() if answer is TableSnapshot:
                opened = self._tables(request)
            case TableRef() | TableChange() | PartitionsAdded() | SnapshotAdded():
                raise UnsupportedFeature(
                    "tables of the catalog are not written here: no run is there to take them back. Run the "
                    "script instead: placekeeper run SCRIPT, or the fixture glue_job in a test"
                )
            case _:
                return answer()
        return cast(_T, opened)


class UnrememberedSession:
    """Passes on to a JobSession what `awsglue` calls; `make` makes one, `note` is told what to know."""

    def __init__(self, make: Callable[[], JobSession]) -> None:
        self._make = make
        self._run = make()
        self._is_committed = False

    @classmethod
    def of(cls, make: Callable[[], JobSession]) -> Session:
        """The session, as `awsglue` knows it."""
        return cast(Session, cls(make))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def init(self, name: str, args: Mapping[str, Any]) -> None:
        """Job.init: its arguments are checked, and no bookmark is opened. Raises UsageError."""
        if option_of(name, args) is not BookmarkOption.DISABLE:
            self._run.note(NO_BOOKMARK)
        if self._is_committed:
            self._run, self._is_committed = self._make(), False
        without = {key: value for key, value in args.items() if not key.startswith("job_bookmark_")}
        self._run.init(name, without)

    def commit(self) -> None:
        """Job.commit: what waits to be published is visible now. Raises UsageError without Job.init."""
        self._run.commit()
        self._is_committed = True

"""Looks at the catalog and at its files again and again, while runs go on, die and are settled."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from placekeeper.host.state import State
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from workspace import Workspace

PAUSE_S = 0.01


class Look:
    """What the catalog says of one table now, and the files that there are."""

    def __init__(self, workspace: Workspace, state: State, table: str) -> None:
        self._workspace = workspace
        self._state = state
        self._table = table
        self.count = 0

    def partitions(self) -> dict[tuple[str, ...], str]:
        """The folders of the table's partitions below the bucket or the data, by values; none without it."""
        root = self._workspace.place.url("")
        try:
            page = self._state.control.partitions.page(
                "shop", self._table, predicate="", segment=None, after=None, limit=5000
            )
        except EntityNotFoundException:
            return {}
        found: dict[tuple[str, ...], Any] = {one.values: one.spec["StorageDescriptor"] for one in page.items}
        return {
            values: storage["Location"].removeprefix("file://").removeprefix(root).strip("/")
            for values, storage in found.items()
        }

    def folders(self, under: str) -> set[str]:
        """The folders that have visible files."""
        names = self._workspace.place.names(under)
        return {f"{under}/{name.rpartition('/')[0]}" for name in names if "_placekeeper" not in name}

    def check(self, under: str) -> None:
        """Every partition that the catalog shows has files, now."""
        self.count += 1
        shown = self.partitions()
        there = self.folders(under)
        empty = {values for values, folder in shown.items() if folder not in there}
        still = empty & self.partitions().keys()  # a purge may have dropped them in between, and rightly
        assert not still, f"partitions without data: {sorted(still)}"

    def columns(self) -> dict[str, str]:
        """The table's columns."""
        table = self._state.control.catalog.table("shop", self._table)
        return {c["Name"]: c["Type"] for c in table.spec["StorageDescriptor"]["Columns"]}


@contextmanager
def looking(workspace: Workspace, table: str) -> Iterator[Look]:
    """One look at a table of the database shop."""
    state = open_state(Settings(state=workspace.state), {}, only_reads=True)
    try:
        yield Look(workspace, state, table)
    finally:
        state.close()


@contextmanager
def watched(workspace: Workspace, table: str, under: str = "out") -> Iterator[Look]:
    """While the context lasts, no partition of a table is ever without data."""
    failures: list[AssertionError] = []
    ended = threading.Event()

    def watch(look: Look) -> None:
        while not ended.wait(PAUSE_S) and not failures:
            try:
                look.check(under)
            except AssertionError as error:
                failures.append(error)

    with looking(workspace, table) as look:
        thread = threading.Thread(target=watch, args=(look,))
        thread.start()
        try:
            yield look
        finally:
            ended.set()
            thread.join()
        look.check(under)
        if failures:
            raise failures[0]

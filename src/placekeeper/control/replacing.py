"""Runs that delete what others have published: nothing half visible is deleted, and one overwrites at a time.

A run asks before it lists what it will delete, and again afterwards. What ended runs have begun to publish
is settled first, so its files are never missing when somebody finishes that publication.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from placekeeper.control.fence import check_going_on
from placekeeper.control.publications import Publications
from placekeeper.model.errors import TargetBusy
from placekeeper.model.exchange import Replaceable, ReplacingRequest
from placekeeper.model.jobs import JobRun
from placekeeper.model.publication import Effect, ObjectsPurged, ObjectsTransitioned, Publication, StagedFile
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.prefixes import Prefixes

_CLOCKS_APART_MS: Final = 60_000
"""By how much the clocks of the state's servers may differ."""


class Replacing:
    """Tells runs what of others is below a prefix, before they delete it."""

    def __init__(self, store: Store, clock: Clock, publications: Publications) -> None:
        self._store = store
        self._clock = clock
        self._publications = publications

    def look(self, run: JobRun, request: ReplacingRequest) -> Replaceable:
        """Settle what ended runs have begun under the prefixes, and tell what other runs publish there.

        Raises TargetBusy if the run overwrites them and another one does so, PublicationPending if a store
        does not answer, AccessDeniedException when the run has ended meanwhile.
        """
        meant = _Meant(request.prefixes)
        if request.overwrites:
            self._claim(run, request.prefixes)
        with self._store.read() as tx:
            begun = _others(tx.publications.unsettled(), run.id, meant)
            ended = [publication for publication in begun if _has_ended(tx, publication.run_id)]
        for publication in ended:
            self._publications.settle_one(publication)
        now_ms = self._clock.now_ms()
        since_ms = (now_ms if request.since_ms is None else request.since_ms) - _CLOCKS_APART_MS
        with self._store.read() as tx:
            settled = _others(tx.publications.settled_since(since_ms), run.id, meant)
            unsettled = _others(tx.publications.unsettled(), run.id, meant)
        return Replaceable(now_ms=now_ms, settled=_files(settled, meant), unsettled=_files(unsettled, meant))

    def release(self, run: JobRun, folders: Sequence[str]) -> None:
        """The run has overwritten folders, and all of it is visible: other runs may do so."""
        with self._store.write() as tx:
            check_going_on(tx, run)
            tx.overwrites.release(run.id, folders)

    def _claim(self, run: JobRun, folders: Sequence[str]) -> None:
        """Keep other runs from overwriting folders until this one has published or ended."""
        with self._store.write() as tx:
            check_going_on(tx, run)
            wanted = Prefixes(folders)
            claims = tx.overwrites.of_others(run.id)
            ended = {run_id for run_id, _ in claims if _has_ended(tx, run_id)}
            for run_id, folder in claims:
                if run_id not in ended and wanted.overlap(folder):
                    raise TargetBusy(_overwritten(tx.runs.get(run_id), folder))
            tx.overwrites.drop(ended)
            tx.overwrites.add(run.id, folders)


class _Meant:
    """What URIs mean: an object itself, or what is in a folder, with or without its last slash."""

    def __init__(self, uris: Sequence[str]) -> None:
        self._objects = frozenset(uris)
        self._folders = Prefixes(uri.rstrip("/") + "/" for uri in uris)

    def covers(self, uri: str) -> bool:
        return uri in self._objects or self._folders.cover(uri)


def _others(publications: Sequence[Publication], run_id: str, meant: _Meant) -> Sequence[Publication]:
    """Those of other runs that have something to do with the objects that are meant."""
    return [
        publication
        for publication in publications
        if publication.run_id != run_id
        and any(meant.covers(path) for effect in publication.manifest for path in _paths(effect))
    ]


def _paths(effect: Effect) -> Sequence[str]:
    if isinstance(effect, StagedFile):
        return (effect.path,)
    if isinstance(effect, ObjectsPurged | ObjectsTransitioned):
        return [meta.path for meta in effect.objects]
    return ()


def _files(publications: Sequence[Publication], meant: _Meant) -> Mapping[str, tuple[str, ...]]:
    found = {
        f"{publication.run_id}/{publication.ordinal}": tuple(
            effect.path
            for effect in publication.manifest
            if isinstance(effect, StagedFile) and meant.covers(effect.path)
        )
        for publication in publications
    }
    return {name: paths for name, paths in found.items() if paths}


def _has_ended(tx: Transaction, run_id: str) -> bool:
    run = tx.runs.get(run_id)
    return run is None or run.state.is_final


def _overwritten(by: JobRun | None, folder: str) -> str:
    who = "another run" if by is None else f"run {by.id} of the job {by.job_name}"
    return (
        f"{folder} is overwritten by {who} at this moment, and the output of both would stay. This run has "
        "deleted nothing. Run it again when the other one has ended. If the machine of that one is gone, "
        "start placekeeper dev for half a minute: it records that end."
    )

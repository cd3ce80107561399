"""Classifiers: create, get, list, update, delete (docs/reference/operations.md#crawlers)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from placekeeper.model.crawling import Classifier
from placekeeper.model.errors import EntityNotFoundException, InvalidInputException
from placekeeper.model.page import Page
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store
from placekeeper.rules.crawling.definitions import one_classifier


class Classifiers:
    """The use cases of classifiers."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, params: Mapping[str, Any]) -> None:
        """Raises AlreadyExistsException, and InvalidInputException for none or several in the request."""
        kind, name, spec = one_classifier(params)
        now_ms = self._clock.now_ms()
        made = Classifier(name=name, kind=kind, spec=spec, created_ms=now_ms, modified_ms=now_ms)
        with self._store.write() as tx:
            tx.classifiers.insert(made)

    def get(self, name: str) -> Classifier:
        """Raises EntityNotFoundException."""
        with self._store.read_once() as tx:
            found = tx.classifiers.get(name)
        if found is None:
            raise _no_classifier(name)
        return found

    def page(self, *, after: str | None, limit: int) -> Page[Classifier]:
        """Classifiers by name, those after `after`."""
        with self._store.read() as tx:
            return tx.classifiers.page(after=after, limit=limit)

    def update(self, params: Mapping[str, Any]) -> None:
        """Change the members that the request names.

        Raises EntityNotFoundException, and InvalidInputException for another kind than the classifier has.
        """
        kind, name, given = one_classifier(params)
        with self._store.write() as tx:
            known = tx.classifiers.get(name)
            if known is None:
                raise _no_classifier(name)
            if known.kind != kind:
                raise InvalidInputException(f"Classifier {name} is a {known.kind} and not a {kind}.")
            changed = msgspec.structs.replace(
                known,
                spec={**known.spec, **given},
                modified_ms=self._clock.now_ms(),
                version=known.version + 1,
            )
            tx.classifiers.replace(changed)

    def delete(self, name: str) -> None:
        """Raises EntityNotFoundException. Crawlers that name it go without it, and their crawls say so."""
        with self._store.write() as tx:
            if not tx.classifiers.delete(name):
                raise _no_classifier(name)


def _no_classifier(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Classifier {name} not found.")

"""User-defined functions: create, get, list, update, delete (docs/reference/operations.md#functions).

They are kept for engines that look for them here, such as Trino and Hive. Nothing here calls them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from placekeeper.control.catalog.lookup import database_of
from placekeeper.model.catalog import Function
from placekeeper.model.errors import EntityNotFoundException, InvalidInputException
from placekeeper.model.page import Page
from placekeeper.ports.clock import Clock
from placekeeper.ports.rows.functions import FunctionKey
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.catalog.function_patterns import function_test
from placekeeper.rules.tags import resource_in_database

Spec = Mapping[str, Any]
"""UserDefinedFunctionInput, as it was sent."""


class Functions:
    """The use cases of functions. Every method raises EntityNotFoundException for a missing database."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, database: str, spec: Spec) -> None:
        """Raises AlreadyExistsException, and InvalidInputException for a function without a name."""
        name = spec.get("FunctionName")
        if not name:
            raise InvalidInputException("FunctionName is missing. It names the function.")
        with self._store.write() as tx:
            known = database_of(tx, database)
            tx.functions.insert(
                Function(database=known.name, name=name, spec=dict(spec), created_ms=self._clock.now_ms())
            )

    def get(self, database: str, name: str) -> Function:
        """Raises EntityNotFoundException."""
        with self._store.read() as tx:
            return _function(tx, database, name)

    def page(
        self,
        database: str | None,
        *,
        pattern: str,
        type: str | None,
        after: FunctionKey | None,
        limit: int,
    ) -> Page[Function]:
        """Functions of a database, or of all, by name, those after `after`, whose names match and that have
        this type. Raises InvalidInputException for a malformed pattern."""
        is_named = function_test(pattern)

        def is_meant(function: Function) -> bool:
            return is_named(function.name) and type in (None, function.spec.get("FunctionType"))

        with self._store.read() as tx:
            known = None if database is None else database_of(tx, database).name
            return tx.functions.page(known, after=after, limit=limit, where=is_meant)

    def update(self, database: str, name: str, spec: Spec) -> None:
        """Overwrite a function. Raises EntityNotFoundException, and InvalidInputException for another name
        (our inference: AWS does not say)."""
        named = str(spec.get("FunctionName", name))
        if named.lower() != name.lower():
            raise InvalidInputException(
                f"A function cannot be renamed ({name} to {named}): create a new one instead."
            )
        with self._store.write() as tx:
            known = _function(tx, database, name)
            changed = {**spec, "FunctionName": spec.get("FunctionName", known.name)}
            tx.functions.replace(msgspec.structs.replace(known, name=changed["FunctionName"], spec=changed))

    def delete(self, database: str, name: str) -> None:
        """Delete a function and its tags. Raises EntityNotFoundException."""
        with self._store.write() as tx:
            known = _function(tx, database, name)
            tx.functions.delete(known.database, known.name)
            tx.tags.drop(resource_in_database("userDefinedFunction", known.database, known.name))


def _function(tx: Transaction, database: str, name: str) -> Function:
    found = tx.functions.get(database_of(tx, database).name, name)
    if found is None:
        raise EntityNotFoundException("Cannot find function.")
    return found

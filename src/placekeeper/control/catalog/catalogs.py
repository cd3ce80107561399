"""Catalogs: there is one, that of the account (docs/reference/operations.md#catalogs)."""

from collections.abc import Sequence

from placekeeper.model.account import Account
from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.catalog_ids import catalog_of


class Catalogs:
    """The use cases of catalogs. A catalog is named by its id."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def get(self, id: str) -> str:
        """Raises EntityNotFoundException for another catalog than that of the account."""
        return catalog_of(id, self._account)

    def within(self, parent: str | None, *, with_root: bool) -> Sequence[str]:
        """The catalogs within one, that of the account unless `parent` names it; `with_root` it, too.

        Raises EntityNotFoundException for another catalog.
        """
        root = catalog_of(parent, self._account)
        return [root] if with_root else []

    def create(self) -> None:
        """Raises InvalidInputException."""
        raise self._only_one()

    def update(self) -> None:
        """Raises InvalidInputException."""
        raise self._only_one()

    def delete(self) -> None:
        """Raises InvalidInputException."""
        raise self._only_one()

    def is_imported(self) -> bool:
        """Whether the catalog of Athena is here: there is no other one."""
        return True

    def import_athena(self) -> None:
        """Nothing is left to import."""

    def _only_one(self) -> InvalidInputException:
        return InvalidInputException(
            f"Placekeeper has one catalog, that of the account {self._account.id}. It cannot be changed or "
            "deleted. To keep tables apart, make databases. To keep accounts apart, start a server for each."
        )

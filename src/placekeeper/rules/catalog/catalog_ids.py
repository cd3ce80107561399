"""Which catalog a request means (docs/reference/operations.md#data-catalog)."""

import re
from typing import Final

from placekeeper.model.account import Account
from placekeeper.model.errors import EntityNotFoundException

ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
"""The number of an account, which is the id of its catalog, too."""


def catalog_of(given: str | None, account: Account) -> str:
    """The id of the catalog that a request means; `given` is its CatalogId.

    A server whose account nobody has named takes the number of any account for its own. Raises
    EntityNotFoundException for every other catalog.
    """
    if given is None or given == account.id:
        return account.id
    is_number = ACCOUNT_ID.fullmatch(given) is not None
    if is_number and not account.is_named:
        return given
    advice = f" To serve that account: placekeeper dev --account {given}" if is_number else ""
    raise EntityNotFoundException(
        f"Catalog {given} not found. This server has one catalog, that of the account {account.id}.{advice}"
    )

"""The resource policy and the encryption of the catalog: stored and shown. Nothing enforces either.

Source: docs/reference/operations.md#policy-and-encryption-of-the-catalog.
"""

from typing import Any, Final

import msgspec

from placekeeper.model.catalog_settings import Setting, SettingName
from placekeeper.model.errors import (
    ConditionCheckFailureException,
    EntityNotFoundException,
    InvalidInputException,
)
from placekeeper.ports.clock import Clock
from placekeeper.ports.store import Store

NOT_EXIST: Final = "NOT_EXIST"
MUST_EXIST: Final = "MUST_EXIST"


class CatalogSettings:
    """The use cases of what is set for the whole catalog."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def policy(self) -> Setting:
        """The resource policy. Raises EntityNotFoundException."""
        with self._store.read() as tx:
            return _there(tx.catalog_settings.get(SettingName.POLICY))

    def put_policy(self, text: str, *, exists: str | None, hash: str | None) -> Setting:
        """Set the policy. `exists` is PolicyExistsCondition, `hash` that of the policy to replace.

        Raises InvalidInputException for a text that is not a JSON object, and ConditionCheckFailureException
        for a condition that does not hold.
        """
        _check_object(text)
        with self._store.write() as tx:
            known = tx.catalog_settings.get(SettingName.POLICY)
            if exists == NOT_EXIST and known is not None:
                raise ConditionCheckFailureException(
                    "A policy exists, but PolicyExistsCondition is NOT_EXIST."
                )
            if exists == MUST_EXIST and known is None:
                raise ConditionCheckFailureException(
                    "No policy exists, but PolicyExistsCondition is MUST_EXIST."
                )
            _check_hash(known, hash)
            now_ms = self._clock.now_ms()
            made = Setting(text=text, created_ms=known.created_ms if known else now_ms, modified_ms=now_ms)
            tx.catalog_settings.put(SettingName.POLICY, made)
        return made

    def delete_policy(self, *, hash: str | None) -> None:
        """Raises EntityNotFoundException, and ConditionCheckFailureException if it has another hash."""
        with self._store.write() as tx:
            _check_hash(_there(tx.catalog_settings.get(SettingName.POLICY)), hash)
            tx.catalog_settings.delete(SettingName.POLICY)

    def encryption(self) -> dict[str, Any]:
        """DataCatalogEncryptionSettings, as they were sent last; empty if they never were."""
        with self._store.read() as tx:
            found = tx.catalog_settings.get(SettingName.ENCRYPTION)
        return {} if found is None else msgspec.json.decode(found.text, type=dict[str, Any])

    def put_encryption(self, spec: dict[str, Any]) -> None:
        """Overwrite DataCatalogEncryptionSettings."""
        now_ms = self._clock.now_ms()
        text = msgspec.json.encode(spec).decode()
        with self._store.write() as tx:
            tx.catalog_settings.put(
                SettingName.ENCRYPTION, Setting(text=text, created_ms=now_ms, modified_ms=now_ms)
            )


def _there(policy: Setting | None) -> Setting:
    if policy is None:
        raise EntityNotFoundException("Policy not found")
    return policy


def _check_hash(known: Setting | None, hash: str | None) -> None:
    if hash is not None and (known is None or known.hash != hash):
        raise ConditionCheckFailureException(
            "The policy is not the one that PolicyHashCondition names: read it again (GetResourcePolicy)."
        )


def _check_object(text: str) -> None:
    try:
        is_object = isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        is_object = False
    if not is_object:
        raise InvalidInputException(
            "PolicyInJson is not a JSON object. A policy has a Version and a Statement."
        )

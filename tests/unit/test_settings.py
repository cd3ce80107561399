"""Settings agree with the adapters that they do not name."""

import pytest

from placekeeper.model.account import Account
from placekeeper.model.errors import UsageError
from placekeeper.settings import DATABASE_SCHEMES, Settings
from placekeeper.store.postgres import SCHEMES


def test_what_settings_take_for_a_postgresql_the_store_understands() -> None:
    assert DATABASE_SCHEMES == SCHEMES


def test_the_option_names_the_account_before_the_environment() -> None:
    environ = {"PLACEKEEPER_ACCOUNT": "123456789012"}
    assert Settings.of({}).account == Account(id="000000000000", is_named=False)
    assert Settings.of(environ).account == Account(id="123456789012", is_named=True)
    assert Settings.of(environ, account="210987654321").account.id == "210987654321"


@pytest.mark.parametrize("id", ["12345678901", "1234567890123", "12345678901a", "\uff11" * 12])
def test_an_account_has_twelve_digits(id: str) -> None:
    with pytest.raises(UsageError, match="has 12 digits"):
        Settings.of({}, account=id)

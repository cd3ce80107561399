"""Settings agree with the adapters that they do not name."""

from placekeeper.settings import DATABASE_SCHEMES
from placekeeper.store.postgres import SCHEMES


def test_what_settings_take_for_a_postgresql_the_store_understands() -> None:
    assert DATABASE_SCHEMES == SCHEMES

"""A misspelt name is answered with the one that was meant."""

import pytest

from placekeeper.cli.suggestions import suggesting
from placekeeper.model.errors import EntityNotFoundException


def notes(name: str, known: list[str]) -> list[str]:
    with pytest.raises(EntityNotFoundException) as raised, suggesting(name, lambda: known):
        raise EntityNotFoundException("not found")
    return list(getattr(raised.value, "__notes__", ()))


def test_a_similar_name_is_suggested() -> None:
    assert notes("order", ["flights", "orders"]) == ["Did you mean orders?"]


def test_nothing_is_suggested_for_a_name_that_is_like_none_or_is_there() -> None:
    assert notes("order", ["flights"]) == []
    assert notes("orders", ["orders", "orders2"]) == []  # the bookmark is there, its run is not

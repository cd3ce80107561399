"""Connection options as scripts write them."""

from typing import Any

import pytest

from placekeeper.model.bookmark import Source
from placekeeper.model.errors import UsageError
from placekeeper.objects.stores import ObjectStores
from placekeeper.runtime.options import source_of


def source(path: str = "s3://b/in/", **options: Any) -> tuple[Source, list[str]]:
    return source_of(ObjectStores(), "s3", {"paths": [path]} | options, "csv")


@pytest.mark.parametrize("classes", [["GLACIER", "DEEP_ARCHIVE"], '["DEEP_ARCHIVE","GLACIER"]'])
def test_excluded_storage_classes(classes: object) -> None:
    found, notes = source(excludeStorageClasses=classes)
    assert found.excluded_classes == ("DEEP_ARCHIVE", "GLACIER")
    assert notes == []
    assert not found.lists_like(source()[0])


@pytest.mark.parametrize("classes", [None, [], "", "[]"])
def test_no_storage_class_excluded(classes: object) -> None:
    found, notes = source("/in/", **({} if classes is None else {"excludeStorageClasses": classes}))
    assert (found.excluded_classes, notes) == ((), [])


def test_local_files_have_no_storage_class() -> None:
    _, (note,) = source("/in/", excludeStorageClasses=["GLACIER"])
    assert note == "option excludeStorageClasses is without effect: local files have no storage class"


@pytest.mark.parametrize("name", ["excludeStorageClasses", "exclusions"])
@pytest.mark.parametrize("value", ["GLACIER", '{"a": 1}', 7, "[1]"])
def test_a_list_that_is_none(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"{name} is a list, or a JSON list in a string, such as"):
        source(**{name: value})

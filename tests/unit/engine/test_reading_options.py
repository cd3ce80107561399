"""What scripts write in connection options about how a source is read."""

import botocore.session
import pytest

from placekeeper.engine.reading_options import STORAGE_CLASSES, storage_classes
from placekeeper.model.errors import UsageError


def test_storage_classes_are_named_as_s3_names_them() -> None:
    model = botocore.session.Session().get_service_model("s3")
    assert set(model.shape_for("ObjectStorageClass").enum) == set(STORAGE_CLASSES)
    assert storage_classes(["GLACIER", "DEEP_ARCHIVE", "GLACIER"]) == ("DEEP_ARCHIVE", "GLACIER")
    assert storage_classes([]) == ()


@pytest.mark.parametrize("name", ["glacier", "", "Glacier Deep Archive"])
def test_a_class_that_s3_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"by '{name}'; there are STANDARD, .*DEEP_ARCHIVE"):
        storage_classes(["GLACIER", name])

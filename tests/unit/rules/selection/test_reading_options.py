"""What scripts write in connection options about how a source is read."""

import botocore.session
import pytest

from placekeeper.model.errors import UsageError
from placekeeper.model.policy import OnBadFile, ReadingPolicy
from placekeeper.rules.selection.reading_options import STORAGE_CLASSES, reading_policy, storage_classes


def test_storage_classes_are_named_as_s3_names_them() -> None:
    model = botocore.session.Session().get_service_model("s3")
    assert set(model.shape_for("ObjectStorageClass").enum) == set(STORAGE_CLASSES)
    assert storage_classes(["GLACIER", "DEEP_ARCHIVE", "GLACIER"]) == ("DEEP_ARCHIVE", "GLACIER")
    assert storage_classes([]) == ()


@pytest.mark.parametrize("name", ["glacier", "", "Glacier Deep Archive"])
def test_a_class_that_s3_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(
        UsageError,
        match=f"has '{name}', which is not a storage class of S3. The classes are STANDARD, .*DEEP_ARCHIVE",
    ):
        storage_classes(["GLACIER", name])


def test_what_is_done_about_bad_files_is_said_by_the_source_else_by_the_run() -> None:
    policy = reading_policy({"badFileShare": "0.5"}, {"--on-bad-file": "quarantine", "--bad-file-share": "1"})
    assert (policy.on_bad_file, policy.bad_file_share) == (OnBadFile.QUARANTINE, 0.5)
    assert reading_policy({}, {}) == ReadingPolicy()
    assert reading_policy({"onBadFile": "fail"}, {"--on-bad-file": "quarantine"}) == ReadingPolicy()


@pytest.mark.parametrize("share", ["1.1", "-0.1", "nan", "inf", "a tenth", "", "10%"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    with pytest.raises(UsageError, match=r"--bad-file-share must be a number from 0 to 1, such as 0\.1, not"):
        reading_policy({}, {"--bad-file-share": share})


def test_another_word_about_bad_files_is_refused() -> None:
    with pytest.raises(UsageError, match="onBadFile must be one of fail, quarantine, not 'skip'"):
        reading_policy({"onBadFile": "skip"}, {})

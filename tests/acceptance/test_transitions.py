"""transition_s3_path and transition_table in runs: another storage class, when the output is visible."""

import time
from pathlib import Path
from typing import Any

import pytest

from dev import running_dev
from s3 import S3Server
from workspace import COPY, S3Place, Workspace

_CALL = 'glue.transition_s3_path(args["source"], "STANDARD_IA", {"retentionPeriod": 0, "accountId": "1"})\n'


def _script(workspace: Workspace, call: str = _CALL) -> Path:
    return workspace.script(COPY.replace("glue.write_dynamic_frame", f"{call}glue.write_dynamic_frame"))


@pytest.fixture
def bucket(s3: S3Server) -> str:
    return s3.new_bucket()


@pytest.fixture
def there(tmp_path: Path, s3: S3Server, bucket: str) -> Workspace:
    return Workspace(tmp_path, S3Place(s3, bucket), s3.environ)


def _pass_a_second(s3: S3Server, bucket: str, key: str) -> None:
    """S3 counts whole seconds: an object that is moved in the second of its making has its time still."""
    made = s3.client().head_object(Bucket=bucket, Key=key)["LastModified"].timestamp()
    while time.time() < made + 1:
        time.sleep(0.02)


def _classes(s3: S3Server, bucket: str, prefix: str = "") -> dict[str, str]:
    found: list[Any] = s3.client().list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {each["Key"]: each["StorageClass"] for each in found}


def test_objects_are_moved_and_the_bookmark_calls_them_touched(
    there: Workspace, s3: S3Server, bucket: str
) -> None:
    there.put_rows("1.csv", 1)
    s3.client().put_object(
        Bucket=bucket, Key="in/2.csv", Body=b"id,part\n2,a\n", ContentType="text/x", Metadata={"a": "b"}
    )
    _pass_a_second(s3, bucket, "in/2.csv")
    ran = there.run(_script(there))
    assert ran.code == 0, ran.error
    assert "2 objects to be moved to STANDARD_IA when the output of the run is visible" in ran.error
    assert "bookmarked sources read them again, touched or changed, as on AWS" in ran.error
    assert "option accountId has no effect: the run itself copies" in ran.error
    assert _classes(s3, bucket, "in/") == {"in/1.csv": "STANDARD_IA", "in/2.csv": "STANDARD_IA"}
    kept = s3.client().head_object(Bucket=bucket, Key="in/2.csv")
    assert (kept["ContentType"], kept["Metadata"]) == ("text/x", {"a": "b"})
    again = there.run(_script(there))
    assert "2 objects in STANDARD_IA already" in again.error
    assert there.counts(again) == {"touched": 2}
    ignoring = there.run(_script(there), arguments=("--bookmark-touched", "ignore"))
    assert there.counts(ignoring) == {"done": 2}


def test_a_run_that_fails_moves_nothing(there: Workspace, s3: S3Server, bucket: str) -> None:
    there.put_rows("1.csv", 1)
    fails = _CALL + "raise SystemExit(3)\n"
    assert there.run(_script(there, fails)).code == 1
    assert _classes(s3, bucket) == {"in/1.csv": "STANDARD"}


def test_a_killed_run_has_moved_them_when_it_is_settled(there: Workspace, s3: S3Server, bucket: str) -> None:
    there.put_rows("1.csv", 1)
    _pass_a_second(s3, bucket, "in/1.csv")
    killed = there.run(_script(there), PLACEKEEPER_FAULT_POINT="publish.before-first")
    assert killed.code == 1
    assert _classes(s3, bucket, "in/") == {"in/1.csv": "STANDARD_IA"}
    assert there.counts(there.run(_script(there))) == {"touched": 1}


def test_what_is_young_excluded_or_archived_stays(there: Workspace, s3: S3Server, bucket: str) -> None:
    for name, storage_class in (("a", "STANDARD"), ("b", "GLACIER"), ("c", "ONEZONE_IA")):
        s3.client().put_object(Bucket=bucket, Key=f"x/{name}", Body=b"x", StorageClass=storage_class)
    call = f'glue.transition_s3_path("s3://{bucket}/x", "GLACIER_IR", OPTIONS)\n'
    young = there.run(_script(there, call.replace("OPTIONS", "{}")))
    assert young.code == 0, young.error
    assert "1 object kept in the archive: S3 must restore them first" in young.error
    assert "2 objects kept, younger than 168 hours (retentionPeriod)" in young.error
    options = '{"retentionPeriod": 0, "excludeStorageClasses": ["ONEZONE_IA"]}'
    ran = there.run(_script(there, call.replace("OPTIONS", options)))
    assert "1 object kept for the storage class (excludeStorageClasses)" in ran.error
    assert _classes(s3, bucket, "x/") == {"x/a": "GLACIER_IR", "x/b": "GLACIER", "x/c": "ONEZONE_IA"}


def test_the_files_of_the_meant_partitions_are_moved(there: Workspace, s3: S3Server, bucket: str) -> None:
    call = """glue.transition_table(
    "shop", "Sales", "STANDARD_IA", {"partitionPredicate": "year=2023", "retentionPeriod": 0}
)
"""
    with running_dev(there) as dev:
        dev.glue.create_database(DatabaseInput={"Name": "shop"})
        of = {"DatabaseName": "shop"}
        table = {"Name": "sales", "PartitionKeys": [{"Name": "year", "Type": "int"}]}
        dev.glue.create_table(**of, TableInput={**table, "StorageDescriptor": {"Location": "s3://x/"}})
        for year in (2023, 2024):
            there.place.put(f"sales/{year}/1.csv", b"1")
            partition = {
                "Values": [str(year)],
                "StorageDescriptor": {"Location": there.place.url(f"sales/{year}")},
            }
            dev.glue.create_partition(**of, TableName="sales", PartitionInput=partition)
        ran = there.run(_script(there, call))
        assert ran.code == 0, ran.error
    assert _classes(s3, bucket, "sales/") == {
        "sales/2023/1.csv": "STANDARD_IA",
        "sales/2024/1.csv": "STANDARD",
    }


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (_CALL, "is on a local disk, where files have no storage class. Nothing was moved"),
        (_CALL.replace("STANDARD_IA", "COLD"), "transition_to is a storage class of S3, one of STANDARD"),
    ],
)
def test_what_is_refused(local: Workspace, call: str, said: str) -> None:
    local.put_rows("1.csv", 1)
    ran = local.run(_script(local, call))
    assert ran.code == 1
    assert said in ran.error
    assert local.ids() == []

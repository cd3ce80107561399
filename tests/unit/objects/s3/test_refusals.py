"""A refusal of S3 names the permission that is missing, and what else it may mean."""

from botocore.exceptions import ClientError

from placekeeper.objects.s3.permissions import refused


def denied(code: str) -> str:
    return refused("s3://b/k", ClientError({"Error": {"Code": code, "Message": "no"}}, "HeadObject"))


def test_an_answer_without_a_body_may_also_mean_the_credentials() -> None:
    assert "Allow s3:GetObject on arn:aws:s3:::b/k" in denied("403")
    assert "the credentials may also be wrong or expired" in denied("403")


def test_access_that_is_denied_by_name_means_the_permission_alone() -> None:
    assert "Allow s3:GetObject on arn:aws:s3:::b/k" in denied("AccessDenied")
    assert "expired" not in denied("AccessDenied")

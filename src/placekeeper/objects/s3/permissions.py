"""What S3 refuses to our credentials, and the permission that they lack."""

from typing import Final

from botocore.exceptions import ClientError

from placekeeper.objects.s3.answers import code_of
from placekeeper.objects.uris import split_s3

_NO_BODY: Final = "403"
DENIED: Final = frozenset({_NO_BODY, "AccessDenied", "AllAccessDisabled"})

_WRITES: Final = "s3:PutObject"
_OF_OBJECTS: Final = {
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "CompleteMultipartUpload": _WRITES,
    "CopyObject": _WRITES,
    "CreateMultipartUpload": _WRITES,
    "DeleteObject": "s3:DeleteObject",
    "HeadObject": "s3:GetObject",
    "PutObject": _WRITES,
    "UploadPart": _WRITES,
}


def refused(uri: str, error: Exception) -> str:
    """What an error says; if access was denied, the permission on the object `uri` that is missing."""
    if not isinstance(error, ClientError) or code_of(error) not in DENIED:
        return str(error)
    permission = _OF_OBJECTS.get(error.operation_name)
    if permission is None:
        return str(error)
    bucket, key = split_s3(uri)
    code = code_of(error)
    # After HEAD there is no body that tells a missing permission from bad credentials.
    instead = ". S3 gives no reason: the credentials may also be wrong or expired" if code == _NO_BODY else ""
    return (
        f"S3 denies {error.operation_name} ({code}). Allow {permission} on "
        f"arn:aws:s3:::{bucket}/{key} to the credentials that are used here{instead}"
    )

"""What S3 refuses to our credentials, and the permission that they lack."""

from typing import Final

from botocore.exceptions import ClientError

from placekeeper.objects.s3.answers import code_of
from placekeeper.objects.uris import split_s3

DENIED: Final = frozenset({"403", "AccessDenied", "AllAccessDisabled"})

_WRITES: Final = "s3:PutObject"
_OF_OBJECTS: Final = {
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "CompleteMultipartUpload": _WRITES,
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
    return (
        f"S3 denies {error.operation_name} ({code_of(error)}). Allow {permission} on "
        f"arn:aws:s3:::{bucket}/{key} to the credentials that are used here"
    )

"""Storage classes of S3: an object gets another one by a copy onto itself."""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.objects import ObjectMeta
from placekeeper.objects.s3.answers import code_of, invoke
from placekeeper.objects.s3.client import S3Settings
from placekeeper.objects.s3.pages import DEFAULT_CLASS
from placekeeper.objects.s3.permissions import refused
from placekeeper.objects.uris import split_s3

_CHANGED: Final = frozenset({"404", "NoSuchKey", "412", "PreconditionFailed"})
_KEPT: Final = (
    *("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Metadata"),
    *("WebsiteRedirectLocation", "Expires"),
)
"""What an object says of itself. It is sent again, because some stores change no class without that."""


def move_s3(settings: S3Settings, meta: ObjectMeta, storage_class: str) -> None:
    """Give an object a storage class; one that has it, or is not what was listed, stays. Raises OSError.

    Its last modified time is new then, and its e_tag where it was made of several parts.
    """
    bucket, key = split_s3(meta.path)
    what, place = f"{meta.path} could not be moved to {storage_class}", {"Bucket": bucket, "Key": key}
    try:
        head = invoke(settings, what, "head_object", **place, IfMatch=f'"{meta.e_tag}"')
        if head.get("StorageClass", DEFAULT_CLASS) == storage_class:
            return
        said: dict[str, Any] = {name: head[name] for name in _KEPT if head.get(name)}
        invoke(
            settings,
            what,
            "copy_object",
            **place,
            CopySource=place,
            CopySourceIfMatch=head["ETag"],
            MetadataDirective="REPLACE",
            StorageClass=storage_class,
            **said,
        )
    except ClientError as error:
        if code_of(error) not in _CHANGED:
            raise OSError(f"{what}: {refused(meta.path, error)}") from error
    except BotoCoreError as error:
        raise OSError(f"{what}: {error}") from error


def check_class_s3(settings: S3Settings, uri: str, storage_class: str) -> None:
    """Raises UnsupportedFeature if the store has no such storage class, OSError if it does not say.

    An upload of the class is begun and aborted, so that nothing is ever there.
    """
    bucket, key = split_s3(uri)
    what, place = f"the storage class of {uri} could not be looked at", {"Bucket": bucket, "Key": key}
    try:
        begun = invoke(settings, what, "create_multipart_upload", **place, StorageClass=storage_class)
        invoke(settings, what, "abort_multipart_upload", **place, UploadId=begun["UploadId"])
    except ClientError as error:
        if code_of(error) in ("InvalidStorageClass", "NotImplemented"):
            raise UnsupportedFeature(
                f"{settings.where} has no storage class {storage_class} ({code_of(error)}), so nothing was "
                "moved to it. Leave the call out, or take a class that the store has"
            ) from error
        raise OSError(f"{what}: {refused(uri, error)}") from error
    except BotoCoreError as error:
        raise OSError(f"{what}: {error}") from error

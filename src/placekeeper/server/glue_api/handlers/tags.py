"""Tags on the wire (docs/reference/operations.md#tags)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from placekeeper.server.glue_api.handler import Handler

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        GetTagsRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
    )

    from placekeeper.control.service import Control


def get_tags(control: Control, params: GetTagsRequestTypeDef) -> Mapping[str, object]:
    """GetTags; a resource without tags has an empty map."""
    return {"Tags": control.tags.of(params["ResourceArn"])}


def tag_resource(control: Control, params: TagResourceRequestTypeDef) -> Mapping[str, object]:
    """TagResource; a tag of the same key is replaced."""
    control.tags.add(params["ResourceArn"], params["TagsToAdd"])
    return {}


def untag_resource(control: Control, params: UntagResourceRequestTypeDef) -> Mapping[str, object]:
    """UntagResource; a missing key is not an error."""
    control.tags.remove(params["ResourceArn"], params["TagsToRemove"])
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "GetTags": Handler(get_tags),
    "TagResource": Handler(tag_resource),
    "UntagResource": Handler(untag_resource),
}
"""The operations of this module."""

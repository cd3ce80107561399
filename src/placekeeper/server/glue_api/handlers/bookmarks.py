"""Bookmarks on the wire.

Source: docs/reference/operations.md#bookmarks, docs/reference/members.md#jobbookmarkentry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from placekeeper.server.glue_api.handler import Handler

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import GetJobBookmarkRequestTypeDef, ResetJobBookmarkRequestTypeDef

    from placekeeper.control.service import Control


def get_job_bookmark(control: Control, params: GetJobBookmarkRequestTypeDef) -> Mapping[str, object]:
    """GetJobBookmark: the newest entry, or with RunId the one that this run committed."""
    entry = control.bookmarks.get(params["JobName"], params.get("RunId"))
    return {"JobBookmarkEntry": msgspec.to_builtins(entry)}


def reset_job_bookmark(control: Control, params: ResetJobBookmarkRequestTypeDef) -> Mapping[str, object]:
    """ResetJobBookmark: to the empty state, or with RunId to the state at the end of that run."""
    entry = control.bookmarks.reset(params["JobName"], params.get("RunId"))
    return {"JobBookmarkEntry": msgspec.to_builtins(entry)}


OPERATIONS: Mapping[str, Handler] = {
    "GetJobBookmark": Handler(get_job_bookmark, is_quick=True),
    "ResetJobBookmark": Handler(reset_job_bookmark),
}
"""The operations of this module."""
